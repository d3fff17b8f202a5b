"""Strides: from where the numbers are, how the wish stands and which way is up, to where they go next.

A stride keeps what it must remember in `memory`, tensors with one row an image: an image that is done takes its rows along.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

Memory: TypeAlias = dict[str, Tensor]
# stride(numbers [b, ...], values [b], slope [b, ...], memory) -> numbers
Stride: TypeAlias = Callable[[Tensor, Tensor, Tensor, Memory], Tensor]

TINY = 1e-30


def plain(rate: float) -> Stride:
    """x + rate * slope: gradient ascent as it is written in books."""
    return lambda numbers, values, slope, memory: numbers + rate * slope


def unit_length(rate: float) -> Stride:
    """x + rate * slope / |slope|_2: every step of every image is as long as any other."""

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        return numbers + rate * slope / per_row(length(slope), slope)

    return move


def mean_size(rate: float) -> Stride:
    """x + rate * slope / mean |slope|: the mean number moves by the rate (DeepDream)."""

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        return numbers + rate * slope / per_row(slope.abs().flatten(1).mean(1).clamp_min(TINY), slope)

    return move


def sign(rate: float) -> Stride:
    """x + rate * sign(slope): every number moves by the rate."""
    return lambda numbers, values, slope, memory: numbers + rate * slope.sign()


def to_value(longest: float, wanted: float = 0.0) -> Stride:
    """x + 2 (wanted - wish) slope / |slope|^2, at most `longest`: Newton's step to a wish that is a square (Polyak 1987).

    A wish -d^2 is brought to 0 where its d is as good as linear.
    """

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        long = length(slope)
        step = (2 * (wanted - values) / long).clamp(-longest, longest)
        return numbers + slope / per_row(long, slope) * per_row(step, slope)

    return move


def momentum(rate: float, keep: float = 0.9, drops: Sequence[int] = ()) -> Stride:
    """v = keep * v + slope; x + rate * v, with the rate divided by 10 at each of the steps in `drops`."""

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        step = _step(memory, slope)
        speed = keep * memory.get("speed", torch.zeros_like(slope)) + slope
        memory["speed"] = speed
        dropped = sum(((step > at).to(slope) for at in drops), torch.zeros_like(step))
        return numbers + per_row(rate * 0.1**dropped, slope) * speed

    return move


def adam(
    rate: float, first: float = 0.9, second: float = 0.999, *, nesterov: bool = False, floor: float = 1e-8
) -> Stride:
    """Adam (Kingma & Ba 2015, arXiv:1412.6980), or NAdam with `nesterov` (Dozat 2016): every number at its own pace."""

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        step = _step(memory, slope)
        mean = torch.lerp(slope, memory.get("mean", torch.zeros_like(slope)), first)
        square = torch.lerp(slope.square(), memory.get("square", torch.zeros_like(slope)), second)
        memory["mean"], memory["square"] = mean, square
        way = mean / per_row(1 - first**step, slope)
        if nesterov:
            ahead = first * mean / per_row(1 - first ** (step + 1), slope)
            way = ahead + (1 - first) * slope / per_row(1 - first**step, slope)
        return numbers + rate * way / ((square / per_row(1 - second**step, slope)).sqrt() + floor)

    return move


def fading(stride: Stride, share: float) -> Stride:
    """Go that stride, and let every number fall by that share: what is not asked for again and again goes away.

    Waves that fade are an image that does not grow harsh (the decoupled weight decay of Loshchilov & Hutter 2019,
    arXiv:1711.05101).
    """
    return lambda numbers, values, slope, memory: stride(numbers, values, slope, memory) * (1 - share)


def easing(stride: Stride, begin: int, end: int, least: float = 0.1) -> Stride:
    """Go ever less far from step `begin` to step `end`, down to that share: under jitter the last steps are averaged so."""

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        step = memory.get("eased", torch.zeros(len(slope), dtype=slope.dtype, device=slope.device)) + 1
        memory["eased"] = step
        pace = 1 - (1 - least) * ((step - begin) / max(end - begin, 1)).clamp(0, 1)
        moved = stride(numbers, values, slope, memory)
        return numbers + per_row(pace, numbers) * (moved - numbers)

    return move


def per_row(values: Tensor, like: Tensor) -> Tensor:
    """Give a number for each row [b] the shape that multiplies rows [b, ...]."""
    return values.to(like).view(-1, *(1,) * (like.ndim - 1))


def length(rows: Tensor) -> Tensor:
    """Return the length of each row [b], never 0: of their largest first, as squares of small numbers would vanish."""
    flat = rows.flatten(1)
    largest = flat.abs().amax(1).clamp_min(TINY)
    long: Tensor = (flat / largest[:, None]).norm(dim=1) * largest
    return long.clamp_min(TINY)


def _step(memory: Memory, slope: Tensor) -> Tensor:
    """Count the steps of each row [b], from 1."""
    step = memory.get("step", torch.zeros(len(slope), dtype=slope.dtype, device=slope.device)) + 1
    memory["step"] = step
    return step
