"""The CIFAR network of a course: one layer of large filters that can be looked at, two of small ones, an average."""

from collections import OrderedDict

from torch import nn


def cifar_cnn(channels: int, size: tuple[int, int], classes: int, *, norm: bool = False) -> nn.Module:
    """Return conv 64 11x11 (pad 5), pool 2, conv 128 3x3, conv 128 3x3, average of the map, fc; `norm`: before each ReLU.

    >>> sum(weight.numel() for weight in cifar_cnn(3, (32, 32), 10).parameters())
    246026
    """
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    inner = channels
    for place, (width, side, padding) in enumerate(((64, 11, 5), (128, 3, 0), (128, 3, 0)), 1):
        parts[f"conv{place}"] = nn.Conv2d(inner, width, side, padding=padding)
        if norm:
            parts[f"norm{place}"] = nn.BatchNorm2d(width)
        parts[f"relu{place}"] = nn.ReLU()
        if place == 1:
            parts["pool1"] = nn.MaxPool2d(2)
        inner = width
    parts["average"] = nn.AdaptiveAvgPool2d(1)
    parts["flatten"] = nn.Flatten()
    parts["fc4"] = nn.Linear(inner, classes)
    return nn.Sequential(parts)
