"""Moves along a slope in which every coordinate stops at its own wall: the water-filling of two norms, exactly.

The best move of a size raises `slope . move` the most. In L-infinity all coordinates go equally fast, in L2 each as fast as
its slope is steep; one that meets its wall stays there while the others go on.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import torch
from torch import Tensor

Norm: TypeAlias = Literal["linf", "l2"]


def _equal(slope: Tensor) -> Tensor:
    return (slope != 0).to(slope.dtype)


SPEEDS: Mapping[Norm, Callable[[Tensor], Tensor]] = MappingProxyType({"linf": _equal, "l2": torch.abs})
SIZES: Mapping[Norm, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"linf": lambda move: move.abs().amax(-1), "l2": lambda move: move.norm(dim=-1)}
)


def least_gaining(slope: Tensor, room: Tensor, gain: Tensor, norm: Norm) -> tuple[Tensor, Tensor]:
    """Return the least moves [N, n] with slope . move = gain [N] that keep |move| <= room, and whether there are any [N].

    Where there are none, the moves are those that gain the most.

    >>> slope, room = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.5, 9.0]])
    >>> least_gaining(slope, room, torch.tensor([3.0]), "linf")[0]
    tensor([[ 0.5000, -2.0000]])
    """
    speed, steep = SPEEDS[norm](slope), slope.abs()
    walls = _quotient(room, speed)
    level, there = _level(walls, torch.where(speed > 0, steep * room, 0), steep * speed, gain)
    return _at(level, slope, speed, room), there


def best_of_size(slope: Tensor, room: Tensor, size: Tensor, norm: Norm) -> Tensor:
    """Return the moves [N, n] of the given size [N] that gain the most and keep |move| <= room; smaller where room ends.

    >>> best_of_size(torch.tensor([[3.0, 4.0]]), torch.tensor([[9.0, 0.5]]), torch.tensor([1.0]), "l2")
    tensor([[0.8660, 0.5000]])
    """
    speed = SPEEDS[norm](slope)
    level = size
    if norm == "l2":
        level, _ = _level(_quotient(room, speed) ** 2, torch.where(speed > 0, room**2, 0), speed**2, size**2)
        level = level.sqrt()
    return _at(level, slope, speed, room)


def _level(walls: Tensor, full: Tensor, rate: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return the level at which sum(min(rate * level, full)) is what is wanted, each stopping at its wall; inf if never."""
    walls, order = walls.sort(dim=1)
    full, rate = full.gather(1, order), rate.gather(1, order)
    stopped = torch.cat([torch.zeros_like(full[:, :1]), full[:, :-1].cumsum(1)], 1)
    going = rate.flip(1).cumsum(1).flip(1)
    # Where nothing goes on, there is no wall either: 0 * inf is not a number, and reaches nothing.
    reached = stopped + going * walls >= wanted[:, None]
    place = reached.to(torch.uint8).argmax(1, keepdim=True)
    level = (wanted - stopped.gather(1, place)[:, 0]) / going.gather(1, place)[:, 0]
    there = reached.any(1)
    return torch.where(there, level.clamp(min=0), torch.inf), there


def _at(level: Tensor, slope: Tensor, speed: Tensor, room: Tensor) -> Tensor:
    gone = torch.where(speed > 0, level[:, None] * speed, 0)
    return slope.sign() * torch.minimum(gone, room)


def _quotient(room: Tensor, speed: Tensor) -> Tensor:
    return torch.where(speed > 0, room / speed.clamp(min=torch.finfo(speed.dtype).tiny), torch.inf)
