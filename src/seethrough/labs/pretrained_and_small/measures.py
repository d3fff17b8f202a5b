"""Plain measures of what is seen: of feature maps beside the photo, of filters, of noise."""

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.networks.frame import LUMA

REST = 0.01
"""A cell rests where its value is within this share of the largest one of the layer."""


def looks(image: Tensor, size: tuple[int, int]) -> dict[str, Tensor]:
    """Return what can be read off the pixels [C, H, W] themselves, each as a map of that size.

    >>> list(looks(torch.rand(1, 8, 8), (4, 4)))
    ['brightness', 'edges', 'lighter to the right', 'lighter below']
    """
    colours = functional.adaptive_avg_pool2d(image.double(), size)
    bright = torch.einsum("chw,c->hw", colours, colours.new_tensor(LUMA)) if len(colours) == 3 else colours.mean(0)
    down, across = (torch.gradient(bright, dim=dim)[0] for dim in (0, 1))
    found = {
        "brightness": bright,
        "edges": torch.hypot(down, across),
        "lighter to the right": across,
        "lighter below": down,
    }
    if len(colours) == 3:
        red, green, blue = colours
        found |= {"redness": red - green, "yellowness": (red + green) / 2 - blue}
    return found


def matched(maps: Tensor, image: Tensor) -> tuple[list[str], Tensor]:
    """Return for each map [N, h, w] which look of the image it goes with most, and the correlation [N], -1 to 1.

    >>> words, shares = matched(torch.rand(1, 4, 4), torch.rand(3, 8, 8))
    """
    seen = looks(image, (maps.shape[1], maps.shape[2]))
    found = correlations(maps, torch.stack(list(seen.values())))
    best = found.abs().argmax(1)
    return [list(seen)[place] for place in best.tolist()], found.gather(1, best[:, None])[:, 0]


def correlations(ones: Tensor, others: Tensor) -> Tensor:
    """Return the correlation of each of N maps with each of M [N, M]; 0 where one is the same everywhere.

    >>> ramp = torch.arange(4.0).view(1, 2, 2)
    >>> correlations(ramp, torch.cat([ramp, -ramp, torch.ones(1, 2, 2)])).round().tolist()
    [[1.0, -1.0, 0.0]]
    """
    first, second = (_standard(each) for each in (ones, others))
    return first @ second.T


def at_rest(maps: Tensor) -> Tensor:
    """Return the share of cells [N] of each map [N, h, w] in which next to nothing happens.

    >>> at_rest(torch.tensor([[[0.0, 0.0], [0.0, 6.0]], [[0.0, 3.0], [3.0, 3.0]]])).tolist()
    [0.75, 0.25]
    """
    return (maps.abs() <= REST * maps.abs().max()).float().mean((1, 2))


def flat(maps: Tensor) -> Tensor:
    """Tell of each map [N, h, w] whether it is the same everywhere."""
    return maps.amax((1, 2)) == maps.amin((1, 2))


def alike_beside(weights: Tensor) -> float:
    """Return how alike neighbouring weights of filters [N, C, h, w] are, on average: 1 for broad shapes, 0 for noise.

    >>> ramp = torch.arange(64.0).view(1, 1, 1, 64)
    >>> round(alike_beside(ramp), 2)
    1.0
    """
    weights = weights.double()
    steps = [(weights.diff(dim=dim) ** 2).flatten(1) for dim in (2, 3)]
    apart = torch.cat(steps, 1).mean(1)
    variance = weights.flatten(2).var(2, correction=0).mean(1)
    return float((1 - apart / (2 * variance))[variance > 0].mean())


def colour_shares(weights: Tensor) -> Tensor:
    """Return for each filter [N, 3, h, w] how much of what varies in it is colour: 0 for grey ones, 1 for pure colour.

    >>> colour_shares(torch.rand(1, 1, 5, 5).expand(1, 3, 5, 5)).round().tolist()
    [0.0]
    """
    weights = weights.double()
    centred = weights - weights.mean((1, 2, 3), keepdim=True)
    grey = centred.mean(1, keepdim=True).expand_as(centred)
    return 1 - grey.square().sum((1, 2, 3)) / centred.square().sum((1, 2, 3))


def decibels(ones: Tensor, others: Tensor) -> Tensor:
    """Return how near images [B, C, H, W] are to others: the peak signal-to-noise ratio [B], larger is nearer.

    >>> decibels(torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), 0.1)).round().tolist()
    [20.0]
    """
    return -10 * (ones - others).double().square().mean((1, 2, 3)).log10()


def strength_left(changed: Tensor, clean: Tensor, noise: Tensor) -> float:
    """Return how strong noise still is, in root mean square, in changed images beside the clean ones changed alike."""
    return float(((changed - clean).double().square().mean() / noise.double().square().mean()).sqrt())


def _standard(maps: Tensor) -> Tensor:
    """Return maps as rows with a mean of 0 and a length of 1, or of zeros."""
    rows = maps.double().flatten(1)
    rows = rows - rows.mean(1, keepdim=True)
    return torch.where(flat(maps)[:, None], 0.0, functional.normalize(rows, dim=1))
