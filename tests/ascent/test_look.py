from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas, ball, pixels, shared
from seethrough.ascent.fourier import fourier
from seethrough.ascent.jitter import STILL, Jitter, crop, mirror, rotation
from seethrough.ascent.look import Look, Seen
from seethrough.ascent.phase import natural_magnitude, phase
from seethrough.ascent.prior import norm, tv
from seethrough.ascent.wish import Reading, Wish, log_probability, logit, unit
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.networks.unit import Unit
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

CLASSES = torch.tensor([0, 2, 4, 1, 3])
BUSY = Jitter((crop(0.5, 0.9), rotation(20), mirror()), 0.05, 2)


def exact_cnn(channels: int = 3) -> Network:
    """Return the small network in double precision."""
    network = small_cnn(channels)
    network.module.double()
    return network


def exact_photos(count: int, channels: int = 3, seed: int = 0) -> Tensor:
    return random_photos(count, channels, seed=seed).double()


CANVASES: dict[str, Callable[[int], Canvas]] = {
    "pixels": lambda count: pixels(exact_photos(count)),
    "ball": lambda count: ball(exact_photos(count), 0.1),
    "ball l2": lambda count: ball(exact_photos(count), 3.0, "l2"),
    "shared": lambda count: shared(exact_photos(count), 0.1),
    "fourier": lambda count: fourier(image_streams(1, count), 3, (40, 56), dtype=torch.float64),
    "phase": lambda count: phase(image_streams(1, count), natural_magnitude(exact_photos(4)) / 5),
}
every_canvas = pytest.mark.parametrize("kind", CANVASES)


def counted(network: Network, name: str = "conv1") -> list[int]:
    """Write down how many images go through a layer at each of its calls, from now on."""
    network.layers  # noqa: B018 (the table is made before the count begins)
    seen: list[int] = []
    part = dict(network.module.named_modules())[name]
    part.register_forward_pre_hook(lambda part, inputs: seen.append(len(inputs[0])))
    return seen


def look(network: Network, canvas: Canvas, wish: Wish, at_once: int = 5, mask: Tensor | None = None) -> Look:
    return Look(network, canvas, wish, None, None, {}, mask, at_once, network.size)


def up(seeing: Look, jitter: Jitter = STILL, numbers: Tensor | None = None) -> Seen:
    canvas = seeing.canvas
    numbers = canvas.numbers if numbers is None else numbers
    return seeing.up(numbers, torch.arange(canvas.images), jitter, image_streams(0, canvas.images), seeing.size, False)


@every_canvas
@pytest.mark.parametrize("jitter", [STILL, BUSY], ids=["still", "busy"])
def test_the_slope_is_the_one_finite_differences_find(kind: str, jitter: Jitter) -> None:
    canvas = CANVASES[kind](2)
    wish = (
        log_probability(CLASSES) + unit([Unit("conv2", 3, (4, 5)), Unit("norm", 1)]) - 0.01 * norm(0.4) - 0.01 * tv(1.5)
    )
    seeing = look(exact_cnn(), canvas, wish, at_once=1)
    generator = torch.Generator().manual_seed(0)
    begun = canvas.numbers + 0.01 * torch.rand(canvas.numbers.shape, generator=generator, dtype=torch.float64)
    slope = up(seeing, jitter, begun).slope
    assert slope is not None
    for _ in range(3):
        way = torch.randn(begun.shape, generator=generator, dtype=torch.float64)
        ahead, back = (up(seeing, jitter, begun + step * way).values.sum() for step in (1e-6, -1e-6))
        assert float((ahead - back) / 2e-6) == pytest.approx(float((slope * way).sum()), rel=1e-4, abs=1e-6)


@every_canvas
def test_images_looked_at_one_by_one_or_together_give_the_same(kind: str) -> None:
    canvas, wish = CANVASES[kind](5), logit(CLASSES)
    expected = up(look(exact_cnn(), canvas, wish, 5), BUSY)
    for at_once in (1, 2, 3, 100):
        found = up(look(exact_cnn(), canvas, wish, at_once), BUSY)
        torch.testing.assert_close(found.values, expected.values, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(found.slope, expected.slope, rtol=1e-9, atol=1e-13)


def test_images_are_passed_through_in_equal_parts_of_bounded_size() -> None:
    network = exact_cnn()
    passes = counted(network)
    for at_once, expected in ((5, [5]), (4, [3, 2]), (2, [2, 2, 1]), (1, [1] * 5)):
        passes.clear()
        up(look(network, CANVASES["pixels"](5), logit(CLASSES), at_once))
        assert passes == expected
    passes.clear()
    up(look(network, CANVASES["pixels"](5), logit(CLASSES), 2), Jitter((mirror(),), 0.0, 3))
    assert passes == [6, 6, 3]


def test_a_wish_that_compares_images_sees_them_all() -> None:
    network = exact_cnn()
    passes = counted(network)

    def apart(reading: Reading) -> Tensor:
        scores = logit(CLASSES).read(reading)
        return (scores - scores.mean()).square()

    wish = replace(logit(CLASSES), read=apart, together=True)
    found = up(look(network, CANVASES["pixels"](5), wish, at_once=2))
    assert passes == [5]
    scores = network(exact_photos(5)).gather(1, CLASSES[:, None])[:, 0]
    torch.testing.assert_close(found.values, (scores - scores.mean()).square())


def test_the_network_is_stopped_at_the_deepest_layer_wished_for() -> None:
    network = small_cnn()
    calls = {name: counted(network, name) for name in ("conv1", "norm", "conv2", "head")}
    reached = {
        "norm": (unit(Unit("norm", 1)), ["conv1", "norm"]),
        "conv2": (unit(Unit("conv2", 1)) - unit(Unit("conv1", 0)), ["conv1", "norm", "conv2"]),
        "scores": (logit(CLASSES) + unit(Unit("conv1", 0)), ["conv1", "norm", "conv2", "head"]),
        "nothing": (-norm(), []),
    }
    for wish, expected in reached.values():
        for seen in calls.values():
            seen.clear()
        seeing = look(network, pixels(random_photos(2)), wish)
        up(seeing)
        seeing.still(seeing.canvas.numbers, torch.arange(2))
        assert [name for name, seen in calls.items() if seen] == expected
        assert all(seen == [2, 2] for seen in calls.values() if seen)


def test_the_wish_of_still_images_is_that_of_the_images_themselves() -> None:
    network, images = exact_cnn(), exact_photos(3)
    seeing = look(network, pixels(images), logit(CLASSES), 2)
    seen = seeing.still(images, torch.arange(3))
    torch.testing.assert_close(seen.values, network(images).gather(1, CLASSES[:3, None])[:, 0])
    assert seen.slope is None and not seen.values.requires_grad


def test_some_images_of_a_batch_can_be_looked_at() -> None:
    network, canvas = exact_cnn(), CANVASES["ball"](5)
    rows = torch.tensor([4, 1])
    seeing, streams = look(network, canvas, logit(CLASSES), 1), image_streams(0, 5)
    found = seeing.up(canvas.numbers[rows], rows, BUSY, streams, seeing.size, False)
    expected = up(look(network, canvas, logit(CLASSES)), BUSY)
    assert expected.slope is not None
    torch.testing.assert_close(found.values, expected.values[rows])
    torch.testing.assert_close(found.slope, expected.slope[rows])


def test_the_mask_weighs_the_slope_of_each_pixel() -> None:
    network, weights, _ = linear_network()
    mask = torch.rand(40, 56, generator=torch.Generator().manual_seed(0))
    photos = random_photos(3)
    found = up(look(network, pixels(photos), logit(CLASSES), mask=mask))
    torch.testing.assert_close(found.slope, weights[CLASSES[:3]] * mask)
    found = up(look(network, shared(photos, 0.1), logit(CLASSES), mask=mask))
    torch.testing.assert_close(found.slope, weights[CLASSES[:3]].sum(0, keepdim=True) * mask)


def test_numbers_that_were_asked_for_and_who_is_done_are_said_of_each_image() -> None:
    network, images = exact_cnn(), exact_photos(5)
    watch = {
        "brightness": lambda reading: reading.images.mean((1, 2, 3)),
        "double": lambda reading: 2 * logit(CLASSES).read(reading),
    }
    seeing = Look(
        network, pixels(images), logit(CLASSES), lambda reading, values: values > 0, None, watch, None, 2, network.size
    )
    for seen in (up(seeing), seeing.still(images, torch.arange(5))):
        torch.testing.assert_close(seen.watched["brightness"], images.mean((1, 2, 3)))
        torch.testing.assert_close(seen.watched["double"], 2 * seen.values)
        assert seen.done.tolist() == (seen.values > 0).tolist() and 0 < seen.done.sum() < 5
        assert not any(one.requires_grad for one in (seen.values, *seen.watched.values()))


def test_slopes_are_in_the_usual_order_in_memory_whatever_the_networks() -> None:
    for canvas in (pixels(random_photos(2).contiguous(memory_format=torch.channels_last)), ball(random_photos(2), 0.1)):
        slope = up(look(small_cnn(), canvas, logit(CLASSES))).slope
        assert slope is not None and slope.is_contiguous()


def test_a_network_of_another_size_gets_what_it_wants() -> None:
    network, small = exact_cnn(), random_photos(2, size=(20, 28)).double()
    found = up(look(network, pixels(small), logit(CLASSES)))
    enlarged = torch.nn.functional.interpolate(small, (40, 56), mode="bilinear", align_corners=False)
    torch.testing.assert_close(found.values, network(enlarged).gather(1, CLASSES[:2, None])[:, 0])
    assert found.slope is not None and found.slope.shape == small.shape


def test_an_exception_on_the_way_back_leaves_nothing_behind() -> None:
    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(context: object, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(context: object, slope: Tensor) -> Tensor:
            raise RuntimeError("on the way back")

    network = small_cnn()
    network.module.train()
    before = snapshot(network)
    outputs: list[Tensor] = []

    def read(reading: Reading) -> Tensor:
        outputs.append(reading.layers["relu#2"])
        return Fails.apply(outputs[-1]).mean((1, 2, 3))

    seeing = look(network, pixels(random_photos(1)), Wish(read, ("relu#2",)))
    with pytest.raises(RuntimeError, match="on the way back"):
        seeing.up(seeing.canvas.numbers, torch.arange(1), STILL, image_streams(0, 1), seeing.size, True)
    assert_same(before, snapshot(network))
    assert torch._C._len_torch_function_stack() == 0
