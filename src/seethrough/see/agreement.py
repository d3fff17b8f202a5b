"""Agreement: does a map mark what a person marked?"""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.frame import Box
from seethrough.results.agreement import Agreement
from seethrough.results.heatmap import Heatmap
from seethrough.see.ranking import places

Region: TypeAlias = Tensor | Box | tuple[float, float, float, float]
Points: TypeAlias = Tensor | Sequence[tuple[float, float]]

POINT_SHARE = 0.1
"""How much of a map is its hottest part when points are marked, which have no area of their own."""


def agreement(
    heatmap: Heatmap, region: Region | None = None, *, points: Points | None = None, share: float | None = None
) -> Agreement:
    """Compare a map's hottest part with a person's region (a mask, or a box: top, left, bottom, right) or points (y, x).

    The hottest part is as large as the region, or `share` of the pixels (a tenth for points). For a region: intersection
    over union, the share of the map's positive mass inside, and whether the map's peak is inside (the pointing game, Zhang et
    al. 2016, arXiv:1608.00507). All places are in the map's pixels; `network.frame.to_frame(box, photo)` brings a box there.

    >>> agreement(grad_cam(network, pixels), (20, 30, 200, 210)).overlap
    """
    if (region is None) == (points is None):
        raise UserError(f"region and points: {'none' if region is None else 'both'} given; a person marks one of them")
    if share is not None and not 0 < share <= 1:
        raise UserError(f"share is {share}; it takes above 0 to 1, a share of the pixels")
    values = heatmap.values
    size = (len(values), values.shape[1], values.shape[2])
    order, pixels = places(values), values[0].numel()
    known = values.flatten(1).isfinite()
    flat = values.flatten(1)
    high = flat.masked_fill(~known, -torch.inf).amax(1)
    silent = ~(high > flat.masked_fill(~known, torch.inf).amin(1))
    settings = {} if share is None else {"share": share}
    if points is not None:
        spots = _points(points, size)
        hottest = order < max(round((share or POINT_SHARE) * pixels), 1)
        rows = torch.arange(len(values))[:, None]
        hit = hottest[rows, spots[..., 0].long(), spots[..., 1].long()].float().mean(dim=1)
        return Agreement(
            network=heatmap.network,
            method="see.agreement",
            settings={"share": share or POINT_SHARE},
            heatmap=heatmap,
            hottest=hottest,
            points=spots,
            hit=hit.masked_fill(silent, torch.nan),
        )
    assert region is not None
    marked = _mask(region, size)
    counts = (
        marked.flatten(1).sum(dim=1) if share is None else torch.full((len(values),), max(round(share * pixels), 1))
    )
    hottest = order < counts[:, None, None]
    overlap = (hottest & marked).flatten(1).sum(1) / (hottest | marked).flatten(1).sum(1)
    mass = values.double().nan_to_num(nan=0.0, posinf=0.0).clamp(min=0)
    inside = (mass * marked).flatten(1).sum(1) / mass.flatten(1).sum(1)
    peak = ((order == 0) & marked).flatten(1).any(1).float()
    return Agreement(
        network=heatmap.network,
        method="see.agreement",
        settings=settings,
        heatmap=heatmap,
        hottest=hottest,
        region=marked,
        overlap=overlap.masked_fill(silent, torch.nan),
        inside=inside.float().masked_fill(silent, torch.nan),
        peak=peak.masked_fill(silent, torch.nan),
    )


def _mask(region: Region, size: tuple[int, int, int]) -> Tensor:
    """Return the region as a mask [B, H, W]; a pixel belongs to a box when its middle does."""
    count, height, width = size
    if isinstance(region, Tensor):
        if region.dtype != torch.bool or tuple(region.shape) not in (size, size[1:]):
            raise UserError(
                f"region is {str(region.dtype).removeprefix('torch.')} {list(region.shape)}; "
                f"it takes a bool mask [{height}, {width}] or {list(size)}, or a box (top, left, bottom, right)"
            )
        mask = region.cpu()
    else:
        box = region if isinstance(region, Box) else _box(region)
        down, across = torch.arange(height) + 0.5, torch.arange(width) + 0.5
        mask = ((down >= box.top) & (down < box.bottom))[:, None] & ((across >= box.left) & (across < box.right))
    mask = mask.expand(count, height, width).clone()
    if not mask.flatten(1).any(dim=1).all():
        raise UserError(f"region holds no pixel of a map of {height} x {width}; a box is (top, left, bottom, right)")
    return mask


def _box(region: tuple[float, float, float, float]) -> Box:
    try:
        top, left, bottom, right = (float(edge) for edge in region)
    except (TypeError, ValueError):
        raise UserError(f"region is {region!r}; it takes a mask, or a box (top, left, bottom, right)") from None
    return Box(top, left, bottom, right)


def _points(points: Points, size: tuple[int, int, int]) -> Tensor:
    """Return points as [B, N, 2], each inside the map."""
    count, height, width = size
    try:
        spots = torch.as_tensor(points, dtype=torch.float32).cpu()
    except (TypeError, ValueError, RuntimeError):
        raise UserError(f"points is {points!r}; it takes pairs (y, x) in the map's pixels") from None
    if spots.ndim == 2:
        spots = spots.expand(count, *spots.shape)
    if spots.ndim != 3 or spots.shape[0] != count or spots.shape[1] == 0 or spots.shape[2] != 2:
        raise UserError(f"points has shape {list(spots.shape)}; it takes pairs (y, x), for all images or for each")
    ends = torch.tensor([height, width])
    outside = ~((spots >= 0) & (spots < ends)).all(dim=-1)
    if outside.any():
        y, x = spots[outside][0].tolist()
        raise UserError(f"points: ({y:g}, {x:g}) lies outside a map of {height} x {width}; a point is (y, x)")
    return spots.clone()
