"""What the whole CAM family starts from: a layer's maps, and the slope of the score with respect to them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Classes, Network, gradients
from seethrough.see.goal import Goal, On, Score, goal, together
from seethrough.see.spatial import as_maps, last_map_layer, map_shape


@dataclass(frozen=True)
class Evidence:
    """A layer's maps [b, C, h, w] of a few images, d score / d maps, and what the score is of."""

    explained: Goal
    layer: str
    maps: Tensor
    slopes: Tensor


@dataclass(frozen=True)
class Weighed:
    """One map of each image [B, h, w], made of a layer's maps and slopes, and what it explains."""

    explained: Goal
    layer: str
    grid: Tensor


def weighed(
    network: Network,
    images: Tensor,
    classes: Classes,
    weigh: Callable[[Tensor, Tensor], Tensor],
    *,
    layer: str | None,
    unit: str | None,
    score: Score | None,
    on: On,
) -> Weighed:
    """Return what `weigh(maps, slopes)` makes of the evidence [B, h, w]: of early layers only that has room for many images."""
    explained, grids, name = list[Goal](), list[Tensor](), map_layer(network, layer)
    chosen = None if classes is None else network.classes_for(images, classes)
    with network.quiet():
        for rows in network.parts(len(images)):
            few = _read(network, images[rows], None if chosen is None else chosen[rows], name, unit, score, on)
            explained.append(few.explained)
            grids.append(weigh(few.maps, few.slopes))
    return Weighed(together(explained), name, torch.cat(grids))


def _read(
    network: Network,
    images: Tensor,
    classes: Tensor | None,
    name: str,
    unit: str | None,
    score: Score | None,
    on: On,
) -> Evidence:
    with gradients():
        pixels = images.detach().clone()
        if unit is not None:
            explained = goal(network, images, classes, unit=unit, score=score, on=on)
            numbers, found = explained.numbers(pixels, layers=[name], leaf=True)
        else:
            output, found = network.run(pixels, name, leaf=True)
            explained = goal(network, images, classes, score=score, on=on, output=output)
            numbers = explained.of(output, len(images))
        slopes = None
        if numbers.requires_grad:
            (slopes,) = torch.autograd.grad(numbers.sum(), found[name], allow_unused=True)
    if slopes is None:
        raise UserError(
            f"layer {name!r}: {explained.targets[0]} does not depend on it; choose one that comes before it"
        )
    place, size = network.layers[name], (images.shape[-2], images.shape[-1])
    return Evidence(
        explained, name, as_maps(found[name].detach(), place, size).float(), as_maps(slopes, place, size).float()
    )


def map_layer(network: Network, layer: str | None) -> str:
    """Return the layer asked for, if it has a map that lies over the image, or else the network's last one that has."""
    if layer is None:
        return last_map_layer(network)
    name = network.resolve_layer(layer)
    place = network.layers[name]
    if map_shape(place, network.size) is None:
        raise UserError(
            f"layer {name!r} gives {list(place.shape)}: no map that lies over the image; "
            f"choose one before it, for example {last_map_layer(network)}"
        )
    return name
