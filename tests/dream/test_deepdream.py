import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough import photo
from seethrough.ascent.canvas import pixels
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import mean_size
from seethrough.dream.deepdream import activity, deepdream
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn

STILL = {"octaves": 1, "shift": 0}


class Fixed(nn.Module):
    """A network that takes its own size alone, as transformers do: a weight for every place."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 6, 8, stride=8)
        self.places = nn.Parameter(torch.linspace(-1, 1, 6 * 5 * 7).view(1, 6, 5, 7))
        self.act, self.head = nn.ReLU(), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.patches(x) + self.places).mean((2, 3)))


def fixed() -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(Fixed(), size=(40, 56), name="fixed")


def test_one_octave_without_shifts_is_the_loop_itself() -> None:
    network, photos = small_cnn(), random_photos(2)
    expected = ascend(network, pixels(photos), activity("relu#2"), stride=mean_size(0.01), steps=5)
    found = deepdream(network, photos, layer="relu#2", steps=5, rate=0.01, **STILL)
    torch.testing.assert_close(found.images, expected.images, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.trace, expected.trace)
    torch.testing.assert_close(found.reached, expected.values)


def test_a_step_is_the_gradient_by_its_mean_size() -> None:
    network, photos = small_cnn(), random_photos(1)
    leaf = photos.clone().requires_grad_()
    (slope,) = torch.autograd.grad(network.read(leaf, "relu")["relu"].square().mean(), leaf)
    found = deepdream(network, photos, layer="relu", steps=1, rate=0.01, **STILL)
    torch.testing.assert_close(found.images, photos + 0.01 * slope / slope.abs().mean())
    assert float((found.images - photos).abs().mean()) == pytest.approx(0.01, rel=1e-4)


def test_what_is_reached_is_what_the_picture_that_is_returned_does() -> None:
    network = small_cnn()
    found = deepdream(network, random_photos(2), layer="relu#2", steps=3, octaves=3)
    again = network.read(found.images, "relu#2")["relu#2"].square().mean((1, 2, 3))
    torch.testing.assert_close(found.reached, again)
    before = network.read(random_photos(2), "relu#2")["relu#2"].square().mean((1, 2, 3))
    assert bool((again > 1.2 * before).all())


def test_a_unit_is_excited_and_named() -> None:
    network = small_cnn()
    found = deepdream(network, random_photos(1), unit="relu#2:3", steps=4, octaves=2)
    at_first = float(network.read(random_photos(1), "relu#2")["relu#2"][:, 3].mean())
    assert found.wishes == ("relu#2:3",) and found.settings["unit"] == "relu#2:3"
    assert float(found.reached) > at_first


def test_octaves_hand_on_what_they_add() -> None:
    # Only the smallest octave moves: what is found in the full photo are large and smooth changes.
    network, photos = small_cnn(), random_photos(1)
    work = deepdream.job(network, photos, octaves=3, scale=2.0, steps=4, rate=0.02)
    found = run(work, lambda step: step.done >= 100 // 3)
    change = (found.images - photos)[0].mean(0)
    assert found.trace.shape == (1, 4)
    fine, coarse = (change[:, 1:] - change[:, :-1]).std(), (change[:, 8:] - change[:, :-8]).std()
    assert change.abs().mean() > 0.01 and fine < 0.5 * coarse


def test_pictures_stay_pictures_of_their_own_size() -> None:
    network = small_cnn()
    large = random_photos(1, size=(60, 130))[0]
    found = deepdream(network, large, steps=2, octaves=2, size=100, rate=0.5)
    assert found.images.shape == (1, 3, 46, 100)
    assert float(found.images.min()) >= 0 and float(found.images.max()) <= 1


def test_several_photos_come_out_at_the_size_of_the_first_undistorted() -> None:
    network = small_cnn()
    first, disc = random_photos(1, size=(40, 50))[0], torch.zeros(3, 90, 60)
    down, across = torch.meshgrid(torch.arange(90.0), torch.arange(60.0), indexing="ij")
    disc[:, ((down - 44.5) ** 2 + (across - 29.5) ** 2) < 20**2] = 1.0
    found = deepdream(network, [first, disc], steps=1, rate=1e-6, octaves=1)
    assert found.images.shape == (2, 3, 40, 50) and found.starts is not None
    white = found.starts[1, 0] > 0.5
    assert int(white.any(1).sum()) == pytest.approx(int(white.any(0).sum()), abs=1)
    assert int(white.any(1).sum()) == pytest.approx(40 * 50 / 60, abs=1)


@pytest.mark.parametrize("size", [(40, 56), (70, 90), (24, 30)])
def test_a_network_that_takes_its_own_size_alone_sees_tiles(size: tuple[int, int]) -> None:
    network, photos = fixed(), random_photos(1, size=size)
    found = deepdream(network, photos, layer="act", steps=6, octaves=2, rate=0.01)
    assert found.images.shape == photos.shape
    moved = (found.images - photos).abs().mean((0, 1)) > 1e-4
    assert float(moved.float().mean()) > 0.95
    before = deepdream(network, photos, layer="act", steps=1, octaves=1, rate=1e-9)
    assert float(found.reached) > 1.05 * float(before.reached)


def test_a_photo_is_dreamt_alike_alone_and_in_a_batch() -> None:
    network = small_cnn()
    network.module.double()
    photos = random_photos(3).double()
    together = deepdream(network, photos, steps=3, octaves=2)
    again = deepdream(network, photos, steps=3, octaves=2, batch=1)
    alone = deepdream(network, photos[:1], steps=3, octaves=2)
    torch.testing.assert_close(together.images, again.images, atol=1e-12, rtol=0)
    torch.testing.assert_close(together.images[:1], alone.images, atol=1e-12, rtol=0)
    assert together.images.dtype == torch.float64


def test_the_seed_alone_decides_and_nothing_is_left_behind() -> None:
    network, photos = small_cnn(), random_photos(1)
    network.module.train()
    state, weights = torch.random.get_rng_state(), [one.clone() for one in network.module.parameters()]
    first = deepdream(network, photos, steps=2, octaves=2, seed=3)
    with torch.inference_mode():
        assert deepdream(network, photos, steps=2, octaves=2, seed=3) == first
    assert not torch.equal(deepdream(network, photos, steps=2, octaves=2, seed=4).images, first.images)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert network.module.training and all(
        one.requires_grad and one.grad is None for one in network.module.parameters()
    )
    assert all(torch.equal(a, b) for a, b in zip(weights, network.module.parameters(), strict=True))
    assert all(not part._forward_hooks for part in network.module.modules())


def test_one_channel_does_too() -> None:
    found = deepdream(small_cnn(channels=1), random_photos(1, channels=1), steps=2, octaves=2)
    assert found.images.shape == (1, 1, 40, 56)


def test_a_zoom_gives_frames_each_nearer_than_the_last() -> None:
    network, photos = small_cnn(), random_photos(1, size=(60, 80))
    found = deepdream(network, photos, steps=4, octaves=2, rate=1e-6, zoom=3)
    assert found.images.shape == (4, 3, 60, 80) and found.starts is None
    assert torch.allclose(found.images[0], photos[0], atol=1e-3)
    middle = photos[0].mean(0)[10:50, 10:70].mean()
    assert abs(float(found.images[3].mean()) - float(middle)) < 0.05
    assert len(found.reached) == len(found.guesses) == len(found.trace) == 4


def test_every_step_shows_the_whole_photo_as_far_as_it_is() -> None:
    network, seen = small_cnn(), []
    work = deepdream.job(network, random_photos(1), steps=2, octaves=3)
    run(work, lambda step: seen.append((step.done, step.total, step.peek().images.shape)))  # type: ignore[misc]
    assert len(seen) == 6 and seen[-1][:2] == (100, 100)
    assert {shape for _, _, shape in seen} == {(1, 3, 40, 56)}


def test_a_zoom_can_be_stopped_on_the_way() -> None:
    work = deepdream.job(small_cnn(), random_photos(1), steps=4, octaves=1, zoom=9)
    found = run(work, lambda step: step.done >= 25)
    assert 2 <= len(found.images) < 10


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"layer": "relu", "unit": "relu:1"}, "are both given"),
        ({"layer": "rely"}, "closest: relu"),
        ({"unit": "relu:1@2,2"}, "is at one place; a deepdream is of all: write relu:1"),
        ({"octaves": 0}, "octaves is 0; it takes 1 or more"),
        ({"steps": 0}, "steps is 0; it takes 1 or more"),
        ({"shift": -1}, "shift is -1; it takes 0 or more"),
        ({"scale": 1.0}, "scale and rate are 1.0"),
        ({"rate": float("nan")}, "scale and rate are 1.4 and nan"),
        ({"zoom": 2}, "zoom goes into one photo; 2 are given"),
    ],
)
def test_bad_input_is_refused_in_one_line(given: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        deepdream(small_cnn(), random_photos(2), **given)


def test_the_bundled_network_dreams_strongly_of_a_photo_and_leaves_it_recognisable() -> None:
    network = seethrough.load()
    found = deepdream(network, photo("cat"), size=160, octaves=2, steps=8)
    assert found.wishes == ("blocks.4.2",) and found.starts is not None
    start = deepdream(network, photo("cat"), size=160, octaves=1, steps=1, rate=1e-7)
    assert float(found.reached) > 1.5 * float(start.reached)
    assert 0.02 < float((found.images - found.starts).abs().mean()) < 0.25
    together = torch.stack([found.images.flatten(), found.starts.flatten()])
    assert float(together.corrcoef()[0, 1]) > 0.8
