"""RISE: which parts of the image keep the class alive when the rest is hidden at random."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.networks.streams import image_streams, passes
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat


@job
def rise(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    masks: int = 1000,
    cells: int = 7,
    keep: float = 0.5,
    batch: int | None = None,
    seed: int = 0,
    unit: str | None = None,
    score: Score | None = None,
    on: On | None = None,
) -> Job[Heatmap]:
    """Sum over random masks M of score(image * M) * M / (masks * keep): the mean score where a pixel is left.

    Petsiuk et al. 2018, arXiv:1806.07421. A mask leaves each of its cells (`cells` on the shorter side, as square as they can
    be) with the chance `keep`, is enlarged with soft edges and shifted at random; what it hides turns black. Unless `on` says
    otherwise, the score of a class is its probability, as in the paper: a mask with a logit below zero would count against
    the pixels it leaves. Each image has its own random stream, from the seed and its place. Asked to stop, it returns the
    mean over the masks done.

    >>> rise(network, pixels, "espresso", masks=4000).save("coffee-rise.png")
    """
    batch = network.at_once(batch)
    images = network.checked(images)
    height, width = images.shape[-2:]
    if masks < 1:
        raise UserError(f"masks is {masks}; it takes 1 or more")
    if not 1 <= cells <= min(height, width):
        raise UserError(f"cells is {cells}; for images of {height} x {width} it takes 1 to {min(height, width)}")
    if not 0 < keep < 1:
        raise UserError(f"keep is {keep}; it takes a share between 0 and 1")
    on = on or ("probability" if unit is None and score is None else "logit")
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    streams = image_streams(seed, len(images))
    total = images.new_zeros((len(images), height, width), dtype=torch.promote_types(images.dtype, torch.float32))
    counts = total.new_zeros(len(images))
    work = passes(len(images), masks, batch)
    for done, rows in enumerate(work, start=1):
        drawn = random_masks([streams[row] for row in rows.tolist()], (height, width), cells, keep).to(total)
        rows = rows.to(total.device)
        with torch.inference_mode(False), torch.no_grad():
            numbers, _ = explained.numbers(images[rows] * drawn[:, None].to(images.dtype), rows)
        total.index_add_(0, rows, drawn * numbers.to(total)[:, None, None])
        counts.index_add_(0, rows, torch.ones_like(numbers).to(total))
        stop = yield Step(done, len(work))
        if stop and (counts > 0).all():
            break
    settings = {"masks": masks, "cells": cells, "keep": keep, "seed": seed}
    return heat("rise", explained, images, settings=settings, values=total / (counts[:, None, None] * keep))


def random_masks(streams: Sequence[Generator], size: tuple[int, int], cells: int, keep: float) -> Tensor:
    """Draw the next mask [H, W] of each stream, in [0, 1]: random cells enlarged by straight lines, then shifted."""
    height, width = size
    shorter = min(size)
    rows, columns = round(cells * height / shorter), round(cells * width / shorter)
    tall, wide = math.ceil(height / rows), math.ceil(width / columns)
    drawn = torch.stack([torch.rand(2 + rows * columns, generator=stream) for stream in streams])
    left = (drawn[:, 2:] < keep).float().view(-1, 1, rows, columns)
    # One cell more than the image holds, so that every shift by less than a cell stays on the mask.
    large = functional.interpolate(left, ((rows + 1) * tall, (columns + 1) * wide), mode="bilinear")[:, 0]
    y = (drawn[:, 0] * tall).long()[:, None] + torch.arange(height)
    x = (drawn[:, 1] * wide).long()[:, None] + torch.arange(width)
    return large[torch.arange(len(large))[:, None, None], y[:, :, None], x[:, None, :]]
