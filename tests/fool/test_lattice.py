import pytest
import torch

from seethrough import fool
from seethrough.fool.case import open_case
from seethrough.fool.lattice import on_lattice, settle, squares
from tests.fool.calls import nearest_boundary, straight_network
from tests.nets import random_photos


def test_pixels_are_rounded_to_levels() -> None:
    assert (on_lattice(torch.tensor([-0.1, 0.0, 0.4 / 255, 0.6 / 255, 1.0, 1.2])) * 255).tolist() == [
        0,
        0,
        0,
        1,
        255,
        255,
    ]


@pytest.mark.parametrize("seed", range(4))
def test_where_rounding_loses_the_attack_settling_wins_within_the_box(seed: int) -> None:
    """All pixels move by 0.45 levels: misread so, and each is rounded away."""
    network, photos = straight_network(classes=2, seed=seed), on_lattice(random_photos(3, size=(20, 28), seed=seed))
    network.module[1].bias.data = -(network.module[1].weight.data @ photos[0].flatten())
    network.module[1].bias.data[0] += 0.05  # the first photo is barely read as class 0
    photos = photos[:1]
    case = open_case(network, photos, to=1, batch=5, eight_bit=True)
    way = (network.module[1].weight[1] - network.module[1].weight[0]).detach().sign().view_as(photos)
    images = photos + 0.45 / 255 * way
    assert case.aim.reached(network(images).detach()).all()
    assert not case.aim.reached(network(on_lattice(images)).detach()).any()
    room = 1 / 255
    settled = settle(case, images, ((photos - room).clamp(0, 1), (photos + room).clamp(0, 1)))
    assert case.aim.reached(network(settled).detach()).all()
    moved = ((settled - photos) * 255).abs()
    assert (moved - moved.round()).abs().max() < 1e-3 and moved.max() < 1.001
    # As few pixels as are needed, those of the largest slopes: a few of 1680.
    gains = (network.module[1].weight[1] - network.module[1].weight[0]).detach().abs() / 255
    count = int((moved > 0.5).sum())
    assert gains.flatten()[moved.flatten() > 0.5].min() >= gains.sort(descending=True).values[count - 1]
    assert 0 < count <= 2 * int((gains.sort(descending=True).values.cumsum(0) < 0.05).sum())


def test_pixels_stay_within_the_radius_of_l2_and_win_there() -> None:
    network, photos = straight_network(), on_lattice(random_photos(4, size=(20, 28)))
    case = open_case(network, photos, batch=5, eight_bit=True)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(photos.shape, generator=generator)
    reach = torch.tensor([0.01, 0.1, 1.0, 1.5], dtype=torch.float64)
    images = (photos + noise / noise.flatten(1).norm(dim=1).view(-1, 1, 1, 1) * reach.view(-1, 1, 1, 1)).float()
    settled = settle(case, images.clamp(0, 1), reach=reach)
    levels = ((settled.double() - photos.double()) * 255).round()
    assert (squares(levels).sqrt() / 255 <= reach * (1 + 1e-6)).all()
    assert case.aim.reached(network(settled).detach()).tolist()[2:] == [True, True]


@pytest.mark.parametrize("share", [1.05, 1.2, 1.5])
def test_an_attack_in_l2_that_has_hardly_room_is_not_lost(share: float) -> None:
    network, photos = straight_network(), random_photos(8, size=(20, 28))
    reach = nearest_boundary(network, on_lattice(photos), "l2") * share
    known = {"eps": reach, "norm": "l2", "loss": "margin"}
    assert fool.pgd(network, photos, **known).success.all()
    found = fool.pgd(network, photos, **known, eight_bit=True)
    assert found.success.all() and (found.l2 <= reach * (1 + 1e-6)).all()


def test_what_is_there_after_rounding_is_left_so_and_what_needs_nothing_too() -> None:
    network, photos = straight_network(), on_lattice(random_photos(2, size=(20, 28)))
    goals = network(photos).argmin(1).tolist()
    case = open_case(network, photos, to=goals, batch=5, eight_bit=True)
    weights = network.module[1].weight.detach()
    images = (photos + 0.5 * weights[goals].view_as(photos)).clamp(0, 1)
    assert case.aim.surely(network(on_lattice(images)).detach()).all()
    torch.testing.assert_close(settle(case, images), on_lattice(images), rtol=0, atol=1e-6)
    assert case.gradients.tolist() == [1, 1]
    read = open_case(network, photos, to=network(photos).argmax(1).tolist(), batch=5, eight_bit=True)
    assert torch.equal(settle(read, photos), photos) and read.gradients.tolist() == [0, 0]


def test_a_box_is_kept_even_if_the_image_is_beyond_it() -> None:
    network, photos = straight_network(), on_lattice(random_photos(1, size=(20, 28)))
    case = open_case(network, photos, batch=5, eight_bit=True)
    room = 1.5 / 255
    settled = settle(case, (photos + 0.1).clamp(0, 1), ((photos - room).clamp(0, 1), (photos + room).clamp(0, 1)))
    assert ((settled - photos) * 255).abs().max() < 1.001


def test_a_probability_that_was_asked_for_is_kept_on_the_lattice() -> None:
    network = straight_network()
    photos = random_photos(4, size=network.size)
    found = fool.toward(network, photos, to=network(photos).argmin(1).tolist(), until=0.6, step=0.5, eight_bit=True)
    assert found.success.all() and (found.goal_after >= 0.6).all()
    assert ((found.images * 255) - (found.images * 255).round()).abs().max() < 1e-4
