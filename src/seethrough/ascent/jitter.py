"""Jitter: random views of the image, one after another. What is there only by one pixel's chance does not last.

A move draws one 3 x 3 matrix from a random stream: where the places of a view, from -1 to 1 across and down, lie in the
image. Moves are multiplied and the image is sampled once; beyond its borders it goes on as its mirror image.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

Move: TypeAlias = Callable[[torch.Generator, tuple[int, int]], Tensor]


@dataclass(frozen=True)
class Jitter:
    """`views` random views of each image, each by all the moves, then in another light, with Gaussian noise on top.

    `light` is by how much the contrast of each colour varies, and its brightness by a third of that; `noise` is its standard
    deviation.
    """

    moves: Sequence[Move] = ()
    noise: float = 0.0
    views: int = 1
    light: float = 0.0

    def __call__(self, images: Tensor, streams: Sequence[torch.Generator], size: tuple[int, int]) -> Tensor:
        """Return the views [B * views, C, H, W] of images, at that size; each image has its own random stream."""
        seen = images.repeat_interleave(self.views, dim=0) if self.views > 1 else images
        held = (images.shape[-2], images.shape[-1])
        if self.moves:
            places = torch.stack([self._place(stream, held) for stream in streams for _ in range(self.views)])
            grid = functional.affine_grid(places.to(seen), [len(seen), 1, *size], align_corners=False)
            seen = functional.grid_sample(seen, grid, padding_mode="reflection", align_corners=False)
        elif held != size:
            seen = functional.interpolate(seen, size, mode="bilinear", antialias=True)
        if self.light:
            drawn = [torch.randn(2, seen.shape[1], 1, 1, generator=one) for one in streams for _ in range(self.views)]
            contrast, brightness = (torch.stack(drawn).to(seen) * self.light).unbind(1)
            seen = (seen - 0.5) * (1 + contrast) + 0.5 + brightness / 3
        if self.noise:
            drawn = [torch.randn(seen.shape[1:], generator=one) for one in streams for _ in range(self.views)]
            seen = seen + torch.stack(drawn).to(seen) * self.noise
        return seen

    @property
    def still(self) -> bool:
        """Tell whether it leaves the image as it is."""
        return not self.moves and not self.light and not self.noise and self.views == 1

    def _place(self, stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        place = torch.eye(3, dtype=torch.float64)
        for move in self.moves:
            place = place @ move(stream, size)
        return place[:2]


STILL = Jitter()


def crop(least: float = 0.35, most: float = 1.0) -> Move:
    """A crop anywhere, its sides that share of the image's."""

    def draw(stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        share, across, down = _uniform(stream, 3)
        side = least + (most - least) * share
        return _matrix(side, 0, (1 - side) * (2 * across - 1), 0, side, (1 - side) * (2 * down - 1))

    return draw


def central_crop(least: float, most: float, spread: float = 0.15) -> Move:
    """A crop about a place near the middle: normally distributed, with that spread as a share of the image (MaCo)."""

    def draw(stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        side = least + (most - least) * _uniform(stream, 1)[0]
        across, down = (torch.randn(2, generator=stream, dtype=torch.float64) * 2 * spread).tolist()
        return _matrix(side, 0, across, 0, side, down)

    return draw


def shift(pixels: float) -> Move:
    """A shift by up to so many whole pixels, in both directions."""

    def draw(stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        across, down = (round((2 * one - 1) * pixels) for one in _uniform(stream, 2))
        return _matrix(1, 0, 2 * across / size[1], 0, 1, 2 * down / size[0])

    return draw


def zoom(least: float, most: float) -> Move:
    """Enlarge by a factor between the two, about the middle."""

    def draw(stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        side = 1 / (least + (most - least) * _uniform(stream, 1)[0])
        return _matrix(side, 0, 0, 0, side, 0)

    return draw


def rotation(degrees: float) -> Move:
    """Turn by up to so many degrees to either side, about the middle."""

    def draw(stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        angle = math.radians((2 * _uniform(stream, 1)[0] - 1) * degrees)
        wide = size[1] / size[0]
        return _matrix(math.cos(angle), -math.sin(angle) / wide, 0, math.sin(angle) * wide, math.cos(angle), 0)

    return draw


def mirror() -> Move:
    """The mirror image, every other time."""

    def draw(stream: torch.Generator, size: tuple[int, int]) -> Tensor:
        side = 1.0 if _uniform(stream, 1)[0] < 0.5 else -1.0
        return _matrix(side, 0, 0, 0, 1, 0)

    return draw


def _uniform(stream: torch.Generator, count: int) -> list[float]:
    drawn: list[float] = torch.rand(count, generator=stream, dtype=torch.float64).tolist()
    return drawn


def _matrix(*six: float) -> Tensor:
    return torch.tensor([six[:3], six[3:], (0.0, 0.0, 1.0)], dtype=torch.float64)
