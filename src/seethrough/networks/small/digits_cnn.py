"""The digits network: two convolutions with pooling, a hidden layer of 500, for digits of 28 x 28."""

from collections import OrderedDict

from torch import nn


def digits_cnn(channels: int, size: tuple[int, int], classes: int, *, norm: bool = False) -> nn.Module:
    """Return conv 32 3x3 (pad 1), pool 2, conv 32 3x3 (pad 1), pool 2, fc 500, fc; with `norm` batch norm before each ReLU.

    >>> sum(weight.numel() for weight in digits_cnn(1, (28, 28), 10).parameters())
    799078
    """
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    inner = channels
    for place in (1, 2):
        parts[f"conv{place}"] = nn.Conv2d(inner, 32, 3, padding=1)
        if norm:
            parts[f"norm{place}"] = nn.BatchNorm2d(32)
        parts[f"relu{place}"] = nn.ReLU()
        parts[f"pool{place}"] = nn.MaxPool2d(2)
        inner = 32
    parts["flatten"] = nn.Flatten()
    parts["fc3"] = nn.Linear(32 * (size[0] // 4) * (size[1] // 4), 500)
    if norm:
        parts["norm3"] = nn.BatchNorm1d(500)
    parts["relu3"] = nn.ReLU()
    parts["fc4"] = nn.Linear(500, classes)
    return nn.Sequential(parts)
