from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.images import photo, save_image
from seethrough.networks.network import Network
from tests.fool.calls import exact_cnn, exact_photos, nearest_boundary, straight_network
from tests.nets import random_photos

# What a photo shows, and what it is to be read as instead.
PAIRS = {
    "peppers.png": 812,
    "giant_panda.jpg": "gibbon",
    "african_elephant.jpg": "koala",
    "goldfish.jpg": "iPod",
    "egyptian_cat.jpg": "ostrich",
}


def margins(network: Network, images: Tensor, classes: Tensor) -> Tensor:
    """Return how far images are from being read as those classes: the best of the others over them."""
    scores = network(images).detach()
    own = scores.gather(1, classes[:, None])[:, 0]
    return scores.scatter(1, classes[:, None], -torch.inf).amax(1) - own


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_one_step_is_the_one_that_autograd_gives(norm: str) -> None:
    network, photos = exact_cnn(), exact_photos(2)
    settings = {"steps": 1, "random_start": False, "until": "never", "norm": norm}
    found = fool.pgd(network, photos, to=[4, 0], eps=0.5, step=0.01, **settings)
    cut = fool.pgd(network, photos, to=[4, 0], eps=0.004, step=0.01, **settings)
    pixels = photos.clone().requires_grad_()
    loss = -functional.cross_entropy(network(pixels), torch.tensor([4, 0]), reduction="sum")
    (slope,) = torch.autograd.grad(loss, pixels)
    way = slope.sign() if norm == "linf" else slope / slope.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    torch.testing.assert_close(found.images, photos + 0.01 * way, rtol=0, atol=1e-7)
    torch.testing.assert_close(cut.images, photos + 0.004 * way, rtol=0, atol=1e-7)


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("seed", range(2))
def test_just_beyond_the_boundary_it_succeeds_and_just_before_it_fails(norm: str, seed: int) -> None:
    network, photos = straight_network(classes=2, seed=seed), random_photos(3, size=(20, 28), seed=seed)
    far = nearest_boundary(network, photos, norm)
    # In L2 what chance brought in goes away slowly.
    beyond = 1.01 if norm == "linf" else 1.05
    assert fool.pgd(network, photos, eps=far * beyond, norm=norm).success.all()
    assert not fool.pgd(network, photos, eps=far * 0.99, norm=norm).success.any()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_many_classes_are_left_at_the_nearest_boundary_and_not_before(norm: str) -> None:
    network, photos = straight_network(), random_photos(4, size=(20, 28))
    far = nearest_boundary(network, photos, norm)
    assert not fool.pgd(network, photos, eps=far * 0.99, norm=norm).success.any()
    assert fool.pgd(network, photos, eps=far * 1.05, norm=norm, loss="margin").success.all()


@pytest.mark.parametrize("seed", range(4))
def test_more_steps_of_one_size_never_lose_an_image(seed: int) -> None:
    network, photos = exact_cnn(seed=seed), exact_photos(6, seed=seed)
    goals = [(int(one) + 1) % 5 for one in network(photos).argmax(1)]
    before, best = torch.zeros(6, dtype=torch.bool), torch.full((6,), torch.inf, dtype=torch.float64)
    for steps in (1, 2, 4, 8, 16):
        found = fool.pgd(network, photos, to=goals, eps=0.05, step=0.01, steps=steps)
        margin = margins(network, found.images, torch.tensor(goals))
        assert (found.success >= before).all()
        assert (margin <= best + 1e-12)[~found.success].all()
        before, best = found.success, margin


@pytest.mark.parametrize("seed", range(3))
def test_restarts_never_hurt_and_are_for_those_that_are_not_misread(seed: int) -> None:
    network, photos = exact_cnn(seed=seed), exact_photos(6, seed=seed)
    goals = [(int(one) + 2) % 5 for one in network(photos).argmax(1)]
    known = {"to": goals, "eps": 0.02, "step": 0.01, "steps": 3}
    one, four = (fool.pgd(network, photos, restarts=restarts, **known) for restarts in (1, 4))
    assert (four.success >= one.success).all()
    classes = torch.tensor(goals)
    assert (margins(network, four.images, classes) <= margins(network, one.images, classes) + 1e-12).all()
    assert torch.equal(four.images[one.success], one.images[one.success])
    assert (four.gradients[~four.success] == 12).all() and (four.gradients[one.success] <= 3).all()
    assert (~one.success).any()  # or nothing was begun again
    with pytest.raises(UserError, match="restarts is 0"):
        fool.pgd(network, photos, restarts=0)


def test_each_image_has_its_own_eps_as_if_it_were_alone() -> None:
    network, photos = exact_cnn(), exact_photos(3)
    radii = ["1/255", "4/255", "0.1"]
    together = fool.pgd(network, photos, to=4, eps=radii, steps=4, random_start=False)
    assert together.eps == tuple(radii)
    for row, eps in enumerate(radii):
        alone = fool.pgd(network, photos[row : row + 1], to=4, eps=eps, steps=4, random_start=False)
        torch.testing.assert_close(alone.images[0], together.images[row], rtol=0, atol=1e-12)
    assert torch.equal(
        fool.pgd(network, photos, to=4, eps="1/255,4/255,0.1", steps=4, random_start=False).images, together.images
    )


def test_solved_images_leave_and_until_never_takes_all_steps() -> None:
    network, photos = straight_network(), random_photos(3, size=(20, 28))
    soon, never = (fool.pgd(network, photos, eps=0.1, steps=20, until=until) for until in ("top", "never"))
    assert soon.success.all() and never.success.all()
    assert (soon.gradients < 20).all() and never.gradients.tolist() == [20, 20, 20]
    assert (never.goal_after >= soon.goal_after).all()


# Real networks


def test_coffee_is_read_as_a_goldfish_from_its_file_two_levels_away(tmp_path: Path) -> None:
    network = seethrough.load()
    coffee = network.frame(photo("coffee"))
    found = fool.pgd(network, coffee, to="goldfish", eps="2/255", steps=10, eight_bit=True)
    back = photo(save_image(found.images[0], tmp_path / "coffee.png"))
    assert network.classify(network.frame(back))[0][0].label == "goldfish"
    assert found.success.all() and found.png_success.all() and found.before[0].label == "espresso"
    levels = (back * 255).round() - (photo(save_image(coffee, tmp_path / "photo.png")) * 255).round()
    assert levels.abs().max() <= 2


@pytest.mark.parametrize("name", ["bundled", "squeezenet"])
def test_photos_are_read_as_other_things_two_levels_away(name: str, shared: Path, tmp_path: Path) -> None:
    weights = shared / "weights" / "squeezenet1_0.safetensors"
    network = seethrough.load() if name == "bundled" else seethrough.load("torchvision:squeezenet1_0", weights=weights)
    photos = network.frame([photo(shared / "data" / "photos" / file) for file in PAIRS])
    found = fool.pgd(network, photos, to=list(PAIRS.values()), eps="2/255", steps=40, eight_bit=True)
    assert found.success.all() and found.png_success.all()
    assert (found.linf.double() <= 2 / 255 * (1 + 1e-6)).all()
    for place, goal in enumerate(PAIRS.values()):
        read_back = photo(save_image(found.images[place], tmp_path / f"{place}.png"))
        (guess,) = network.classify(network.frame(read_back), top=1)[0]
        assert guess.index == network.resolve_class(goal)
        assert guess.probability == pytest.approx(found.as_png[place].probability, abs=1e-4)
        assert found.before[place].index != guess.index
