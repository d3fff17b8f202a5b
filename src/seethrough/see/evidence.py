"""What the whole CAM family starts from: a layer's maps, and the slope of the score with respect to them."""

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network, gradients
from seethrough.see.goal import Goal
from seethrough.see.spatial import as_maps, last_map_layer, map_shape


def evidence(network: Network, images: Tensor, explained: Goal, layer: str | None) -> tuple[str, Tensor, Tensor]:
    """Return the layer's name, its maps [B, C, h, w], and d score / d maps; the backward pass stops at the layer."""
    name = map_layer(network, layer)
    size = (images.shape[-2], images.shape[-1])
    with gradients():
        numbers, found = explained.numbers(images.clone(), layers=[name], leaf=True)
        slopes = None
        if numbers.requires_grad:
            (slopes,) = torch.autograd.grad(numbers.sum(), found[name], allow_unused=True)
    if slopes is None:
        raise UserError(
            f"layer {name!r}: {explained.targets[0]} does not depend on it; choose one that comes before it"
        )
    place = network.layers[name]
    return name, as_maps(found[name].detach(), place, size).float(), as_maps(slopes, place, size).float()


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
