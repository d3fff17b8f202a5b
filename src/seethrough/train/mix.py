"""Pictures put together from two, which are to be read as both."""

import torch
from torch import Tensor


def cutmix(images: Tensor, share: float, stream: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Paste a box of another picture of the batch into a share of them (Yun et al. 2019, arXiv:1905.04899).

    The box has the picture's shape and lies anywhere; its area is drawn from 0 to 1, and what reaches beyond the edge is cut
    off. Returns the pictures, the place of the other picture [B], and how much of each is its own [B].

    >>> images, other, own = cutmix(torch.rand(4, 3, 8, 8), 0.5, torch.Generator().manual_seed(0))
    """
    count, (height, width) = len(images), images.shape[-2:]
    other = torch.randperm(count, generator=stream)
    chosen, area, down, across = torch.rand(4, count, generator=stream).unbind()
    half = area.sqrt() / 2
    inside = _between(down, half, height)[:, :, None] & _between(across, half, width)[:, None, :]
    inside &= (chosen < share)[:, None, None]
    own = 1 - inside.float().mean((1, 2))
    return torch.where(inside[:, None], images[other], images), other, own


def _between(centre: Tensor, half: Tensor, side: int) -> Tensor:
    """Return which pixels [B, side] of a side lie within a half of the centre, both as shares of the side."""
    pixels = (torch.arange(side) + 0.5) / side
    return (pixels - centre[:, None]).abs() < half[:, None]
