"""The loop and what it works on: masks, touches, the network it asks, and how it leaves that behind."""

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.ascent.canvas import Canvas, ball, pixels, shared
from seethrough.ascent.fourier import fourier, fourier_of
from seethrough.ascent.jitter import STILL, Jitter, shift
from seethrough.ascent.loop import Climb, ascend
from seethrough.ascent.phase import natural_magnitude, phase
from seethrough.ascent.prior import norm
from seethrough.ascent.stride import Stride, adam, plain, sign, unit_length
from seethrough.ascent.touch import blur, clip_contribution, clip_norm, decay
from seethrough.ascent.wish import logit, unit
from seethrough.networks.streams import image_streams
from seethrough.networks.unit import Unit
from tests.ascent.test_look import CANVASES, counted, exact_cnn, exact_photos
from tests.ascent.test_loop import BUSY, CLASSES, STRIDES, WISH, above, assert_equal, scores_of, until_step
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

# Masks, touches, one pattern for all


@pytest.mark.parametrize("name", [*STRIDES, "sign"])
@pytest.mark.parametrize("touches", [(), (decay(0.1, 0.5), blur(1.0), clip_norm(20), clip_contribution(20))])
def test_pixels_under_a_mask_of_nothing_stay_exactly(name: str, touches: Any) -> None:
    stride = sign(0.03) if name == "sign" else STRIDES[name]()
    mask = torch.zeros(40, 56)
    mask[10:30, 20:40] = 1
    images = random_photos(2)
    found = ascend(small_cnn(), pixels(images), logit(CLASSES), stride=stride, steps=8, mask=mask, touches=touches)
    moved = found.images != images
    assert not moved[..., mask == 0].any() and moved[..., mask == 1].any(1).float().mean() > 0.5


@pytest.mark.parametrize("kind", ["ball", "ball l2", "shared"])
def test_under_a_mask_of_nothing_a_photo_is_not_perturbed(kind: str) -> None:
    mask = torch.zeros(40, 56)
    mask[:, 30:] = 1
    photos = exact_photos(2)
    found = ascend(exact_cnn(), CANVASES[kind](2), logit(CLASSES), stride=adam(0.02), steps=5, mask=mask, jitter=BUSY)
    assert torch.equal(found.images[..., :30], photos[..., :30]) and (found.images != photos)[..., 30:].any()


@pytest.mark.parametrize("stride", [sign(0.1), adam(0.1), plain(0.1)])
def test_a_mask_says_how_much_each_pixel_moves_whatever_the_stride(stride: Stride) -> None:
    network, _, _ = linear_network()
    images, mask = random_photos(1) * 0.1 + 0.45, torch.linspace(0, 1, 56).expand(40, 56)
    free, held = (
        ascend(network, pixels(images), 0.1 * logit(CLASSES), stride=stride, steps=1, mask=one) for one in (None, mask)
    )
    torch.testing.assert_close(held.images - images, (free.images - images) * mask, rtol=1e-4, atol=1e-6)


def test_a_touch_is_done_to_the_pixels_after_each_step_by_hand() -> None:
    network, weights, _ = linear_network()
    images = random_photos(1) * 0.2 + 0.4
    found = ascend(network, pixels(images), logit(CLASSES), stride=plain(0.01), steps=2, touches=(decay(0.25, 0.5),))
    here = images
    for _ in range(2):
        here = (here + 0.01 * weights[:1]).clamp(0, 1)
        here = here + 0.25 * (0.5 - here)
    torch.testing.assert_close(found.images, here)


def test_touched_pixels_stay_in_range() -> None:
    white = torch.ones(1, 3, 40, 56)
    steps: list[int] = []

    def beyond(images: Tensor, slope: Tensor, step: int) -> Tensor:
        steps.append(step)
        return images * 1.5 - 0.2

    found = ascend(small_cnn(), pixels(white), logit(CLASSES), stride=plain(1.0), steps=3, touches=(beyond, blur(1.3)))
    assert steps == [1, 2, 3] and found.images.min() >= 0 and found.images.max() <= 1


def test_one_pattern_serves_all_photos() -> None:
    network, weights, _ = linear_network()
    photos = random_photos(3)
    found = ascend(network, shared(photos, 0.05), logit(CLASSES), stride=sign(0.02), steps=4)
    expected = 0.05 * (weights[CLASSES[:3]].sum(0)).sign()
    torch.testing.assert_close(found.images, (photos + expected).clamp(0, 1), rtol=0, atol=1e-5)
    left = ascend(
        network,
        shared(photos, 0.05),
        logit(CLASSES),
        stride=sign(0.02),
        steps=4,
        until=above(torch.tensor([-1e9, -1e9, 1e9])),
    )
    assert left.trace.shape == (3, 4) and not left.trace.isnan().any()  # not done before it is for all
    done = ascend(network, shared(photos, 0.05), logit(CLASSES), stride=sign(0.02), steps=4, until=above(-1e9))
    assert torch.equal(done.images, photos) and done.trace.shape == (3, 1)


# The network


def test_a_wish_about_the_image_alone_needs_no_network() -> None:
    network = small_cnn()
    calls = counted(network)
    images = random_photos(2)
    found = ascend(network, pixels(images), -norm(0.25), stride=plain(0.1), steps=10, jitter=BUSY)
    assert calls == []
    torch.testing.assert_close(found.images, 0.25 + (images - 0.25) * 0.8**10)


def test_the_network_is_stopped_at_the_deepest_layer_wished_for() -> None:
    network = small_cnn()
    passed, beyond = counted(network, "norm"), counted(network, "conv2")
    ascend(network, pixels(random_photos(2)), unit([Unit("norm", 1), Unit("conv1", 2)]), stride=adam(0.01), steps=6)
    assert passed == [2] * 7 and beyond == []


def test_the_network_is_shown_views_of_the_sizes_named_one_a_step_in_turn() -> None:
    network, images = exact_cnn(), exact_photos(2)
    network.layers  # noqa: B018 (the table is made before the count begins)
    shapes: list[tuple[int, int]] = []
    network.module.conv1.register_forward_pre_hook(lambda part, inputs: shapes.append(tuple(inputs[0].shape[-2:])))
    sizes = [(20, 28), (30, 42), (40, 56)]
    found = ascend(network, pixels(images), logit(CLASSES), stride=plain(0.1), steps=4, sizes=sizes)
    assert shapes == [(20, 28), (30, 42), (40, 56), (20, 28), (40, 56)]  # what is returned is seen at the network's own
    torch.testing.assert_close(found.values, scores_of(network, found.images))
    shapes.clear()
    found = ascend(network, pixels(images), logit(CLASSES), stride=plain(0.1), steps=2, size=(20, 28))
    assert shapes == [(20, 28)] * 3
    reduced = functional.interpolate(found.images, (20, 28), mode="bilinear", antialias=True)
    torch.testing.assert_close(found.values, scores_of(network, reduced))


def test_taken_up_again_it_goes_on_with_the_size_whose_turn_it_is() -> None:
    settings: dict[str, Any] = {
        "stride": adam(0.03),
        "steps": 7,
        "sizes": [(20, 28), (30, 42), (40, 56)],
        "jitter": BUSY,
    }
    expected = ascend(exact_cnn(), pixels(exact_photos(2)), WISH, **settings)
    state = until_step(ascend.job(exact_cnn(), pixels(exact_photos(2)), WISH, **settings), 4).state()
    assert_equal(ascend(exact_cnn(), pixels(exact_photos(2)), WISH, resume=state, **settings), expected)


def leave_alone(network: Any) -> dict[str, object]:
    network.module.train()
    network.module.conv1.eval()
    network.module.head.weight.requires_grad_(False)
    return snapshot(network)


@pytest.mark.parametrize("name", ["adam", "lbfgs"])
def test_the_module_is_left_as_it_was(name: str) -> None:
    network = small_cnn()
    before = leave_alone(network)
    ascend(
        network, pixels(random_photos(2)), WISH + unit(Unit("relu#2", 3)), stride=STRIDES[name](), steps=4, jitter=BUSY
    )
    assert_same(before, snapshot(network))


def test_the_module_is_left_as_it_was_at_every_step_and_by_a_climb_that_is_given_up() -> None:
    network = small_cnn()
    before = leave_alone(network)
    work = ascend.job(network, pixels(random_photos(2)), unit(Unit("relu", 3)), stride=adam(0.1), steps=9)
    for _ in range(3):
        next(work)
        assert_same(dict(before), snapshot(network))
        assert network.lock.acquire(blocking=False)
        network.lock.release()
    work.close()
    assert_same(before, snapshot(network))


def test_the_module_is_left_as_it_was_after_an_exception() -> None:
    class Fails(nn.Module):
        calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            if self.calls == 3:
                raise RuntimeError("inside")
            return x

    network = small_cnn()
    network.module.conv2 = nn.Sequential(network.module.conv2, Fails())
    network.layers, network.layout  # noqa: B018 (made before the calls are counted)
    network.module.conv2[1].calls = 0
    before = leave_alone(network)
    with pytest.raises(RuntimeError, match="inside"):
        ascend(network, pixels(random_photos(2)), unit(Unit("relu#2", 3)), stride=adam(0.1), steps=9)
    assert_same(before, snapshot(network))
    assert torch._C._len_torch_function_stack() == 0 and torch.is_grad_enabled()


ANY_CANVAS: dict[str, Callable[[], Canvas]] = {
    "pixels": lambda: pixels(random_photos(2)),
    "ball": lambda: ball(random_photos(2), 0.1, "l2"),
    "shared": lambda: shared(random_photos(2), 0.1),
    "fourier": lambda: fourier(image_streams(0, 2), 3, (40, 56)),
    "photo's fourier": lambda: fourier_of(random_photos(2)),
    "phase": lambda: phase(image_streams(0, 2), natural_magnitude(random_photos(3)) / 5),
}


@pytest.mark.parametrize("kind", ANY_CANVAS)
@pytest.mark.parametrize("without", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("name", ["adam", "lbfgs"])
def test_it_serves_a_caller_who_works_without_gradients(name: str, without: Any, kind: str) -> None:
    network = small_cnn()

    def climb(until: Any = None) -> Climb:
        return ascend(
            network, ANY_CANVAS[kind](), WISH, stride=STRIDES[name](), steps=6, until=until,
            mask=torch.ones(40, 56), jitter=STILL if name == "lbfgs" else BUSY,
        )  # fmt: skip

    expected = climb()
    # A limit that one of the two passes on the way: numbers are then written in place.
    limit = float(expected.trace[:, 2:].max()) - 1e-4
    leaving = climb(above(limit))
    with without():
        found, left = climb(), climb(above(limit))
    assert_equal(found, expected)
    assert_equal(left, leaving)
    assert not found.images.is_inference() and not found.images.requires_grad


def test_who_drives_a_climb_may_change_how_they_work_from_step_to_step() -> None:
    network = small_cnn()
    expected = ascend(network, ANY_CANVAS["fourier"](), WISH, stride=adam(0.1), steps=6, jitter=BUSY)
    with torch.inference_mode():
        work = ascend.job(network, ANY_CANVAS["fourier"](), WISH, stride=adam(0.1), steps=6, jitter=BUSY)
        next(work)
        state = next(work).state()
    next(work)
    with torch.no_grad():
        next(work)
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        next(work)
        assert torch.is_inference_mode_enabled()
    with pytest.raises(StopIteration) as end:
        next(work)
        assert torch.is_grad_enabled()
        next(work)
    assert_equal(end.value.value, expected)
    again = ascend(network, ANY_CANVAS["fourier"](), WISH, stride=adam(0.1), steps=6, jitter=BUSY, resume=state)
    assert_equal(again, expected)


def test_a_frozen_network_serves_as_well() -> None:
    expected = ascend(small_cnn(), pixels(random_photos(2)), WISH, stride=adam(0.1), steps=4)
    network = small_cnn()
    network.module.requires_grad_(False)
    assert_equal(ascend(network, pixels(random_photos(2)), WISH, stride=adam(0.1), steps=4), expected)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("size", [(40, 56), (56, 41)])
def test_any_number_of_channels_and_any_shape(channels: int, size: tuple[int, int]) -> None:
    network, photos = small_cnn(channels, size), random_photos(2, channels, size)
    magnitude = natural_magnitude(photos) / 5
    for canvas in (
        pixels(photos),
        ball(photos, 0.1),
        fourier(image_streams(0, 2), channels, size),
        fourier_of(photos),
        phase(image_streams(0, 2), magnitude, width=size[1]),
    ):
        found = ascend(network, canvas, logit(CLASSES), stride=adam(0.05), steps=8)
        assert found.images.shape == (2, channels, *size)
        assert (found.values > found.trace[:, 0]).all()


def test_a_low_precision_network_is_climbed_in_single_precision() -> None:
    network = small_cnn()
    network.module.to(torch.bfloat16)
    found = ascend(network, pixels(random_photos(2)), logit(CLASSES), stride=unit_length(0.5), steps=8)
    assert found.images.dtype == found.values.dtype == torch.float32
    assert (found.values > found.trace[:, 0]).all()


@pytest.mark.parametrize("name", ["adam", "lbfgs"])
def test_nothing_grows_over_many_steps_but_the_trace(name: str) -> None:
    work = ascend.job(
        small_cnn(size=(16, 20)), pixels(random_photos(2, size=(16, 20))), WISH + unit(Unit("relu#2", 3)),
        stride=STRIDES[name](), steps=200, jitter=Jitter((shift(2),), 0.01), redirected=200,
    )  # fmt: skip

    def held() -> tuple[int, int]:
        gc.collect()
        tensors = [one for one in gc.get_objects() if type(one) is Tensor]
        return len(gc.get_objects()), sum(one.numel() for one in tensors)

    until_step(work, 30)
    objects, numbers = held()
    until_step(work, 130)
    more_objects, more_numbers = held()
    assert more_numbers - numbers <= 100 * 2  # one number an image and step
    assert more_objects - objects <= 100 + 20
    work.close()


def test_the_memory_of_the_process_does_not_grow_over_many_steps() -> None:
    # In a process of its own: what other tests left free would hide it.
    code = """
import torch
from pathlib import Path
from seethrough.ascent import ascend, pixels
from seethrough.ascent.prior import norm
from seethrough.ascent.stride import adam
from seethrough.networks.network import Network
torch.set_num_threads(1)
held = lambda: int(Path("/proc/self/statm").read_text().split()[1])
canvas = pixels(torch.rand(4, 3, 80, 80))
network = Network(torch.nn.Flatten(), size=80)
seen = [held() for step in ascend.job(network, canvas, -norm(0.2), stride=adam(0.001), steps=700) if step.done in (100, 700)]
print((seen[1] - seen[0]) * 4096)
"""
    if not Path("/proc/self/statm").exists():
        pytest.skip("reads the memory of a process from /proc")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10e6  # of 300 kB that every step writes anew
