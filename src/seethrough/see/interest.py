"""Which of a layer's maps are worth looking at."""

import torch
from torch import Tensor

COPY = 0.7
"""Maps whose correlation is beyond this, up or down, show the same thing."""


def interest(maps: Tensor) -> Tensor:
    """Measure how much there is to see in maps [C, h, w]: contrast x smoothness, one number each.

    Contrast is the standard deviation of the map once it is stretched to [0, 1] (0 to 0.5: half of it dark, half bright).
    Smoothness is how alike neighbours are: 1 - mean (a - b)^2 / (2 variance) over all pairs of cells side by side or one
    above the other: 1 for broad shapes, 0 for noise, below 0 for a chequerboard. A dead map (the same number everywhere)
    has -1, a map that is not all numbers -2.

    >>> interest(torch.tensor([[[0.0, 0.0, 1.0, 1.0]] * 4]))
    tensor([0.3333])
    """
    maps = maps.double()
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    stretched = (maps - low) / (high - low)
    variance = stretched.var((1, 2), correction=0)
    beside = (stretched[:, :, 1:] - stretched[:, :, :-1]).flatten(1)
    below = (stretched[:, 1:] - stretched[:, :-1]).flatten(1)
    apart = torch.cat([beside, below], dim=1).square().mean(1)
    found = variance.sqrt() * (1 - apart / (2 * variance))
    found = torch.where((high > low).flatten(), found, -1.0)
    return torch.where(maps.isfinite().all(2).all(1), found, -2.0).float()


def interesting(maps: Tensor, count: int) -> list[int]:
    """Return `count` of the maps [C, h, w], the most interesting first, passing over near copies of those already taken.

    A copy has |correlation| > 0.7 with one taken. Only when nothing else is left do copies follow, and dead maps last.
    """
    scores = interest(maps)
    centred = maps.float().flatten(1)
    centred = torch.nn.functional.normalize(centred - centred.mean(1, keepdim=True), dim=1)
    free = scores > -1
    taken: list[int] = []
    while len(taken) < count and bool(free.any()):
        best = int(torch.where(free, scores, -torch.inf).argmax())
        taken.append(best)
        free &= (centred @ centred[best]).abs() <= COPY
        free[best] = False
    others = scores.argsort(descending=True, stable=True).tolist()
    return [*taken, *(unit for unit in others if unit not in set(taken))][:count]
