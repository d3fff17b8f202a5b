"""Softmax regression: one linear layer from pixels to scores."""

from collections import OrderedDict

from torch import nn


def linear(channels: int, size: tuple[int, int], classes: int) -> nn.Module:
    """Return one linear layer over all pixels.

    >>> sum(weight.numel() for weight in linear(3, (32, 32), 10).parameters())
    30730
    """
    return nn.Sequential(OrderedDict(flatten=nn.Flatten(), linear=nn.Linear(channels * size[0] * size[1], classes)))
