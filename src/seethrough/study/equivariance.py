"""Equivariance: how a picture's features turn into those of its mirror image, or of the picture scaled."""

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import product

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from seethrough.dream.strip import strip
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.layers import Layer
from seethrough.networks.network import Network
from seethrough.results.equivariance import Equivariance
from seethrough.see.spatial import as_maps, map_shape
from seethrough.study.changes import Change, changes_named
from seethrough.study.moments import Moments, fitted, identity

DEPTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Where the layers are that are taken if none is named, as shares of the way through the network."""
RIDGES = (1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e4)
"""How strongly a map is held to moving positions alone; which is best is tried."""
TEST, CHOOSE, PARTS = 0, 1, 5
"""Of every five pictures one is for testing, one for choosing the ridge, the others for fitting."""
WIDEST = 4096
"""Numbers a map can be found between: it has their square."""


@job
def equivariance(
    network: Network,
    data: Dataset,
    *,
    changes: str | Sequence[str] = "mirror,flip,scale",
    layers: str | Sequence[str] | None = None,
    count: int = 300,
    seed: int = 0,
    batch: int = 16,
) -> Job[Equivariance]:
    """Find the linear map from features of pictures to those of the pictures changed, and its error on other pictures.

    After Lenc & Vedaldi 2015, arXiv:1411.5908: of features phi and a change g, phi(g x) ~ M g phi(x), where g moves the
    positions of maps as it moves pixels, and M maps the channels at each position; ridge least squares, held to M = 1. The
    error is |phi(g x) - M g phi(x)|^2 over |phi(g x) - its mean|^2, beside the errors without M, and without g and M: at 0 the
    layer is equivariant, at 1 it is as well to guess the mean. `changes` are of mirror, flip, rotate90, rotate180 and
    scale; `count` pictures are taken at random. Asked to stop, it returns what the pictures so far give.

    >>> equivariance(network, datasets.load("photos/"), changes="mirror").save("equivariance.png")
    """
    if count < PARTS:
        raise UserError(f"count is {count}; it takes {PARTS} or more")
    chosen, wanted = changes_named(changes, network.size), strip(network, layers, DEPTHS)
    for name in wanted:
        if (units := _units(network.layers[name], network.size)) > WIDEST:
            raise UserError(f"layers: {name} gives {units} numbers with no positions, more than {WIDEST}; leave it out")
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:count]
    some = data.part(order)
    sums: dict[tuple[str, str, int], Moments] = {}
    seen, broken, began = 0, list[str](), time.perf_counter()
    with closing(stream(some, network.frame, batch=batch)) as batches:
        for part in batches:
            roles = (torch.arange(seen, seen + len(part.images)) % PARTS).clamp_max(CHOOSE + 1)
            with torch.inference_mode(False), torch.no_grad():
                _add(sums, network, part.images.to(network.device), roles, chosen, wanted)
            broken += [f"{some.name_of(place)}: {why}" for place, why in part.broken]
            seen += len(part.images)
            rate = {"images/s": seen / (time.perf_counter() - began)}
            if (yield Step(part.end, len(some), rate)) and seen >= PARTS:
                break
    if seen < PARTS:
        raise UserError(f"data {data.name!r} has {seen} pictures; a map between their features takes {PARTS} or more")
    errors = torch.zeros(len(chosen), len(wanted), 3, dtype=torch.float64)
    ridges = errors[:, :, 0].clone()
    for (row, change), (column, name) in product(enumerate(chosen), enumerate(wanted)):
        parts = [sums.pop((change, name, role)) for role in range(CHOOSE + 2)]
        errors[row, column], ridges[row, column] = _errors(*parts)
    return Equivariance(
        network=network.name,
        method="study.equivariance",
        settings={"changes": ",".join(chosen), "layers": ",".join(wanted), "count": count, "seed": seed},
        data=data.name,
        seen=seen,
        changes=tuple(chosen),
        layers=tuple(wanted),
        errors=errors,
        ridges=ridges,
        broken=tuple(broken),
    )


def _add(
    sums: dict[tuple[str, str, int], Moments],
    network: Network,
    images: Tensor,
    roles: Tensor,
    changes: dict[str, Change],
    layers: list[str],
) -> None:
    """Add the sums of a batch, for every change, layer and role of a picture."""
    plain = network.run(images, layers, stop=True)[1]
    for change, moved in changes.items():
        changed = network.run(moved(images), layers, stop=True)[1]
        for name in layers:
            layer = network.layers[name]
            x, y = (_maps(output[name], layer, network.size) for output in (plain, changed))
            for role in set(roles.tolist()):
                ours = roles == role
                found = Moments.of(*(_rows(maps[ours]) for maps in (moved(x), y, x)))
                key = (change, name, role)
                sums[key] = sums[key] + found if key in sums else found


def _maps(output: Tensor, layer: Layer, size: tuple[int, int]) -> Tensor:
    """Return a layer's output as maps [b, D, h, w]; what lies nowhere as maps of one position."""
    if map_shape(layer, size) is not None:
        return as_maps(output, layer, size).cpu()
    return output.flatten(1)[:, :, None, None].cpu()


def _rows(maps: Tensor) -> Tensor:
    """Return what maps hold at every position [n, D]."""
    return maps.permute(0, 2, 3, 1).flatten(0, 2)


def _units(layer: Layer, size: tuple[int, int]) -> int:
    """Count the numbers that a layer has at each position."""
    every = torch.Size(layer.shape).numel()
    shape = map_shape(layer, size)
    return every // (shape[1] * shape[2]) if shape else every


def _errors(test: Moments, choose: Moments, fit: Moments) -> tuple[Tensor, float]:
    """Return the errors on the test pictures of no map, of positions alone, and of the linear map, and that one's ridge."""
    tried = [choose.error(weights) for weights in fitted(fit, RIDGES)]
    ridge = RIDGES[min(range(len(RIDGES)), key=lambda place: tried[place])]
    (weights,) = fitted(fit + choose, [ridge])
    alone = identity(weights.shape[1])
    found = [test.error_unmoved(), test.error(alone), test.error(weights)]
    return torch.tensor(found, dtype=torch.float64), ridge
