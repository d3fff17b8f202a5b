import pytest

from seethrough import fool, load, photo
from seethrough.errors import UserError
from seethrough.jobs import run
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


def test_from_afar_it_finds_a_nearer_boundary_than_the_one_beside_the_photo() -> None:
    network = load()
    pixels = network.frame(photo("rocket"))
    near, beside = (fool.fmn(network, pixels, steps=40, afar=afar) for afar in (0.4, 0.0))
    assert near.success.all() and beside.success.all()
    assert near.l2.item() < 0.5 * beside.l2.item()
    assert near.steps.tolist() == near.gradients.tolist() == [40]
    # One query for each step, one at first, one each where the steps from afar and the last one led, five on the way back.
    assert near.queries.tolist() == [48] and beside.queries.tolist() == [47]


@pytest.mark.parametrize("afar", [-0.1, 1.5])
def test_a_share_is_between_none_and_all(afar: float) -> None:
    with pytest.raises(UserError, match=f"afar is {afar}"):
        fool.fmn(straight_network(), random_photos(1, size=(20, 28)), afar=afar)


@pytest.mark.parametrize("afar", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("stop_at", [1, 4, 10])
def test_stopped_anywhere_it_gives_what_it_has(afar: float, stop_at: int) -> None:
    network, photos = straight_network(), random_photos(3, size=(20, 28))
    found = run(fool.fmn.job(network, photos, steps=10, afar=afar), lambda step: step.done == stop_at)
    assert found.steps.tolist() == [stop_at] * 3
    assert found.images.shape == photos.shape
