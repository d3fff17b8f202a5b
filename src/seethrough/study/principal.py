"""Principal components: the directions in which rows differ most."""

import torch
from torch import Tensor
from torch.nn import functional


def principal_components(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the rows [N, D] in their first components [N, count], and each component's share of the variance, in float64.

    A component points where its largest number is positive, lest its sign be chance; beyond the rank they are zero.

    >>> principal_components(torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), 1)[0].round().flatten().tolist()
    [-5.0, 0.0, 5.0]
    """
    # The products in the rows' own precision: that is where the time goes.
    centred = (rows.double() - rows.double().mean(0)).to(rows.dtype if rows.dtype == torch.float64 else torch.float32)
    wide = centred.shape[1] > centred.shape[0]
    # The smaller of the two products holds the same spectrum.
    squares, axes = torch.linalg.eigh((centred @ centred.T if wide else centred.T @ centred).double())
    squares, axes = squares.flip(0).clamp_min(0)[:count], axes.flip(1)[:, :count]
    placed = axes * squares.sqrt() if wide else (centred @ axes.to(centred)).double()
    short = count - placed.shape[1]
    placed, squares = functional.pad(placed, (0, short)), functional.pad(squares, (0, short))
    largest = placed.gather(0, placed.abs().argmax(0, keepdim=True))
    shares = squares / centred.double().square().sum().clamp_min(1e-300)
    return placed * largest.sign().where(largest != 0, torch.ones_like(largest)), shares
