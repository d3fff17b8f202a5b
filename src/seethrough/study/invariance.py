"""Invariance: how much of what features do is the doing of each known change."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.datasets.dataset import Dataset
from seethrough.dream.strip import strip
from seethrough.errors import UserError
from seethrough.jobs import Job, job, part_of
from seethrough.networks.layers import Layer
from seethrough.networks.network import Network
from seethrough.results.invariance import Invariance, LayerShares
from seethrough.see.heat import plain
from seethrough.see.spatial import as_maps, map_shape
from seethrough.study.decomposition import axes_for, decomposition, dimension
from seethrough.study.products import products
from seethrough.study.scene_grid import SceneGrid
from seethrough.study.scenes import SHAPES, Objects, backgrounds, drawn, factors_named, soft_ellipse

Photos: TypeAlias = Dataset | Tensor | Sequence[Tensor] | None

DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where the layers are that are taken if none is named, as shares of the way through the network."""
MOST = 2048
"""Pictures in a grid: the principal axes of the residual take their number cubed."""
SHARE = 0.9
"""Of the variance: how many axes hold so much of it is counted."""


@job
def invariance(
    networks: Network | Sequence[Network],
    photos: Photos = None,
    *,
    factors: str | Sequence[str] = "position,scale,brightness",
    levels: int = 5,
    layers: str | Sequence[str] | None = None,
    cells: int = 7,
    masks: Tensor | None = None,
    seed: int = 0,
    batch: int = 16,
) -> Job[Invariance]:
    """Split the variance of features over a full grid of changes into the doing of each factor alone, and the rest.

    F(x) = mean + sum over k of F_k(level of factor k) + residual, where F_k is the mean over all other factors (Aubry &
    Russell 2015, arXiv:1506.01151). The pictures are `photos` (a data set, or pictures of any size; drawn shapes if none is
    given) under all combinations of `levels` values of each of the `factors`; which photo it is, is one factor more. Of a
    photo a soft ellipse is shown on grey, or what its mask [N, H, W], of the network's size, shows. Maps are averaged down to
    at most `cells` a side (0: taken as they are). Asked to stop, it returns what the photos done so far give; the first is
    done in any case.

    >>> invariance(load(), factors="position,colour").save("invariance.png")
    """
    several = [networks] if isinstance(networks, Network) else list(networks)
    if not several:
        raise UserError("networks: none given; it takes one or more")
    for name, value, least in (("levels", levels, 2), ("cells", cells, 0), ("batch", batch, 1)):
        if value < least:
            raise UserError(f"{name} is {value}; it takes {least} or more")
    chosen = factors_named(factors)
    shown, names, broken = _read(photos)
    count = len(names if photos is not None else SHAPES) * levels ** len(chosen)
    if count > MOST:
        raise UserError(f"the grid has {count} pictures, more than {MOST}; take fewer photos, factors or levels")
    parts: list[LayerShares] = []
    for place, network in enumerate(several):
        if network.channels != 3 and any(factor.name == "colour" for factor in chosen):
            raise UserError(f"factors: colour is one of three channels; {network.name} takes {network.channels}")
        objects = drawn(network.channels, network.size) if photos is None else _objects(network, shown, names, masks)
        grid = SceneGrid(objects, chosen, levels, backgrounds(levels, network.channels, network.size, seed))
        if place == 0:
            first = grid
        work = _of_one(network, grid, strip(network, layers, DEPTHS), cells, batch)
        found, asked = yield from part_of(work, place, len(several))
        parts += found
        if asked:
            break
    kind = [] if len(first.objects.names) == 1 else ["shape" if photos is None else "photo"]
    values = [first.objects.names, *(tuple(map(factor.says.format, factor.values(levels))) for factor in chosen)]
    return Invariance(
        network=", ".join(network.name for network in several),
        method="study.invariance",
        settings={
            "factors": ",".join(factor.name for factor in chosen),
            "levels": levels,
            "layers": None if layers is None else ",".join(strip(several[0], layers, DEPTHS)),
            "cells": cells,
            "seed": seed,
        },
        factors=(*kind, *(factor.name for factor in chosen)),
        values=tuple(values[1 - len(kind) :]),
        examples=tuple(first.examples()[1 - len(kind) :]),
        layers=tuple(parts),
        broken=tuple(broken),
    )


def _read(photos: Photos) -> tuple[list[Tensor], list[str], list[str]]:
    """Return the photos at their own sizes, what they are called, and why others could not be read."""
    found: list[Tensor] = []
    names: list[str] = []
    broken: list[str] = []
    if photos is None:
        return found, names, broken
    for place in range(len(photos)):
        name = photos.name_of(place) if isinstance(photos, Dataset) else f"photo {place + 1}"
        try:
            found.append(photos[place])
            names.append(name)
        except UserError as unreadable:
            broken.append(f"{name}: {unreadable}")
    if not found:
        raise UserError(f"photos: none of {len(photos)} can be read" + (f"; {broken[0]}" if broken else ""))
    return found, names, broken


def _objects(network: Network, photos: list[Tensor], names: list[str], masks: Tensor | None) -> Objects:
    """Return the photos as the network sees them, with their masks."""
    pixels = network.frame(photos).detach().float().cpu()
    count, size = len(photos), network.size
    if masks is None:
        return Objects(pixels, soft_ellipse(size).expand(count, 1, *size), tuple(names))
    if tuple(masks.shape) not in {(count, *size), (count, 1, *size)}:
        right = [count, *size]
        raise UserError(f"masks has shape {list(masks.shape)}; {count} photos for {network.name} take {right}")
    return Objects(pixels, masks.detach().float().cpu().view(count, 1, *size).clamp(0, 1), tuple(names))


def _of_one(network: Network, grid: SceneGrid, layers: list[str], cells: int, batch: int) -> Job[list[LayerShares]]:
    """Pass a grid through one network, and split the features of each layer."""
    places = grid.places()
    sizes = {name: _size(network.layers[name], network.size, cells) for name in layers}

    def read(some: range) -> dict[str, Tensor]:
        with torch.inference_mode(False), torch.no_grad():
            pictures = grid.pictures(places[some.start : some.stop]).to(network.device)
            _, outputs = network.run(pictures, layers, stop=True)
            found = {n: plain(_numbers(outputs[n], network.layers[n], network.size, cells)) for n in layers}
        for name, rows in found.items():
            if not bool(rows.isfinite().all()):
                raise UserError(
                    f"layers: {name} of {network.name} gives what is not a number; there is no variance to split"
                )
        return found

    size = sum(sizes.values()) * max(network.dtype.itemsize, 4)
    found = yield from products(read, len(places), size, batch=batch, least=grid.each)
    objects = len(found[layers[0]]) // grid.each
    levels, whole = (objects, *[grid.levels] * len(grid.factors)), len(grid.objects.names)
    known = objects * grid.each
    return [_shares(network.name, name, sizes[name], found.pop(name)[:known, :known], levels, whole) for name in layers]


def _size(layer: Layer, size: tuple[int, int], cells: int) -> int:
    """Count the numbers that `_numbers` makes of a layer's output for a picture."""
    every, shape = torch.Size(layer.shape).numel(), map_shape(layer, size)
    if not cells or shape is None:
        return every
    extra, rows, columns = shape
    return every // (extra + rows * columns) * min(cells, rows) * min(cells, columns)


def _numbers(output: Tensor, layer: Layer, size: tuple[int, int], cells: int) -> Tensor:
    """Return a layer's output as numbers [b, d], its maps averaged down to at most so many cells a side."""
    if cells and map_shape(layer, size) is not None:
        maps = as_maps(output, layer, size)
        output = functional.adaptive_avg_pool2d(maps, (min(cells, maps.shape[-2]), min(cells, maps.shape[-1])))
    return output.flatten(1)


def _shares(
    network: str, layer: str, numbers: int, together: Tensor, levels: Sequence[int], objects: int
) -> LayerShares:
    """Split the features of one layer, told by their products [n, n]; `objects` is how many there were to be."""
    factors, residual = decomposition(together, levels)
    if objects == 1:
        factors = factors[1:]
    parts = [*factors, residual]
    variances = torch.tensor([part.variance for part in parts], dtype=torch.float64)
    shares = variances / variances.sum()
    if levels[0] == 1 < objects:
        # Stopped at one of several: what they differ in is not known.
        shares[0] = torch.nan
    return LayerShares(
        network,
        layer,
        numbers=numbers,
        pictures=len(together),
        variance=float(variances.sum()),
        shares=shares,
        dimensions=torch.tensor([dimension(part.spectrum) for part in parts], dtype=torch.float64),
        axes=torch.tensor([axes_for(part.spectrum, SHARE) for part in parts]),
        spectra=tuple(part.spectrum for part in parts),
        paths=tuple(part.path for part in factors),
    )
