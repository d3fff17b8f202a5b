"""Faint images made to be seen: their difference from a colour, amplified, and said so."""

import torch
from torch import Tensor

FACTORS = (1, 2, 3, 5, 10, 20, 30, 50, 100)
NEARLY_ALL = 0.998


def vivid(image: Tensor, about: Tensor) -> tuple[Tensor, str]:
    """Return an image [C, H, W] amplified about a colour [C], and what to write: "", or ", x 5".

    >>> vivid(torch.full((3, 8, 8), 0.6), torch.full((3,), 0.5))[1]
    ', x 3'
    """
    ground = about.view(-1, 1, 1)
    away = image - ground
    sizes = away.abs().flatten().sort().values
    most = float(sizes[int((len(sizes) - 1) * NEARLY_ALL)])
    # A few pixels far out must not keep all the others faint, nor may a small figure on an empty ground be lost.
    most = most if most > 0 else float(sizes[-1])
    factor = max((one for one in FACTORS if one * most <= 0.5), default=1) if most > 0 else 1
    return torch.clamp(ground + factor * away, 0, 1), f", x {factor}" if factor > 1 else ""
