"""Several images as one: what a result of many images is as a picture."""

import math

from torch import Tensor

ACROSS = 8


def contact_sheet(images: Tensor) -> Tensor:
    """Return one image [C, H, W] as it is, and several as one sheet.

    >>> import torch
    >>> contact_sheet(torch.zeros(1, 3, 8, 8)).shape, contact_sheet(torch.zeros(3, 3, 8, 8)).shape
    (torch.Size([3, 8, 8]), torch.Size([3, 12, 32]))
    """
    from seethrough.plots import grid_of_images

    return images[0] if len(images) == 1 else grid_of_images(images, columns(len(images)))


def columns(count: int) -> int:
    """Return how many of so many images stand side by side."""
    return min(ACROSS, count if count <= 4 else math.ceil(math.sqrt(count)))
