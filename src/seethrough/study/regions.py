"""Regions of a picture as local descriptors: a layer's maps, averaged over each region.

One pass serves all regions, as in the filter banks of Cimpoi et al. 2015 (arXiv:1411.6836). A descriptor so made also knows
what lies a little outside its region: as far as the receptive fields of the layer's units reach.
"""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.frame import Box


def region_boxes(regions: str | Sequence[Box], size: tuple[int, int]) -> list[Box]:
    """Return the regions in the pixels that the network sees: boxes as they are, or a grid written as "3x2" (rows x columns).

    >>> region_boxes("1x2", (40, 56))
    [Box(top=0.0, left=0.0, bottom=40.0, right=28.0), Box(top=0.0, left=28.0, bottom=40.0, right=56.0)]
    """
    height, width = size
    if isinstance(regions, str):
        written = re.fullmatch(r"\s*([1-9]\d{0,2})\s*x\s*([1-9]\d{0,2})\s*", regions, re.ASCII)
        if written is None:
            raise UserError(
                f"regions is {regions!r}; right would be a grid of rows x columns such as 3x3, or a list of boxes"
            )
        rows, columns = int(written[1]), int(written[2])
        down, across = height / rows, width / columns
        return [
            Box(row * down, column * across, (row + 1) * down, (column + 1) * across)
            for row in range(rows)
            for column in range(columns)
        ]
    boxes = list(regions)
    if not boxes:
        raise UserError("regions is empty; right would be one box or more, or a grid such as 3x3")
    for box in boxes:
        if not (0 <= box.top < box.bottom <= height and 0 <= box.left < box.right <= width):
            raise UserError(f"regions: {box} is no part of the {height} x {width} pixels that the network sees")
    return boxes


def region_weights(boxes: Sequence[Box], size: tuple[int, int], grid: tuple[int, ...]) -> Tensor:
    """Return how much of each region [R, h, w] lies in each place of a map over the picture; a region's shares add up to 1.

    >>> region_weights([Box(0, 0, 4, 3)], (4, 4), (2, 2))
    tensor([[[0.3333, 0.1667],
             [0.3333, 0.1667]]])
    """
    rows = _overlap([(box.top, box.bottom) for box in boxes], size[0], grid[0])
    columns = _overlap([(box.left, box.right) for box in boxes], size[1], grid[1])
    return rows[:, :, None] * columns[:, None, :]


def pooled_over(maps: Tensor, weights: Tensor) -> Tensor:
    """Return the means [B, R, C] of maps [B, C, h, w] over regions."""
    return torch.einsum("bchw,rhw->brc", maps, weights.to(maps))


def _overlap(spans: Sequence[tuple[float, float]], side: int, cells: int) -> Tensor:
    """Return which share of each span [R, cells] lies in each of so many equal cells of a side."""
    edges = torch.arange(cells + 1) * (side / cells)
    ends = torch.tensor(spans)
    common = torch.minimum(ends[:, 1:], edges[1:]) - torch.maximum(ends[:, :1], edges[:-1])
    common = common.clamp_min(0)
    return common / common.sum(1, keepdim=True)
