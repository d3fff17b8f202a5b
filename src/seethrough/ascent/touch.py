"""Touches: what is done to the pixels after a step, for canvases of plain pixels (Yosinski et al. 2015, arXiv:1506.06579).

A touch takes the pixels, the slope of the wish there, and the number of the step (from 1).
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.ascent.prior import colour
from seethrough.images.blur import blurred

Touch: TypeAlias = Callable[[Tensor, Tensor, int], Tensor]


def decay(share: float, about: Tensor | float = 0.0) -> Touch:
    """L2 decay: every pixel goes that share of the way to a colour."""
    return lambda images, slope, step: images + share * (colour(about, images) - images)


def blur(sigma: float, every: int = 1) -> Touch:
    """A Gaussian blur of that standard deviation in pixels, every so many steps: no fine noise can build up."""
    return lambda images, slope, step: blurred(images, sigma) if step % every == 0 else images


def clip_norm(percent: float, about: Tensor | float = 0.0) -> Touch:
    """Set the pixels nearest to a colour to it, that share of all: what matters little is not painted at all."""

    def touch(images: Tensor, slope: Tensor, step: int) -> Tensor:
        size = (images - colour(about, images)).norm(dim=1)
        return _keep_largest(images, size, percent, about)

    return touch


def clip_contribution(percent: float, about: Tensor | float = 0.0) -> Touch:
    """Set the pixels that add least to the wish to a colour, that share of all: |sum over colours of (x - colour) * slope|."""

    def touch(images: Tensor, slope: Tensor, step: int) -> Tensor:
        adds = ((images - colour(about, images)) * slope).sum(1).abs()
        return _keep_largest(images, adds, percent, about)

    return touch


def _keep_largest(images: Tensor, size: Tensor, percent: float, about: Tensor | float) -> Tensor:
    if percent <= 0:
        return images
    least = size.flatten(1).float().quantile(min(percent / 100, 1.0), dim=1).to(size)
    return torch.where((size >= least[:, None, None])[:, None], images, colour(about, images))
