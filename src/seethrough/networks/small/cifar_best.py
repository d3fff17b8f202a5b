"""Our own network for CIFAR-10: residual, small, and blind to mirrors by design."""

from collections import OrderedDict

from torch import Tensor, nn

from seethrough.networks.small.mirrored import BothMean, MirroredConv, MirroredNorm

WIDTHS = (32, 80, 176, 256)
"""Channels of the stem and of the three stages."""


class Around(nn.Module):
    """Two convolutions whose result is added to what went in: x + f(x) (He et al. 2016, arXiv:1512.03385)."""

    def __init__(self, width: int) -> None:
        """Keep the width."""
        super().__init__()
        self.first, self.second = convolution(width, width), convolution(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x)."""
        added: Tensor = x + self.second(self.first(x))
        return added


def cifar_best(channels: int, size: tuple[int, int], classes: int) -> nn.Module:
    """Return a stem and three stages of conv, pool 2, norm, ReLU and a block x + f(x); the map's mean; mirrors' mean; fc.

    Every feature has its mirror image beside it, of the same weights (see mirrored.py): the scores of a picture and of its
    mirror image are the same. Pooling before the norm leaves it, and the ReLU, a quarter of the numbers.

    >>> sum(weight.numel() for weight in cifar_best(3, (32, 32), 10).parameters())
    1207130
    """
    stem, *stages = WIDTHS
    parts: OrderedDict[str, nn.Module] = OrderedDict(stem=convolution(channels, stem, lift=True))
    inner = stem
    for place, width in enumerate(stages, 1):
        parts[f"down{place}"] = convolution(inner, width, pool=True)
        parts[f"block{place}"] = Around(width)
        inner = width
    parts["average"] = nn.AdaptiveAvgPool2d(1)
    parts["flatten"] = nn.Flatten()
    parts["both"] = BothMean()
    parts["fc"] = nn.Linear(inner // 2, classes)
    return nn.Sequential(parts)


def convolution(inner: int, width: int, *, lift: bool = False, pool: bool = False) -> nn.Sequential:
    """Return conv 3x3 (pad 1), pooling where it is wanted, norm, ReLU."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(conv=MirroredConv(inner, width, lift=lift))
    if pool:
        parts["pool"] = nn.MaxPool2d(2)
    parts["norm"], parts["relu"] = MirroredNorm(width), nn.ReLU()
    return nn.Sequential(parts)
