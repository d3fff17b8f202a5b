"""The pixels of a map in the order of their importance."""

import torch
from torch import Tensor


def places(values: Tensor) -> Tensor:
    """Return the place of every pixel of maps [B, H, W]: 0 is the most important; ties by place, NaN last.

    >>> places(torch.tensor([[[0.4, 0.3], [float("nan"), 0.4]]]))
    tensor([[[0, 2],
             [3, 1]]])
    """
    # Torch sorts a NaN behind every number.
    order = (-values.flatten(1)).sort(dim=1, stable=True).indices
    return order.argsort(dim=1).view(values.shape)


def spearman(one: Tensor, other: Tensor) -> Tensor:
    """Return the rank correlation of pairs of maps [B, H, W] -> [B]: the correlation of their ranks, ties averaged.

    A flat map has no order: it has nothing in common with a map that is not, 0; if the first is flat there is nothing to
    compare with, and it is NaN. Pixels that are not a number in one of the two are left out.

    >>> spearman(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[1.0, 8.0, 9.0]]]))
    tensor([1.], dtype=torch.float64)
    """
    found = []
    for first, second in zip(one.flatten(1), other.flatten(1), strict=True):
        known = ~(first.isnan() | second.isnan())
        ranks = [_ranks(row[known]) for row in (first, second)]
        first, second = (row - row.mean() for row in ranks)
        if len(first) == 0 or not first.any():
            found.append(torch.tensor(torch.nan, dtype=torch.float64))
        else:
            found.append((first @ second) / (first.norm() * second.norm()) if second.any() else first.new_zeros(()))
    return torch.stack(found)


def _ranks(numbers: Tensor) -> Tensor:
    """Return the rank of every number [N], from the smallest; equal numbers share the mean of their ranks."""
    _, group, sizes = torch.unique(numbers, return_inverse=True, return_counts=True)
    ranks: Tensor = sizes.double().cumsum(0) - (sizes.double() - 1) / 2
    return ranks[group]
