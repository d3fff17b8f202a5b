"""From points to a grid: every point gets a cell of its own, and all together move as little as they can."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def laid_out(points: Tensor, rows: int, columns: int) -> Tensor:
    """Return the cell [N] of each point [N, 2] in a grid of at least N cells, counted row by row from the upper left.

    The sum of squared moves is the smallest there is (Jonker and Volgenant 1987), once the points are stretched to fill the
    grid's square. No two share a cell.

    >>> laid_out(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), 2, 2)
    tensor([2, 3, 0, 1])
    """
    low, high = points.amin(0), points.amax(0)
    unit = (points - low) / (high - low).clamp_min(1e-12)
    across = (torch.arange(columns) + 0.5) / columns
    up = 1 - (torch.arange(rows) + 0.5) / rows
    cells = torch.stack([across.repeat(rows), up.repeat_interleave(columns)], 1).to(unit)
    cost = torch.cdist(unit, cells).square()
    _, chosen = linear_sum_assignment(cost.numpy())
    return torch.from_numpy(chosen)
