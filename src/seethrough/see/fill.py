"""What is put in place of a part of an image to take it away."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError

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


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Blur images with a Gaussian of that standard deviation in pixels, their borders mirrored."""
    reach = max(int(3 * sigma + 0.5), 1)
    reach = min(reach, min(images.shape[-2:]) - 1)
    steps = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    bell = (-(steps**2) / (2 * sigma**2)).exp()
    bell = bell / bell.sum()
    channels = images.shape[1]
    padded = functional.pad(images, (reach, reach, reach, reach), mode="reflect")
    across = functional.conv2d(padded, bell.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)
    return functional.conv2d(across, bell.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
