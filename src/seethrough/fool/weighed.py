"""Attacks that weigh being misread against staying near: the weight is found by search, for each image on its own."""

from collections.abc import Callable

import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas
from seethrough.ascent.stride import Stride
from seethrough.ascent.wish import Reading, Wish
from seethrough.errors import UserError
from seethrough.fool.case import Case
from seethrough.fool.nearest import distance, nearest_first
from seethrough.jobs import Job, part_of

FACTOR = 10.0
"""By how much a weight is raised or lowered until one that does and one that does not are known."""


def searched(
    case: Case,
    rows: Tensor,
    canvas: Canvas,
    gain: Wish,
    *,
    stride: Callable[[], Stride],
    steps: int,
    searches: int,
    first: float,
    least: float = 0.0,
    beyond: float = 0.0,
) -> Job[tuple[Tensor, Tensor]]:
    """Climb weight * gain - |x - photo|^2 several times, with larger weights [b] where it failed and smaller where it did not.

    A weight with which the image it began as is worth more has failed too: what was misread was so in passing. Return the
    nearest image that was misread (with at least that probability, and so far past the boundary), and the weight with which
    it was found [b].
    """
    if searches < 1:
        raise UserError(f"searches is {searches}; it takes 1 or more")
    photos, aim = case.photos[rows], case.aim.of(rows)
    weights = torch.full((len(rows),), first, dtype=photos.dtype, device=photos.device)
    low, high = torch.zeros_like(weights), torch.full_like(weights, torch.inf)
    found, far, used = photos.clone(), torch.full_like(weights, torch.inf), weights.clone()
    margins = aim.margin(case.scores[rows])
    for search in range(searches):
        rank = nearest_first(aim, photos, least, beyond)
        wish = weighed(gain, weights, photos)
        work = case.climb(rows, canvas, wish, stride=stride(), steps=steps, best=rank)
        climb, asked = yield from part_of(work, search, searches)
        margin = climb.watched["margin"].to(margins)
        there = (margin > 0) & (margin >= beyond) & (climb.watched["probability"] >= least)
        worth = there & (climb.values >= climb.trace[:, 0]) if steps else there
        away = distance(climb.images - photos, "l2")
        better = (there & (away < far)) | (~there & far.isinf() & (margin > margins))
        found[better], margins[better], used[better] = climb.images[better], margin[better], weights[better]
        far = torch.where(there & (away < far), away, far)
        low, high = torch.where(worth, low, weights), torch.where(worth, weights, high)
        between = torch.where(low > 0, (low * high).sqrt(), high / FACTOR)
        weights = torch.where(high.isinf(), weights * FACTOR, between)
        if asked:
            break
    return found, used


def weighed(gain: Wish, weights: Tensor, photos: Tensor) -> Wish:
    """Wish for weight * gain - |x - photo|^2, with a weight [b] and a photo for each image."""

    def read(reading: Reading) -> Tensor:
        far = (reading.images - photos[reading.rows]).square().flatten(1).sum(1)
        return weights[reading.rows] * gain.read(reading) - far

    return Wish(read, gain.layers, gain.scores)
