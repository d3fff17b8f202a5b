"""A Gaussian blur."""

import torch
from torch import Tensor
from torch.nn import functional


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
