"""The nearest of many rows."""

from typing import Literal

import torch
from torch import Tensor

from seethrough.study.reading import normalised

Metric = Literal["cosine", "l2"]
AT_ONCE = 4096
"""Rows looked at together."""


def nearest(
    asked: Tensor, rows: Tensor, count: int, *, metric: Metric = "l2", without: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return which `count` rows [N, D] are nearest to each row asked about [Q, D], and their distances, both [Q, count].

    `without` [Q] is a row that each must not find: itself. Of rows equally far the first comes first.

    >>> nearest(torch.tensor([[0.0]]), torch.tensor([[3.0], [1.0]]), 1)
    (tensor([[1]]), tensor([[1.]]))
    """
    parts = [_distances(asked.float(), part.float(), metric) for part in torch.split(rows, AT_ONCE)]
    distances = torch.cat(parts, 1)
    if without is not None:
        distances[torch.arange(len(asked)), without] = torch.inf
    found = distances.sort(dim=1, stable=True)
    return found.indices[:, :count], found.values[:, :count]


def _distances(asked: Tensor, rows: Tensor, metric: Metric) -> Tensor:
    if metric == "cosine":
        return 1 - normalised(asked) @ normalised(rows).T
    # By products it would be faster, and wrong where two rows are nearly the same.
    return torch.cdist(asked, rows, compute_mode="donot_use_mm_for_euclid_dist")
