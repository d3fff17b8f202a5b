"""Training pictures changed a little, anew every time: what a person would still read as the same."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import unknown

Change = Callable[[Tensor, torch.Generator], Tensor]
"""From pictures [B, C, H, W] and a random stream to pictures of the same shape."""

SHIFT = 1 / 8
"""How far a crop moves, as a share of the side: 4 of 32 pixels."""
HOLE = 1 / 4
"""The side of what is cut out, as a share of the picture's."""
TURN, STRETCH, MOVE = math.radians(10), 0.1, 0.07
"""How far `bend` turns, how much it stretches, and how far it moves, as a share of the side."""


def mirror(images: Tensor, stream: torch.Generator) -> Tensor:
    """Mirror every other picture, by chance."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=stream) < 0.5
    return torch.where(chosen, images.flip(3), images)


def crop(images: Tensor, stream: torch.Generator) -> Tensor:
    """Move each picture by up to an eighth of its side; what comes in at the edge is mirrored there."""
    height, width = images.shape[-2:]
    rows, columns = _moves(len(images), height, stream), _moves(len(images), width, stream)
    # Every picture by its own way at once: a table of which row, and which column, each pixel comes from.
    down = _reflected(torch.arange(height) + rows[:, None], height)
    across = _reflected(torch.arange(width) + columns[:, None], width)
    place = torch.arange(len(images))[:, None, None]
    return images.permute(0, 2, 3, 1)[place, down[:, :, None], across[:, None, :]].permute(0, 3, 1, 2)


def cutout(images: Tensor, stream: torch.Generator) -> Tensor:
    """Paint a square grey, a quarter of the side long and anywhere (DeVries and Taylor 2017, arXiv:1708.04552)."""
    height, width = images.shape[-2:]
    inside = _inside(len(images), height, stream)[:, :, None] & _inside(len(images), width, stream)[:, None, :]
    return images.masked_fill(inside[:, None], 0.5)


def bend(images: Tensor, stream: torch.Generator) -> Tensor:
    """Turn by up to 10 degrees, stretch by up to a tenth and move by up to 7 % of the side: for what has no mirror image."""
    count, (height, width) = len(images), images.shape[-2:]
    turn, wide, tall, right, down = (torch.rand(5, count, generator=stream) * 2 - 1).unbind()
    angle, wide, tall = turn * TURN, 1 + wide * STRETCH, 1 + tall * STRETCH
    # Places go from -1 to 1 along either side: what turns has to be told how long the sides are.
    rows = [
        torch.stack([angle.cos() * wide, -angle.sin() * tall * height / width, right * 2 * MOVE], 1),
        torch.stack([angle.sin() * wide * width / height, angle.cos() * tall, down * 2 * MOVE], 1),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False).clamp(0, 1)


CHANGES: Mapping[str, Change] = {"mirror": mirror, "crop": crop, "cutout": cutout, "bend": bend}


def changes_named(names: str) -> list[Change]:
    """Return the changes of a list with commas between: "mirror,crop".

    >>> changes_named("mirror, crop") == [mirror, crop]
    True
    """
    found = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name not in CHANGES:
            raise unknown("augment", name, CHANGES)
        found.append(CHANGES[name])
    return found


def _moves(count: int, side: int, stream: torch.Generator) -> Tensor:
    far = max(round(side * SHIFT), 1)
    return torch.randint(-far, far + 1, (count,), generator=stream)


def _reflected(places: Tensor, side: int) -> Tensor:
    last = side - 1
    return last - (last - places.abs()).abs()


def _inside(count: int, side: int, stream: torch.Generator) -> Tensor:
    hole = max(round(side * HOLE), 1)
    first = torch.randint(-hole // 2, side - hole // 2, (count,), generator=stream)
    places = torch.arange(side)
    return (places >= first[:, None]) & (places < first[:, None] + hole)
