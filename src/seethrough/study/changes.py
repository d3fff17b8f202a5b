"""Changes whose doing one knows: each a function of pictures or of maps [B, C, H, W], which it moves about alike."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError, unknown

Change: TypeAlias = Callable[[Tensor], Tensor]

LARGER = 1.25


def enlarged(maps: Tensor, times: float = LARGER) -> Tensor:
    """Enlarge about the middle; what leaves the frame is cut off.

    >>> enlarged(torch.tensor([[[[0.0, 1.0, 0.0]]]]), 3.0)
    tensor([[[[0.6667, 1.0000, 0.6667]]]])
    """
    place = torch.tensor([[1 / times, 0, 0], [0, 1 / times, 0]], dtype=maps.dtype, device=maps.device)
    grid = functional.affine_grid(place.expand(len(maps), 2, 3), list(maps.shape), align_corners=False)
    return functional.grid_sample(maps, grid, padding_mode="border", align_corners=False)


CHANGES: Mapping[str, Change] = {
    "mirror": partial(torch.flip, dims=(-1,)),
    "flip": partial(torch.flip, dims=(-2,)),
    "rotate90": partial(torch.rot90, dims=(-1, -2)),
    "rotate180": partial(torch.rot90, k=2, dims=(-1, -2)),
    "scale": enlarged,
}
"""Left and right swapped; top and bottom; a quarter turn clockwise; a half turn; a quarter larger."""


def changes_named(names: str | Sequence[str], size: tuple[int, int]) -> dict[str, Change]:
    """Return the changes that a text names, with commas between them; a quarter turn only of square pictures."""
    words = [word.strip() for word in (names.split(",") if isinstance(names, str) else names)]
    for word in words:
        if word not in CHANGES:
            raise unknown("change", word, CHANGES)
        if word == "rotate90" and size[0] != size[1]:
            raise UserError(f"changes: rotate90 makes {size[1]} x {size[0]} of {size[0]} x {size[1]}; take rotate180")
    return {word: CHANGES[word] for word in words}
