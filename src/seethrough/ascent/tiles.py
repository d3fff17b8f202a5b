"""Tiles: a whole image shown to a network piece by piece, its borders in other places at each step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Tiles:
    """Views of images of the size `held`: all of each, in tiles, moved by up to `shift` pixels both ways at random.

    An image goes on from its other side, so that nothing is lost by moving it, and tiles may be larger than it is. Where
    it takes several tiles they may lie anywhere: their seams must not stay in one place.

    >>> Tiles((40, 56), (32, 32))(torch.rand(1, 3, 40, 56), [torch.Generator()], (32, 32)).shape
    torch.Size([4, 3, 32, 32])
    """

    held: tuple[int, int]
    size: tuple[int, int]
    shift: int = 0

    @property
    def views(self) -> int:
        """Count the tiles of one image."""
        return self._rows * self._columns

    @property
    def still(self) -> bool:
        """Tell whether it leaves the image as it is."""
        return self.held == self.size and self.shift == 0

    def __call__(self, images: Tensor, streams: Sequence[torch.Generator], size: tuple[int, int]) -> Tensor:
        """Return the tiles [B * views, C, h, w] of images, at that size; each image has its own random stream."""
        (height, width), (tall, wide) = self.held, size
        moved = []
        for image, stream in zip(images, streams, strict=True):
            down, across = (round((2 * one - 1) * self._reach) for one in torch.rand(2, generator=stream).tolist())
            lines = (torch.arange(self._rows * tall) + down) % height
            places = (torch.arange(self._columns * wide) + across) % width
            moved.append(image[:, lines.to(image.device)][:, :, places.to(image.device)])
        tiles = torch.stack(moved).view(len(images), -1, self._rows, tall, self._columns, wide)
        return tiles.permute(0, 2, 4, 1, 3, 5).flatten(0, 2)

    @property
    def _rows(self) -> int:
        return math.ceil(self.held[0] / self.size[0])

    @property
    def _columns(self) -> int:
        return math.ceil(self.held[1] / self.size[1])

    @property
    def _reach(self) -> int:
        return self.shift if self.held == self.size else max(self.held)
