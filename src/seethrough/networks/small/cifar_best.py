"""Our own network for CIFAR-10: three stages, each a step down in size and a block around which the picture flows."""

from collections import OrderedDict

from torch import Tensor, nn

WIDTHS = (32, 64, 128, 144)
"""Channels of the stem and of the three stages: a million parameters."""


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
    """Return a stem and three stages of conv, pool 2, batch norm, ReLU and a block x + f(x); the map's mean; fc.

    What is left of a plain residual network when two cores have to train it in minutes: no layer above 144 channels, and
    pooling before the norm, so that the norm and the ReLU see a quarter of the numbers.

    >>> sum(weight.numel() for weight in cifar_best(3, (32, 32), 10).parameters())
    1004330
    """
    stem, *stages = WIDTHS
    parts: OrderedDict[str, nn.Module] = OrderedDict(stem=convolution(channels, stem))
    inner = stem
    for place, width in enumerate(stages, 1):
        parts[f"down{place}"] = convolution(inner, width, pool=True)
        parts[f"block{place}"] = Around(width)
        inner = width
    parts["average"] = nn.AdaptiveAvgPool2d(1)
    parts["flatten"] = nn.Flatten()
    parts["fc"] = nn.Linear(inner, classes)
    return nn.Sequential(parts)


def convolution(inner: int, width: int, *, pool: bool = False) -> nn.Sequential:
    """Return conv 3x3 (pad 1), pooling where it is wanted, batch norm, ReLU."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(conv=nn.Conv2d(inner, width, 3, padding=1, bias=False))
    if pool:
        parts["pool"] = nn.MaxPool2d(2)
    parts["norm"], parts["relu"] = nn.BatchNorm2d(width), nn.ReLU()
    return nn.Sequential(parts)
