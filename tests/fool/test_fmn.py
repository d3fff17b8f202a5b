import pytest

from seethrough import fool
from seethrough.errors import UserError
from tests.fool.calls import nearest_boundary, ordinary_photos, straight_network
from tests.nets import random_photos


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("steps", [50, 200])
@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_it_comes_near_to_the_least_distance_there_is(norm: str, classes: int, steps: int, seed: int) -> None:
    network = straight_network(classes=classes, seed=seed)
    photos = ordinary_photos(network, 4, seed)
    found = fool.fmn(network, photos, steps=steps, norm=norm)
    least, far = nearest_boundary(network, photos, norm), found.l2 if norm == "l2" else found.linf
    assert found.success.all()
    assert (far <= 1.25 * least).all()
    assert (far >= least * 0.999).all()


def test_an_unknown_norm_is_refused() -> None:
    with pytest.raises(UserError, match="norm is 'l0'"):
        fool.fmn(straight_network(), random_photos(1, size=(20, 28)), norm="l0")
