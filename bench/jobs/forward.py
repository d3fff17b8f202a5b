"""Forward passes: the module called plainly, normalised by hand, beside the Network around it."""

import torch
from torch import Tensor

from given import Given
from jobs.shape import OURS, Pair, alike


def forward(given: Given, batch: int) -> Pair:
    """Pass a batch through."""
    pixels = given.photos(batch)

    @torch.inference_mode()
    def ours() -> Tensor:
        return given.network(pixels)

    @torch.inference_mode()
    def plain() -> Tensor:
        scores: Tensor = given.plain(pixels)
        return scores

    ways = {OURS: ours, "plain module": plain}
    return Pair(f"{len(pixels)} at once", ways, lambda found: alike(found[OURS], found["plain module"], 1e-3))
