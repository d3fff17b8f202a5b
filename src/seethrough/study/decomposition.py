"""Additive decomposition: how much of what features do is the doing of each factor alone (Aubry & Russell 2015)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

NOTHING, ROUNDING = 1e-9, 1e-12
"""A variance below these shares, of all the variance and of the mean square, is the doing of rounding."""


@dataclass(frozen=True)
class Component:
    """The part of features that one factor explains, or the residual: its variance, and the spectrum of its principal axes.

    `spectrum` are the variances along the axes, falling; `path` [levels, 2] is where each of the factor's levels lies on the
    first two (the residual has none).
    """

    variance: float
    spectrum: Tensor
    path: Tensor


def decomposition(products: Tensor, levels: Sequence[int]) -> tuple[list[Component], Component]:
    """Split features over a full grid into F = mean + sum over factors F_k + residual (arXiv:1506.01151).

    F_k at a level is the mean of F - mean over all pictures of that level. `products` [n, n] are the inner products of the
    features of the n pictures: all there is to know for variances and principal axes, however many numbers a picture has. The
    pictures go through the grid in order, the last factor's levels fastest. The parts are orthogonal, so the variances sum to
    that of the features. Returns the factors' components, and the residual's.

    >>> features = torch.tensor([[0.0], [1.0], [10.0], [11.0]])
    >>> [part.variance for part in decomposition(features @ features.T, (2, 2))[0]]
    [25.0, 0.25]
    """
    count = prod(levels)
    assert products.shape == (count, count)
    products = products.double()
    grid = products - products.mean(0) - products.mean(1, keepdim=True) + products.mean()
    least = float(NOTHING * grid.trace() + ROUNDING * products.trace()) / count
    # The mean is taken off the products already: what is left of it in the averages below meets zeros.
    places = torch.cartesian_prod(*(torch.arange(many) for many in levels)).view(count, -1)
    residual = torch.eye(count, dtype=torch.float64)
    parts = []
    for factor, many in enumerate(levels):
        member = functional.one_hot(places[:, factor], many).double()
        average = member.T * (many / count)
        parts.append(_component(average @ grid @ average.T, least))
        residual -= member @ average
    return parts, replace(_component(residual @ grid @ residual, least), path=torch.empty(0, 2, dtype=torch.float64))


def dimension(spectrum: Tensor) -> float:
    """Return the participation ratio of a spectrum, (sum l)^2 / sum l^2: how many axes share the variance, were it evenly.

    >>> dimension(torch.tensor([2.0, 2.0, 0.0]))
    2.0
    """
    return float(spectrum.sum().square() / spectrum.square().sum())


def axes_for(spectrum: Tensor, share: float) -> int:
    """Count the first principal axes that hold a share of the variance; 0 where there is none.

    >>> axes_for(torch.tensor([6.0, 3.0, 1.0]), 0.9)
    2
    """
    total = float(spectrum.sum())
    if not total > 0:
        return 0
    # What is exactly the share must not be missed by rounding.
    return int((spectrum.cumsum(0) < share * total * (1 - 1e-9)).sum()) + 1


def _component(products: Tensor, least: float) -> Component:
    """Return the principal axes of points of mean 0 that are known by their inner products [L, L]; rounding is nothing."""
    count = len(products)
    if not float(products.trace()) / count > least:
        products = torch.zeros_like(products)
    values, vectors = torch.linalg.eigh((products + products.T) / 2)
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    path = functional.pad(vectors[:, :2] * values[:2].sqrt(), (0, max(2 - count, 0)))
    # The sign of an axis is anyone's choice: the first level lies on its lower side.
    path = path * torch.where(path[0] > 0, -1.0, 1.0).double()
    return Component(float(products.trace() / count), values / count, path)
