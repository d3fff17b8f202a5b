from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.lbfgs import lbfgs
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import (
    Memory,
    Stride,
    adam,
    easing,
    fading,
    length,
    mean_size,
    momentum,
    per_row,
    plain,
    sign,
    to_value,
    unit_length,
)
from seethrough.ascent.wish import Wish, logit, reach
from tests.nets import linear_network, random_photos

NUMBERS = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]], dtype=torch.float64)
SLOPE = torch.tensor([[[3.0, 0.0], [0.0, -4.0]], [[0.0, 0.0], [-0.5, 0.0]]], dtype=torch.float64)


def wavy(x: Tensor) -> Tensor:
    """A number for each row [b], uneven and curved."""
    flat = x.flatten(1)
    return (torch.sin(3 * flat) - flat**2 + 0.3 * flat * flat.roll(1, 1)).sum(1)


def begin(rows: int = 3) -> Tensor:
    return torch.randn(rows, 2, 5, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def climb(stride: Stride, start: Tensor, steps: int, wish: Callable[[Tensor], Tensor] = wavy) -> Tensor:
    """Return all places on the way [steps + 1, b, ...]."""
    memory: Memory = {}
    way = [start]
    for _ in range(steps):
        here = way[-1].clone().requires_grad_()
        values = wish(here)
        (slope,) = torch.autograd.grad(values.sum(), here)
        way.append(stride(way[-1], values.detach(), slope, memory))
    return torch.stack(way)


def by_optimiser(make: Callable[[list[Tensor]], torch.optim.Optimizer], start: Tensor, steps: int) -> Tensor:
    """Return the places that one of torch's optimisers goes through."""
    x = start.clone().requires_grad_()
    optimiser = make([x])
    way = [start]
    for _ in range(steps):
        optimiser.zero_grad()
        wavy(x).sum().backward()
        optimiser.step()
        way.append(x.detach().clone())
    return torch.stack(way)


# By hand


def move(stride: Stride, values: Tensor | None = None) -> Tensor:
    return stride(NUMBERS, torch.zeros(2) if values is None else values, SLOPE, {}) - NUMBERS


def test_a_plain_stride_is_the_slope_times_the_rate() -> None:
    torch.testing.assert_close(move(plain(0.1)), 0.1 * SLOPE)


def test_strides_of_unit_length_are_all_as_long_as_the_rate() -> None:
    expected = torch.stack([SLOPE[0] / 5, SLOPE[1] / 0.5]) * 0.2
    torch.testing.assert_close(move(unit_length(0.2)), expected)
    torch.testing.assert_close(
        move(unit_length(0.2)).flatten(1).norm(dim=1), torch.full((2,), 0.2, dtype=torch.float64)
    )


def test_strides_of_mean_size_move_the_mean_number_by_the_rate() -> None:
    expected = torch.stack([SLOPE[0] / (7 / 4), SLOPE[1] / (0.5 / 4)]) * 0.2
    torch.testing.assert_close(move(mean_size(0.2)), expected)
    torch.testing.assert_close(move(mean_size(0.2)).abs().mean((1, 2)), torch.full((2,), 0.2, dtype=torch.float64))


def test_strides_by_sign_move_every_number_by_the_rate() -> None:
    assert move(sign(0.25)).flatten().tolist() == [0.25, 0, 0, -0.25, 0, 0, -0.25, 0]


def test_a_stride_to_a_value_is_newtons_step_by_hand() -> None:
    # Rows of wishes -9 and -0.01 under slopes of length 5 and 0.5: 2 * 9 / 5 and 2 * 0.01 / 0.5 along them.
    found = move(to_value(100.0), torch.tensor([-9.0, -0.01]))
    torch.testing.assert_close(found, torch.stack([SLOPE[0] / 5 * 3.6, SLOPE[1] / 0.5 * 0.04]))
    torch.testing.assert_close(
        move(to_value(1.0), torch.tensor([-9.0, -0.01])), torch.stack([SLOPE[0] / 5, SLOPE[1] / 0.5 * 0.04])
    )
    over = move(to_value(100.0, wanted=1.0), torch.tensor([2.0, 1.0]))  # above what is wanted: back down
    torch.testing.assert_close(over, torch.stack([-SLOPE[0] / 5 * 0.4, SLOPE[1] * 0]))
    far_over = move(to_value(0.5), torch.tensor([90.0, 0.0]))  # no farther down than up
    torch.testing.assert_close(far_over, torch.stack([-SLOPE[0] / 5 * 0.5, SLOPE[1] * 0]))


def test_a_value_wished_for_of_a_linear_network_is_there_in_one_step() -> None:
    network, _, _ = linear_network()
    network.module.double()
    images = random_photos(3).double() * 0.02 + 0.5
    classes = torch.tensor([0, 2, 4])
    values = network(images).gather(1, classes[:, None])[:, 0] + torch.tensor([1.0, -2.0, 0.5])
    found = ascend(network, pixels(images), reach(logit(classes), values), stride=to_value(10.0), steps=1)
    torch.testing.assert_close(network(found.images).gather(1, classes[:, None])[:, 0], values)
    assert found.values.abs().max() < 1e-18 < found.trace[:, 0].abs().min()


def test_a_fading_stride_takes_its_share_of_every_number_after_each_step() -> None:
    torch.testing.assert_close(
        fading(plain(0.1), 0.25)(NUMBERS, torch.zeros(2), SLOPE, {}), (NUMBERS + 0.1 * SLOPE) * 0.75
    )
    memory: Memory = {}
    here = NUMBERS
    for _ in range(3):
        here = fading(momentum(0.1, 0.5), 0.1)(here, torch.zeros(2), SLOPE, memory)
    expected = ((NUMBERS + 0.1 * SLOPE) * 0.9 + 0.15 * SLOPE) * 0.9
    torch.testing.assert_close(here, (expected + 0.175 * SLOPE) * 0.9)


# Against torch's own


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_momentum_goes_where_torchs_sgd_goes(keep: float) -> None:
    expected = by_optimiser(lambda x: torch.optim.SGD(x, lr=0.02, momentum=keep, maximize=True), begin(), 30)
    torch.testing.assert_close(climb(momentum(0.02, keep), begin(), 30), expected, rtol=1e-12, atol=1e-12)


def test_momentum_drops_its_rate_after_the_steps_named() -> None:
    def scheduled(x: list[Tensor]) -> torch.optim.Optimizer:
        optimiser = torch.optim.SGD(x, lr=0.02, momentum=0.9, maximize=True)
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, [5, 8], gamma=0.1)
        optimiser.register_step_post_hook(lambda *_: schedule.step())
        return optimiser

    expected = by_optimiser(scheduled, begin(), 12)
    torch.testing.assert_close(climb(momentum(0.02, 0.9, drops=(5, 8)), begin(), 12), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("first", "second", "floor"), [(0.9, 0.999, 1e-8), (0.5, 0.9, 1e-3), (0.0, 0.99, 1e-8)])
def test_adam_goes_where_torchs_adam_goes(first: float, second: float, floor: float) -> None:
    expected = by_optimiser(
        lambda x: torch.optim.Adam(x, lr=0.05, betas=(first, second), eps=floor, maximize=True), begin(), 40
    )
    torch.testing.assert_close(
        climb(adam(0.05, first, second, floor=floor), begin(), 40), expected, rtol=1e-9, atol=1e-10
    )


def test_nadam_goes_where_torchs_nadam_goes_without_its_decay_of_momentum() -> None:
    # torch's schedule of momentum, b (1 - 0.96^(t d) / 2), is b itself where d is large.
    expected = by_optimiser(lambda x: torch.optim.NAdam(x, lr=0.05, momentum_decay=1e6, maximize=True), begin(), 40)
    torch.testing.assert_close(climb(adam(0.05, nesterov=True), begin(), 40), expected, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(climb(adam(0.05), begin(), 40), expected, atol=1e-3)


# For all strides

STRIDES: dict[str, Callable[[], Stride]] = {
    "plain": lambda: plain(0.01),
    "unit_length": lambda: unit_length(0.05),
    "mean_size": lambda: mean_size(0.02),
    "sign": lambda: sign(0.02),
    "to_value": lambda: to_value(0.1, 5.0),
    "momentum": lambda: momentum(0.01, drops=(3,)),
    "adam": lambda: adam(0.05),
    "nadam": lambda: adam(0.05, nesterov=True),
    "fading": lambda: fading(adam(0.05), 0.001),
    "easing": lambda: easing(adam(0.05), 10, 30),
}
every_stride = pytest.mark.parametrize("name", STRIDES)


@every_stride
def test_a_stride_goes_up(name: str) -> None:
    way = climb(STRIDES[name](), begin(), 20)
    assert (wavy(way[-1]) > wavy(way[0]) + 0.5).all()


@every_stride
def test_rows_go_their_own_ways_also_when_others_leave(name: str) -> None:
    stride, start = STRIDES[name](), begin()
    expected = climb(stride, start, 8)[-1]
    for row in range(3):
        torch.testing.assert_close(climb(stride, start[row : row + 1], 8)[-1][0], expected[row], rtol=1e-12, atol=1e-13)
    memory: Memory = {}
    here, rows = start, torch.arange(3)
    for step in range(8):
        if step == 4:
            here, rows = here[[2, 0]], rows[[2, 0]]
            memory = {name: value[[2, 0]] for name, value in memory.items()}
        leaf = here.clone().requires_grad_()
        values = wavy(leaf)
        (slope,) = torch.autograd.grad(values.sum(), leaf)
        here = stride(here, values.detach(), slope, memory)
    torch.testing.assert_close(here, expected[rows], rtol=1e-12, atol=1e-13)
    assert all(len(value) == 2 for value in memory.values())


@every_stride
@pytest.mark.parametrize("size", [0.0, 1e-38, 1e-25, 1e-12, 1e20])
def test_however_small_or_large_a_slope_is_numbers_stay_finite_and_steps_short(name: str, size: float) -> None:
    numbers, slope = torch.zeros(2, 3, 4), torch.full((2, 3, 4), size)
    if name in ("plain", "momentum"):
        slope = slope.clamp(max=1.0)  # these are as long as the slope
    found = STRIDES[name]()(numbers, torch.zeros(2), slope, {})
    assert found.isfinite().all() and found.abs().max() <= 0.11
    if size == 0:
        assert not found.any()


@pytest.mark.parametrize("size", [1e-25, 1e-12, 1.0, 1e20])
def test_lengths_are_right_where_squares_would_vanish_or_overflow(size: float) -> None:
    rows = torch.tensor([[[3.0, 0.0], [0.0, -4.0]], [[0.0, 1.0], [0.0, 0.0]]]) * size
    torch.testing.assert_close(length(rows), torch.tensor([5.0, 1.0]) * size)
    torch.testing.assert_close(
        unit_length(2.0)(rows * 0, torch.zeros(2), rows, {}).flatten(1).norm(dim=1), torch.full((2,), 2.0)
    )
    assert (length(torch.zeros(2, 3)) > 0).all()


def test_a_stride_does_not_write_into_what_it_was_given() -> None:
    for make in STRIDES.values():
        numbers, values, slope, memory = begin(), torch.zeros(3, dtype=torch.float64), begin() + 1, {}
        stride = make()
        kept = [one.clone() for one in (numbers, values, slope)]
        stride(numbers, values, slope, memory)
        held = {name: value.clone() for name, value in memory.items()}
        before = dict(memory)
        stride(numbers, values, slope, memory)
        for now, then in zip((numbers, values, slope), kept, strict=True):
            assert torch.equal(now, then)
        for name, value in before.items():
            assert torch.equal(value, held[name])


def test_numbers_for_rows_are_given_the_shape_of_the_rows() -> None:
    assert per_row(torch.tensor([1.0, 2.0]), torch.zeros(2, 3, 4)).shape == (2, 1, 1)
    assert per_row(torch.tensor([1.0, 2.0]), torch.zeros(2, dtype=torch.float64)).dtype == torch.float64


def test_a_wish_no_one_hears_moves_nothing() -> None:
    network, _, _ = linear_network(size=(8, 8))
    images = random_photos(2, size=(8, 8))
    for make in (make for name, make in STRIDES.items() if name not in ("to_value", "fading")):
        found = ascend(
            network, pixels(images), Wish(lambda reading: 0 * reading.images.sum((1, 2, 3))), stride=make(), steps=2
        )
        assert torch.equal(found.images, images)


def test_easing_goes_ever_less_far_between_its_two_steps_each_row_by_its_own_count() -> None:
    stride = easing(plain(1.0), 2, 6, least=0.2)
    memory: Memory = {}
    at = torch.zeros(1, 3, dtype=torch.float64)
    went = []
    for _ in range(8):
        moved = stride(at, torch.zeros(1), torch.ones_like(at), memory)
        went.append(float((moved - at)[0, 0]))
        at = moved
    assert went == pytest.approx([1, 1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2])
    # What else is in the memory does not keep a stride from beginning.
    eased = climb(easing(lbfgs(), 5, 10), begin(), 12)
    assert (wavy(eased[-1]) > wavy(eased[0])).all()
    # A row that comes fresh into the batch begins at its own first step.
    memory["eased"] = torch.tensor([6.0, 0.0], dtype=torch.float64)
    two = stride(torch.zeros(2, 3, dtype=torch.float64), torch.zeros(2), torch.ones(2, 3, dtype=torch.float64), memory)
    assert two[:, 0].tolist() == pytest.approx([0.2, 1])
