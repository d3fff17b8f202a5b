"""Moments: sums over many rows of numbers, from which a linear map is found and tested without keeping the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moments:
    """Sums over rows x [n, D], a one behind each, and what they are to become, y [n, D].

    `within` [D + 1, D + 1] sums x'x, `across` [D + 1, D] x'y, `beyond` |y|^2, and `unmoved` |u - y|^2 of rows u that were not
    moved at all.
    """

    within: Tensor
    across: Tensor
    beyond: float
    unmoved: float

    @classmethod
    def of(cls, x: Tensor, y: Tensor, unmoved: Tensor) -> "Moments":
        """Sum over some rows."""
        x, y = (torch.nn.functional.pad(x.double(), (0, 1), value=1.0)), y.double()
        return cls(x.T @ x, x.T @ y, float(y.square().sum()), float((unmoved.double() - y).square().sum()))

    def __add__(self, other: "Moments") -> "Moments":
        """Sum over the rows of both."""
        return Moments(
            self.within + other.within,
            self.across + other.across,
            self.beyond + other.beyond,
            self.unmoved + other.unmoved,
        )

    @property
    def count(self) -> float:
        """Count the rows."""
        return float(self.within[-1, -1])

    @property
    def variation(self) -> float:
        """Return the sum of |y - mean of y|^2: the error of knowing nothing but the mean."""
        return self.beyond - float(self.across[-1].square().sum()) / self.count

    def error(self, weights: Tensor) -> float:
        """Return the sum of |[x, 1] W - y|^2 as a share of the variation; not a number where y does not vary."""
        missed = self.beyond + float((weights * (self.within @ weights - 2 * self.across)).sum())
        return self._share(max(missed, 0.0))

    def error_unmoved(self) -> float:
        """Return the sum of |u - y|^2 as a share of the variation."""
        return self._share(self.unmoved)

    def _share(self, missed: float) -> float:
        # Sums that differ by rounding alone are equal.
        varies = self.variation > 1e-12 * self.beyond
        return missed / self.variation if varies else torch.nan


def identity(units: int) -> Tensor:
    """Return the map [D + 1, D] that leaves rows as they are."""
    return torch.eye(units + 1, units, dtype=torch.float64)


def fitted(moments: Moments, ridges: Sequence[float]) -> list[Tensor]:
    """Return for each ridge the map W [D + 1, D] with the least |[x, 1] W - y|^2 + ridge * n * v * |W - identity|^2.

    v is the mean variance of the numbers of x, so that a ridge means the same at every layer; the constant row is held to
    nothing. A strong ridge leaves rows as they are, but for their mean.
    """
    units, count = len(moments.across[0]), moments.count
    mean_x, mean_y = moments.within[-1, :-1] / count, moments.across[-1] / count
    covariance = moments.within[:-1, :-1] / count - torch.outer(mean_x, mean_x)
    to_change = moments.across[:-1] / count - torch.outer(mean_x, mean_y) - covariance
    values, vectors = torch.linalg.eigh(covariance)
    values, turned = values.clamp_min(0), vectors.T @ to_change
    mean_variance = max(float(values.mean()), torch.finfo(torch.float64).tiny)
    found = []
    for ridge in ridges:
        change = vectors @ (turned / (values + ridge * mean_variance)[:, None])
        linear = torch.eye(units, dtype=torch.float64) + change
        found.append(torch.cat([linear, (mean_y - mean_x @ linear)[None]]))
    return found
