from seethrough.results.unread import unread


def test_the_first_are_named_and_all_are_counted() -> None:
    assert unread(()) == ""
    assert unread(["a b.jpg: photo 'a: b.jpg' is damaged"]) == "; 1 picture could not be read: a b.jpg"
    lines = [f"{place}.jpg: why" for place in range(6)]
    assert unread(lines[:4]) == "; 4 pictures could not be read: 0.jpg, 1.jpg, 2.jpg, 3.jpg"
    assert unread(lines) == "; 6 pictures could not be read: 0.jpg, 1.jpg, 2.jpg, 3.jpg and 2 more"
