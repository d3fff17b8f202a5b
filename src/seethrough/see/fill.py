"""What is put in place of a part of an image to take it away."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images.blur import blurred

Fill: TypeAlias = Literal["zero", "grey", "mean", "blur"]
FILLS = ("zero", "grey", "mean", "blur")


def filled(images: Tensor, fill: Fill) -> Tensor:
    """Return what stands for "nothing" in each image: black, mid-grey, the image's own mean colour, or the image blurred.

    >>> filled(torch.rand(1, 3, 8, 8), "grey").unique()
    tensor([0.5000])
    """
    if fill == "zero":
        return torch.zeros_like(images)
    if fill == "grey":
        return torch.full_like(images, 0.5)
    if fill == "mean":
        return images.mean((2, 3), keepdim=True).expand_as(images).clone()
    if fill == "blur":
        return blurred(images, min(images.shape[-2:]) / 20)
    raise UserError(f"fill is {fill!r}; it takes {' | '.join(FILLS)}")
