"""Occlusion: what becomes of the score when a block covers a part of the image."""

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.networks.streams import BATCH
from seethrough.results.heatmap import Heatmap
from seethrough.see.fill import Fill, filled
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat

BLOCKS, STRIDES = 7, 4
"""How many blocks the smaller side of an image holds, and how many strides a block, unless told: 32 and 8 of 224 pixels."""


@job
def occlusion(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    block: int | None = None,
    stride: int | None = None,
    fill: Fill = "zero",
    batch: int = BATCH,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Job[Heatmap]:
    """Mean over the blocks that cover a pixel of score(image) - score(image with the block).

    Zeiler & Fergus 2014, arXiv:1311.2901. `grid` [B, ny, nx] is the score as a function of the block's place: its corner at
    every `stride`-th pixel, and flush with the far edges. What no block has covered is not a number: pixels between blocks
    set wider apart than they are, and places not yet visited by a job that was asked to stop. A block is a seventh of the
    image's smaller side unless told, and a stride a quarter of the block.

    >>> found = occlusion(network, pixels, "espresso", on="probability")
    >>> found.grid.amin((1, 2))                    # how sure it still is with the block at the worst place
    """
    images = network.checked(images)
    count, _, height, width = images.shape
    block = max(round(min(height, width) / BLOCKS), 1) if block is None else block
    stride = max(round(block / STRIDES), 1) if stride is None else stride
    if not 1 <= block <= min(height, width):
        raise UserError(f"block is {block}; for images of {height} x {width} it takes 1 to {min(height, width)}")
    if stride < 1:
        raise UserError(f"stride is {stride}; it takes 1 or more")
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    cover = filled(images, fill)
    tops, down = _places(height, block, stride, images.device)
    lefts, across = _places(width, block, stride, images.device)
    with torch.inference_mode(False), torch.no_grad():
        clean, _ = explained.numbers(images)
    clean = clean.to(torch.promote_types(clean.dtype, torch.float32))
    cells = len(tops) * len(lefts)
    scores = torch.full((count, cells), torch.nan, dtype=clean.dtype, device=clean.device)
    visited = torch.zeros((count, cells), dtype=torch.bool, device=clean.device)
    # In no order, so that a job that is stopped early has looked everywhere a little.
    order = torch.randperm(cells, generator=torch.Generator().manual_seed(0)).to(images.device)
    pictures = torch.split(torch.arange(count * cells, device=images.device), max(batch, 1))
    for done, picture in enumerate(pictures, start=1):
        rows, cell = picture % count, order[picture // count]
        covered = down[cell // len(lefts), :, None] & across[cell % len(lefts), None, :]
        with torch.inference_mode(False), torch.no_grad():
            altered = torch.where(covered[:, None], cover[rows], images[rows])
            numbers, _ = explained.numbers(altered, rows)
        scores[rows, cell] = numbers.to(scores)
        visited[rows, cell] = True
        if (yield Step(done, len(pictures))):
            break
    shape = (count, len(tops), len(lefts))
    drops = torch.where(visited, clean[:, None] - scores, 0).view(shape)
    values = _spread(drops, down, across) / _spread(visited.view(shape).to(drops), down, across)
    settings = {"block": block, "stride": stride, "fill": fill}
    return heat(
        "occlusion",
        explained,
        images,
        settings=settings,
        values=values,
        grid=scores.view(shape),
        grid_is=f"{on if explained.classes is not None else 'number'} by the block's place",
        signed=True,
    )


def _places(side: int, block: int, stride: int, device: torch.device) -> tuple[list[int], Tensor]:
    """Return where blocks begin along a side, the last one flush with its end, and which pixels each covers [n, side]."""
    starts = list(range(0, side - block + 1, stride))
    if starts[-1] != side - block:
        starts.append(side - block)
    begin, pixel = torch.tensor(starts, device=device)[:, None], torch.arange(side, device=device)
    return starts, (pixel >= begin) & (pixel < begin + block)


def _spread(numbers: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """Sum the numbers of blocks [B, ny, nx] over the blocks that cover each pixel [B, H, W]."""
    return down.to(numbers).T @ numbers @ across.to(numbers)
