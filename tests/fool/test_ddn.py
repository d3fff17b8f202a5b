from typing import Any

import pytest

from seethrough import fool
from seethrough.errors import UserError
from tests.fool.calls import nearest_boundary, ordinary_photos, straight_network
from tests.nets import random_photos


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("steps", [50, 200])
@pytest.mark.parametrize("classes", [2, 5])
def test_it_comes_near_to_the_least_distance_there_is(classes: int, steps: int, seed: int) -> None:
    network = straight_network(classes=classes, seed=seed)
    photos = ordinary_photos(network, 4, seed)
    found = fool.ddn(network, photos, steps=steps)
    least = nearest_boundary(network, photos, "l2")
    assert found.success.all()
    assert (found.l2 <= 1.25 * least).all()
    assert (found.l2 >= least * 0.999).all()


@pytest.mark.parametrize(("settings", "words"), [({"first": 0.0}, "first is 0.0"), ({"gamma": 1.0}, "gamma is 1.0")])
def test_wrong_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.ddn(straight_network(), random_photos(1, size=(20, 28)), **settings)


def test_more_steps_come_nearer_and_every_image_takes_all() -> None:
    network, photos = straight_network(), random_photos(4, size=(20, 28))
    few, many = (fool.ddn(network, photos, steps=steps) for steps in (20, 200))
    assert (many.l2 <= few.l2 * 1.05).all() and many.l2.sum() < few.l2.sum()
    assert many.gradients.tolist() == [200] * 4
    # One query for each step, one at first, one where the last step led, and five on the way back.
    assert many.queries.tolist() == [207] * 4


def test_the_first_sphere_is_the_one_that_was_given() -> None:
    network, photos = straight_network(classes=2), random_photos(2, size=(20, 28))
    peeked = []
    work = fool.ddn.job(network, photos, to=(1 - network(photos).argmax(1)).tolist(), first=1.0, gamma=0.05, steps=2)
    step = next(work)
    assert step.peek is not None
    peeked.append(step)
    found = None
    try:
        while True:
            work.send(None)
    except StopIteration as end:
        found = end.value
    # The photo is not misread: the sphere grows by gamma before the first step lands on it. That is misread, so the sphere
    # shrinks again before the last; and that is brought back by a tenth at most.
    last = 1.05 * 0.95
    assert found.success.all() and (found.l2 <= last * 1.0001).all() and (found.l2 >= last * 0.899).all()
