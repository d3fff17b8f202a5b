"""The strongest of very many: a few places a unit, kept while pictures go by."""

from dataclasses import dataclass

import torch
from torch import Tensor

NOTHING = -1


@dataclass(frozen=True)
class Strongest:
    """For each of U units its k largest numbers so far, falling, [U, k]: the picture each came from, and the cell of its map.

    Where there were fewer pictures, the number is minus infinity and the picture -1. Of equal numbers the earlier picture's
    comes first, as in a stable sort of all of them.

    >>> best = Strongest.of(1, 2).joined(torch.tensor([[1.0, 5.0, 5.0]]), torch.arange(3), torch.zeros(1, 3, dtype=torch.long))
    >>> best.values.tolist(), best.pictures.tolist()
    ([[5.0, 5.0]], [[1, 2]])
    """

    values: Tensor
    pictures: Tensor
    cells: Tensor

    @classmethod
    def of(cls, units: int, top: int) -> "Strongest":
        """Begin with nothing."""
        nothing = torch.full((units, top), NOTHING)
        return cls(torch.full((units, top), -torch.inf), nothing, nothing.clone())

    def joined(self, values: Tensor, pictures: Tensor, cells: Tensor) -> "Strongest":
        """Return the strongest of these and of more: numbers [U, b] of later pictures [b], each at a cell [U, b]."""
        top = self.values.shape[1]
        values = torch.where(values.isnan(), -torch.inf, values)
        together = torch.cat([self.values.to(values), values], dim=1)
        # The stable sort keeps what was there first in front of its equals; topk would take any of them.
        kept = together.sort(dim=1, descending=True, stable=True).indices[:, :top]
        of = torch.cat([self.pictures, pictures.expand(len(values), -1)], dim=1)
        return Strongest(
            together.gather(1, kept), of.gather(1, kept), torch.cat([self.cells, cells], dim=1).gather(1, kept)
        )


def peaks(output: Tensor) -> tuple[Tensor, Tensor]:
    """Return each unit's largest number in each picture and the cell where it is, [U, b] both, from a layer's output.

    A unit is a channel of maps [b, U, h, w], a number of tokens [b, T, U], or a number of a vector [b, U]. Of equal cells it
    is the first; a map that is not all numbers has no largest.

    >>> peaks(torch.tensor([[[[0.0, 3.0], [1.0, 3.0]]]]))
    (tensor([[3.]]), tensor([[1]]))
    """
    if output.ndim == 4:
        cells = output.flatten(2)
    elif output.ndim > 2:
        cells = output.flatten(1, -2).transpose(1, 2)
    else:
        cells = output[:, :, None]
    values, places = cells.max(dim=2)
    return values.T, places.T
