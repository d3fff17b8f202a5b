import random

from seethrough.app.kept import Kept


def test_what_was_longest_unasked_for_goes_first() -> None:
    few: Kept[str, str] = Kept(10, len)
    few["a"], few["b"] = "1234", "1234"
    assert few.get("a") == "1234"
    few["c"] = "1234"
    assert "b" not in few and "a" in few and "c" in few


def test_it_never_holds_more_than_it_may_but_for_one_thing() -> None:
    chance, few = random.Random(0), Kept[int, bytes](100, len)
    for _ in range(2000):
        few[chance.randrange(30)] = bytes(chance.randrange(0, 150))
        if chance.random() < 0.2:
            few.pop(chance.randrange(30))
        held = [len(thing) for _, thing in few.items()]
        assert few.bytes == sum(held)
        assert sum(held) <= 100 or len(held) == 1
