from typing import Any

import pytest

from seethrough import fool
from seethrough.errors import UserError
from tests.fool.calls import nearest_boundary, ordinary_photos, straight_network
from tests.nets import random_photos


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("steps", [50, 100])
@pytest.mark.parametrize("classes", [2, 5])
def test_it_comes_near_to_the_least_distance_there_is(classes: int, steps: int, seed: int) -> None:
    network = straight_network(classes=classes, seed=seed)
    photos = ordinary_photos(network, 4, seed)
    found = fool.carlini_wagner(network, photos, steps=steps)
    least = nearest_boundary(network, photos, "l2")
    assert found.success.all()
    assert (found.l2 <= 1.25 * least).all()
    assert (found.l2 >= least * 0.999).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"first": 0.0}, "first is 0.0"), ({"kappa": -1.0}, "kappa is -1.0"), ({"searches": 0}, "searches is 0")],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.carlini_wagner(straight_network(), random_photos(1, size=(20, 28)), **settings)


def test_kappa_goes_on_beyond_the_boundary() -> None:
    network, photos = straight_network(classes=2), random_photos(2, size=(20, 28))
    near, beyond = (fool.carlini_wagner(network, photos, kappa=kappa, steps=50) for kappa in (0.0, 1.0))
    # A margin of 1 between two classes is a probability of 0.73.
    assert (near.goal_after < 0.55).all()
    assert (beyond.l2 > near.l2).all() and (beyond.goal_after > near.goal_after).all()


def test_black_and_white_pixels_hardly_move_but_stay_finite_and_in_range() -> None:
    network, photos = straight_network(), random_photos(3, size=(20, 28)).round()
    found = fool.carlini_wagner(network, photos, steps=50)
    assert found.images.min() >= 0 and found.images.max() <= 1 and found.linf.max() < 1e-3
    assert found.l2.isfinite().all() and found.goal_after.isfinite().all()
