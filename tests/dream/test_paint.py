"""From a recipe to the loop: each setting does what it says, by hand where a hand can."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.loop import Climb
from seethrough.ascent.wish import Reading, Wish, logit
from seethrough.dream import paint as module
from seethrough.dream.paint import STRIDES, paint, photographs
from seethrough.dream.recipes import CHOICES, RECIPES, Recipe
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn

PLAIN = Recipe("nothing but pixels", stride="plain", rate=1.0, steps=1, start="mean")
ONE = Wish(lambda reading: reading.images.new_zeros(len(reading.images)) + 0 * reading.images.sum((1, 2, 3)))
BRIGHT = Wish(lambda reading: reading.images.sum((1, 2, 3)))


def painted(network: Network, wish: Wish, count: int = 1, **named: Any) -> Climb:
    given = {name: named.pop(name) for name in ("start", "seed", "first", "at_once", "watch", "until") if name in named}
    return run(paint(network, wish, count, replace(PLAIN, **named), **given))


def test_every_word_for_a_stride_is_one() -> None:
    assert tuple(STRIDES) == CHOICES["stride"]
    for stride in STRIDES:
        found = painted(small_cnn(), logit(torch.tensor([1])), stride=stride, rate=0.1, steps=3)
        assert found.images.isfinite().all() and float(found.images.std()) > 0, stride


def test_an_image_begins_as_the_mean_colour_as_black_or_as_a_little_noise_about_the_mean() -> None:
    network = Network(small_cnn().module, size=(40, 56), mean=[0.2, 0.4, 0.6], std=[1.0] * 3)
    mean = painted(network, ONE, steps=0).images
    torch.testing.assert_close(mean[0].mean((1, 2)), torch.tensor([0.2, 0.4, 0.6]))
    assert mean[0].flatten(1).std(1).amax() < 1e-6
    assert painted(network, ONE, start=None, steps=0, views="still").images.shape == (1, 3, 40, 56)
    black = run(paint(network, ONE, 1, replace(PLAIN, start="black", steps=0))).images
    assert black.amax() == 0
    noise = run(paint(network, ONE, 2, replace(PLAIN, start="noise", steps=0))).images
    torch.testing.assert_close(noise.mean((0, 2, 3)), torch.tensor([0.2, 0.4, 0.6]), rtol=0, atol=0.005)
    assert float((noise - mean).std()) == pytest.approx(module.NOISE, rel=0.1)
    assert not torch.equal(noise[0], noise[1])


@pytest.mark.parametrize("canvas", CHOICES["canvas"])
def test_images_are_the_same_in_a_batch_and_in_its_later_part(canvas: str) -> None:
    network = small_cnn()
    recipe = replace(PLAIN, canvas=canvas, start="noise", views="crops", noise=0.1, light=0.2, steps=2, rate=0.01)
    wish = logit(torch.tensor([1, 1, 1]))
    together = run(paint(network, wish, 3, recipe, seed=4)).images
    later = run(paint(network, wish, 2, recipe, seed=4, first=1)).images
    torch.testing.assert_close(later, together[1:], rtol=1e-4, atol=1e-5)
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize(
    ("changes", "by_hand"),
    [
        ({"norm": 0.1}, lambda x: -0.1 * 2 * (x - 0.45)),
        ({"norm": 0.1, "norm_power": 1}, lambda x: -0.1 * (x - 0.45) / (x - 0.45).norm()),
        ({"norm": 0.1, "about": "black"}, lambda x: -0.1 * 2 * x),
        ({"alpha": 0.5}, lambda x: -0.5 * 6 * (x - 0.45).abs() ** 5 * (x - 0.45).sign()),
        ({"alpha": 0.5, "about": "black"}, lambda x: -0.5 * 6 * x**5),
        ({"norm": 0.1, "alpha": 0.5}, lambda x: -0.2 * (x - 0.45) - 3 * (x - 0.45).abs() ** 5 * (x - 0.45).sign()),
    ],
)
def test_by_hand_a_prior_pulls_as_its_slope(changes: dict[str, Any], by_hand: Any) -> None:
    photo = random_photos(1)
    found = painted(small_cnn(), ONE, start=photo, **changes)
    torch.testing.assert_close(found.images, (photo + by_hand(photo)).clamp(0, 1), rtol=1e-4, atol=1e-6)


def test_total_variation_and_the_spectrum_come_down_under_their_weights() -> None:
    photo = random_photos(1)

    def rough(images: Tensor) -> float:
        return float(images.diff(dim=2).abs().mean() + images.diff(dim=3).abs().mean())

    for exponent in (1.0, 2.0):
        found = painted(small_cnn(), ONE, start=photo, tv=0.02, tv_exponent=exponent, steps=10)
        assert rough(found.images) < 0.9 * rough(photo)
    from seethrough.ascent.spectrum import misfit

    named: dict[str, Any] = {"spectrum": 1.0, "stride": "adam", "rate": 0.01, "steps": 30}
    flat, steep = (painted(small_cnn(), ONE, start=photo, exponent=one, **named).images for one in (0.5, 1.5))
    assert float(misfit(flat, 0.5)) < 0.5 * float(misfit(photo, 0.5))
    assert float(misfit(steep, 1.5)) < 0.5 * float(misfit(photo, 1.5))


def test_by_hand_touches_change_the_pixels_after_each_step() -> None:
    network, photo = small_cnn(), random_photos(1)
    torch.testing.assert_close(painted(network, ONE, start=photo, decay=0.25).images, photo + 0.25 * (0.45 - photo))
    torch.testing.assert_close(painted(network, ONE, start=photo, decay=0.25, about="black").images, 0.75 * photo)
    torch.testing.assert_close(
        painted(network, ONE, start=photo, decay=0.5, steps=2).images, photo * 0.25 + 0.45 * 0.75
    )
    blurred = painted(network, ONE, start=photo, blur=2.0, every=2, steps=1).images
    assert torch.equal(blurred, photo)
    blurred = painted(network, ONE, start=photo, blur=2.0, every=2, steps=2).images
    assert float(blurred.std()) < 0.3 * float(photo.std())
    cleared = painted(network, ONE, start=photo, clip_norm=30.0).images
    share = (cleared == network.mean_colour.view(1, 3, 1, 1)).all(1).float().mean()
    assert float(share) == pytest.approx(0.3, abs=0.01)
    assert torch.equal(cleared[(cleared != 0.45)], photo[(cleared != 0.45)])


def test_the_pixels_that_add_least_are_cleared_by_hand_on_a_linear_network() -> None:
    network, weights, _ = linear_network()
    photo = random_photos(1)
    wish = logit(torch.tensor([2]))
    found = run(paint(network, wish, 1, replace(PLAIN, rate=0.0, clip_contribution=40.0), start=photo))
    adds = (photo[0] * weights[2]).sum(0).abs()  # the mean colour of this network is black
    cleared = (found.images[0] == 0).all(0)
    assert float(cleared.float().mean()) == pytest.approx(0.4, abs=0.01)
    assert adds[cleared].max() <= adds[~cleared].min()


def test_only_the_middle_moves_where_that_is_asked_for() -> None:
    network = small_cnn()
    found = painted(network, BRIGHT, rate=0.1, centre=0.1).images[0] - 0.45
    down, across = torch.meshgrid(torch.linspace(-0.5, 0.5, 40), torch.linspace(-0.5, 0.5, 56), indexing="ij")
    expected = 0.1 * (-(down**2 + across**2) / (2 * 0.1**2)).exp()
    torch.testing.assert_close(found, expected.expand(3, -1, -1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("views", CHOICES["views"])
@pytest.mark.parametrize("size", [(40, 56), (56, 40), (17, 9)])
def test_every_way_to_look_shows_the_network_what_it_takes(views: str, size: tuple[int, int]) -> None:
    network = small_cnn(size=size)
    seen: list[tuple[int, ...]] = []

    def read(reading: Reading) -> Tensor:
        seen.append((len(reading.images), len(reading.layers["conv1"]), *reading.layers["conv1"].shape[2:]))
        return reading.each(reading.layers["conv1"].mean((1, 2, 3)))

    found = painted(network, Wish(read, ("conv1",)), 2, views=views, each=3, noise=0.1, steps=2)
    assert found.images.shape == (2, 3, *size) and float(found.images.std()) > 0
    assert seen[0][1:] == (3 * seen[0][0], *size)
    assert seen[-1][1:] == (seen[-1][0], *size)  # what is reached is read from the image as it is


def test_so_many_views_of_each_image_count_among_those_that_go_through_at_once() -> None:
    seen: list[int] = []

    def read(reading: Reading) -> Tensor:
        seen.append(len(reading.layers["conv1"]))
        return reading.each(reading.layers["conv1"].mean((1, 2, 3)))

    painted(small_cnn(), Wish(read, ("conv1",)), 4, views="shifts", each=2, at_once=4)
    assert seen[:2] == [4, 4]


def test_an_image_may_be_larger_or_smaller_than_the_network_takes() -> None:
    network = small_cnn()
    for short, size in ((20, (20, 28)), (80, (80, 112)), (0, (40, 56))):
        for canvas in CHOICES["canvas"]:
            assert painted(network, BRIGHT, canvas=canvas, size=short, steps=1).images.shape == (1, 3, *size)
    photo = random_photos(1)
    begun = painted(network, ONE, start=photo, size=20, steps=0).images
    torch.testing.assert_close(begun, functional.interpolate(photo, (20, 28), mode="bilinear", antialias=True))


def test_by_hand_waves_fade_towards_grey() -> None:
    photo = random_photos(1)
    found = painted(small_cnn(), ONE, start=photo, canvas="fourier", decay=0.25, steps=2)
    torch.testing.assert_close(found.images, (photo.logit() * 0.75**2).sigmoid(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"canvas": "fourier", "blur": 1.0}, "touches change pixels"),
        ({"canvas": "fourier", "clip_norm": 10.0}, "touches change pixels"),
        ({"canvas": "phase", "clip_contribution": 10.0}, "touches change pixels"),
        ({"canvas": "phase", "decay": 0.1}, "decay is 0.1; the canvas of phases has nothing that could fade"),
        ({"canvas": "phase", "start": random_photos(1)}, "start: the canvas of phases begins with noise alone"),
    ],
)
def test_what_a_canvas_cannot_do_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        painted(small_cnn(), ONE, **changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_gives_the_same_image_to_a_caller_in_inference_mode(recipe: str) -> None:
    chosen = replace(RECIPES[recipe], steps=2, centre=0.3, norm=1e-4)
    network, wish = small_cnn(), logit(torch.tensor([1, 2]))
    module._samples.cache_clear()
    with torch.inference_mode():
        inside = run(paint(network, wish, 2, chosen)).images
    outside = run(paint(network, wish, 2, chosen)).images
    assert torch.equal(inside, outside)


def test_the_photographs_are_the_bundled_ones_as_the_network_sees_them() -> None:
    for channels, size in ((1, (24, 33)), (3, (40, 56))):
        network = small_cnn(channels, size=size)
        found = photographs(network)
        assert found.shape[1:] == (channels, *size) and len(found) >= 4
        assert photographs(network) is found
        assert float(found.min()) >= 0 and float(found.max()) <= 1 and float(found.std()) > 0.1
