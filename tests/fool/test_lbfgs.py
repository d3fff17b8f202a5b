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
    # It goes to all other classes at once: the likeliest of them is the nearest one where the network is sure.
    network = straight_network(classes=classes, seed=seed, sharp=0.5)
    photos = ordinary_photos(network, 4, seed)
    found = fool.lbfgs(network, photos, steps=steps)
    least = nearest_boundary(network, photos, "l2")
    assert found.success.all()
    assert (found.l2 <= 1.25 * least).all()
    assert (found.l2 >= least * 0.999).all()


@pytest.mark.parametrize(("settings", "words"), [({"first": 0.0}, "first is 0.0"), ({"searches": 0}, "searches is 0")])
def test_wrong_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.lbfgs(straight_network(), random_photos(1, size=(20, 28)), **settings)
