"""Occlusion: what becomes of the score when a block covers a part of the image."""

import math

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.cone import Cone, cone_of
from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.fill import Fill, filled
from seethrough.see.goal import Goal, On, Score, goal
from seethrough.see.heat import heat

WINDOWS = 6
"""Windows a pass for each picture that `batch` allows."""
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
    tolerance: float = 0.0,
    batch: int | None = None,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Job[Heatmap]:
    """Mean over the blocks that cover a pixel of score(image) - score(image with the block).

    Zeiler & Fergus 2014, arXiv:1311.2901. `grid` [B, ny, nx] is the score as a function of the block's place: its corner at
    every `stride`-th pixel, and flush with the far edges. What no block has covered is not a number: pixels between blocks
    set wider apart than they are, and places not yet visited by a job that was asked to stop. A block is a seventh of the
    image's smaller side unless told, and a stride a quarter of the block.

    A block changes only a cone of the network, and only that is computed anew for each place (`networks.cone`), to within
    rounding; the result's settings say where full passes had to be taken instead. With a `tolerance`, changes below this share
    of a map's largest value are dropped on the way: faster, and no longer exact.

    >>> found = occlusion(network, pixels, "espresso", on="probability")
    >>> found.grid.amin((1, 2))                    # how sure it still is with the block at the worst place
    """
    batch = network.at_once(batch)
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
    clean = explained.measured(images)
    clean = clean.to(torch.promote_types(clean.dtype, torch.float32))
    cells = len(tops) * len(lefts)
    scores = torch.full((count, cells), torch.nan, dtype=clean.dtype, device=clean.device)
    visited = torch.zeros((count, cells), dtype=torch.bool, device=clean.device)
    corners = torch.cartesian_prod(torch.tensor(tops), torch.tensor(lefts)).to(images.device)
    cone, of = _cone(explained, images[:1], tolerance), 0
    by_cone = cone is not None
    parts = tiles(count, len(tops), len(lefts), batch * WINDOWS) if by_cone else _parts(count, cells, batch)
    for done, (rows, cell) in enumerate(parts, start=1):
        rows, cell = rows.to(images.device), cell.to(images.device)
        with torch.inference_mode(False), torch.no_grad():
            if by_cone and of != int(rows[0]):
                of = int(rows[0])
                cone = None  # one at a time: it holds all maps of its image
                cone = _cone(explained, images[of : of + 1], tolerance)
            if cone is None:
                covered = down[cell // len(lefts), :, None] & across[cell % len(lefts), None, :]
                altered = torch.where(covered[:, None], cover[rows], images[rows])
                numbers, _ = explained.numbers(altered, rows)
            else:
                blocks = [cover[of, :, y : y + block, x : x + block] for y, x in corners[cell].tolist()]
                output = cone.scores(torch.stack(blocks), *corners[cell].T)
                numbers = explained.of(output, len(cell), rows)
        scores[rows, cell] = numbers.to(scores)
        visited[rows, cell] = True
        if (yield Step(done, len(parts))):
            break
    shape = (count, len(tops), len(lefts))
    drops = torch.where(visited, clean[:, None] - scores, 0).view(shape)
    values = _spread(drops, down, across) / _spread(visited.view(shape).to(drops), down, across)
    settings = {"block": block, "stride": stride, "fill": fill, "tolerance": tolerance}
    computed = "by cone" if by_cone else "by full passes"
    return heat(
        "occlusion",
        explained,
        images,
        settings={**settings, "computed": computed},
        values=values,
        grid=scores.view(shape),
        grid_is=f"{on if explained.classes is not None else 'number'} by the block's place",
        signed=True,
    )


def _cone(explained: Goal, image: Tensor, tolerance: float) -> Cone | None:
    """Return the cone of an image [1, C, H, W] up to where the number is read; None where there is none."""
    layer = None if explained.unit is None else explained.unit.layer
    return cone_of(explained.network, image, layer=layer, tolerance=tolerance)


def _parts(count: int, cells: int, batch: int) -> list[tuple[Tensor, Tensor]]:
    """Part all pictures into passes: which images they are of, and which cells.

    In no order, so that a job that is stopped early has looked everywhere a little.
    """
    pictures = torch.split(torch.arange(count * cells), batch)
    order = torch.randperm(cells, generator=torch.Generator().manual_seed(0))
    return [(picture % count, order[picture // count]) for picture in pictures]


def tiles(count: int, ny: int, nx: int, most: int) -> list[tuple[Tensor, Tensor]]:
    """Part the cells [ny, nx] of one image after the other into passes of neighbours, `most` at most, here and there in turn.

    Windows of neighbours lie alike, and near an edge none of them has to be as large as those in the middle.
    """
    wide = max(math.isqrt(most), 1)
    high = max(most // wide, 1)
    grid = torch.arange(ny * nx).view(ny, nx)
    parts = [
        tile.flatten() for band in grid.tensor_split(-(-ny // high)) for tile in band.tensor_split(-(-nx // wide), 1)
    ]
    # By the golden section of all, which leaves no part out for long.
    step = next(step for step in range(round(0.618 * len(parts)), 2 * len(parts)) if math.gcd(step, len(parts)) == 1)
    order = [place * step % len(parts) for place in range(len(parts))]
    return [(torch.full_like(parts[place], row), parts[place]) for row in range(count) for place in order]


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
