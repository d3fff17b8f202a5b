"""What is read of a picture: from where in the network, and what is made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.frame import Box
from seethrough.networks.head import last_linear
from seethrough.networks.layers import Layer
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.see.spatial import as_maps, last_map_layer, map_shape
from seethrough.study.penultimate import read_input
from seethrough.study.regions import pooled_over, region_boxes, region_weights

Regions: TypeAlias = str | Sequence[Box] | None
CEILING = {"ReLU": torch.inf, "ReLU6": 6.0}
PASSES = ("Identity", "Dropout", "Dropout2d")
"""What may stand between a layer and its ReLU: in evaluation mode nothing happens there."""


@dataclass(frozen=True)
class Reading:
    """How pictures [B, C, H, W] become rows of numbers [B, ...], and what that is called."""

    layer: str
    read: Callable[[Tensor], Tensor]


def reading(network: Network, layer: str | None, *, pool: bool, regions: Regions, normalise: bool) -> Reading:
    """Return how a layer is read: after its ReLU where one follows; without a layer what the last linear layer gets.

    Maps are averaged over all their places with `pool`, or over each region.

    >>> reading(load(), None, pool=True, regions=None, normalise=False).layer
    'input of classifier'
    """
    called, read = _source(network, layer, pool, regions)
    dims = -1 if regions is not None else None

    def made(images: Tensor) -> Tensor:
        with torch.inference_mode(False), torch.no_grad():
            rows = read(network.checked(images))
            rows = rows if rows.dtype == torch.float64 else rows.float()
            return (normalised(rows, dims) if normalise else rows).cpu()

    return Reading(called, made)


def _head(network: Network) -> str:
    try:
        return last_linear(network)
    except UserError as none:
        last = next(reversed(network.layers), "")
        right = f"give one of `seethrough layers {network.name}` (the last is {last})"
        raise UserError(f"layer is not given, and {none} to read the input of; {right}") from None


def _source(
    network: Network, layer: str | None, pool: bool, regions: Regions
) -> tuple[str, Callable[[Tensor], Tensor]]:
    if layer is None and regions is None:
        linear = _head(network)
        return f"input of {linear}", lambda images: _plain(read_input(network, linear, images), pool)
    if layer is None:
        layer = last_map_layer(network)
    name = network.resolve_layer(layer)
    read = after_relu(network, name)
    called = name if read == name else f"{name} after its ReLU"
    shape = network.layers[read]
    if regions is not None:
        boxes = region_boxes(regions, network.size)
        if (grid := map_shape(shape, network.size)) is None:
            raise UserError(
                f"layer {name!r} has no maps to take regions of; right would be a layer with maps over the image"
            )
        weights = region_weights(boxes, network.size, grid[1:])
        return called, lambda images: pooled_over(as_maps(_read(network, images, read), shape, network.size), weights)
    if pool:
        return called, lambda images: _pooled(_read(network, images, read), shape, network.size)
    return called, lambda images: _read(network, images, read)


def _read(network: Network, images: Tensor, layer: str) -> Tensor:
    return network.run(images, layer, stop=True)[1][layer]


def _plain(output: Tensor, pool: bool) -> Tensor:
    return output.flatten(1, -2).mean(1) if pool and output.ndim > 2 else output


def _pooled(output: Tensor, layer: Layer, size: tuple[int, int]) -> Tensor:
    if map_shape(layer, size) is not None:
        return as_maps(output, layer, size).mean((2, 3))
    return output.flatten(2).mean(2) if output.ndim == 4 else _plain(output, True)


def normalised(rows: Tensor, dim: int | None = None) -> Tensor:
    """Return rows [B, ...] of length 1 in L2: each row as a whole, or along one of its dimensions; zeros stay zeros.

    >>> normalised(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    dims = tuple(range(1, rows.ndim)) if dim is None else (dim,)
    lengths = rows.square().sum(dims, keepdim=True).sqrt()
    return rows / lengths.where(lengths > 0, torch.ones_like(lengths))


def after_relu(network: Network, name: str) -> str:
    """Return the ReLU that rectifies a layer's output and nothing else, or the layer itself where none does.

    >>> after_relu(alexnet, "features.0")
    'features.1'
    """
    names = list(network.layers)
    later = next((one for one in names[names.index(name) + 1 :] if network.layers[one].kind not in PASSES), None)
    if later is None or network.layers[later].kind not in CEILING:
        return name
    # The next to finish need not get this layer's output: of a block's last layer the sum with its input is rectified.
    stream = image_streams(0, 1)[0]
    noise = torch.rand(1, network.channels, *network.size, generator=stream)
    with torch.inference_mode(False), torch.no_grad():
        found = network.run(network.checked(noise), [name, later], stop=True)[1]
    rectified = found[name].clamp(0, CEILING[network.layers[later].kind])
    return later if rectified.shape == found[later].shape and torch.equal(rectified, found[later]) else name
