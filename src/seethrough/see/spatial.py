"""Layers that can be laid over an image: maps, and the token grids of transformers."""

import weakref

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.layers import Layer
from seethrough.networks.network import Network, as_scores

# Which layer a network's maps are read at by default, found once.
_LAST: "weakref.WeakKeyDictionary[Network, str]" = weakref.WeakKeyDictionary()


def map_shape(layer: Layer, size: tuple[int, int]) -> tuple[int, int, int] | None:
    """Return (leading tokens, h, w) of a layer's maps over an image of that size, or None where it has none.

    Maps are [C, h, w] or [h, w, C]; tokens are [T, C], of which the first few may stand for no place (the class token)
    and the rest are a grid of the image's shape.
    """
    height, width = size
    if len(layer.shape) == 3:
        first, second, third = layer.shape
        if _alike(second, third, height, width):
            return (0, second, third) if second * third > 1 else None
        return (0, first, second) if _alike(first, second, height, width) and first * second > 1 else None
    if len(layer.shape) == 2:
        for extra in range(9):
            cells = layer.shape[0] - extra
            rows = round((cells * height / width) ** 0.5) if cells > 1 else 0
            if rows > 0 and cells % rows == 0 and _alike(rows, cells // rows, height, width):
                return extra, rows, cells // rows
    return None


def as_maps(output: Tensor, layer: Layer, size: tuple[int, int]) -> Tensor:
    """Return a layer's output as maps [B, C, h, w], class tokens left out."""
    shape = map_shape(layer, size)
    if shape is None:
        raise UserError(f"layer {layer.name!r} gives {list(layer.shape)}: no map that lies over the image")
    extra, rows, columns = shape
    if output.ndim == 3:
        return output[:, extra:].transpose(1, 2).reshape(len(output), -1, rows, columns)
    channels_first = layer.shape[1:] == (rows, columns)
    return output if channels_first else output.permute(0, 3, 1, 2)


def last_map_layer(network: Network) -> str:
    """Return the last layer with a map that the scores depend on at every place, the usual choice for Grad-CAM.

    In a transformer the last tokens are not it: of those only the class token goes on, and the others have no gradient.
    """
    if network not in _LAST:
        _LAST[network] = _found_last(network)
    return _LAST[network]


def _found_last(network: Network) -> str:
    spatial = [layer for layer in network.layers.values() if map_shape(layer, network.size) is not None]
    if not spatial:
        raise UserError(f"{network.name} has no layer with a map that lies over the image")
    if len(spatial[-1].shape) == 3:
        return spatial[-1].name
    tried = spatial[-24:]
    names = [layer.name for layer in tried]
    grey = torch.full((1, network.channels, *network.size), 0.5, device=network.device)
    with torch.inference_mode(False), torch.enable_grad():
        output, found = network.run(grey, names, leaf=True)
        scores = as_scores(output)
        slopes = torch.autograd.grad(scores.amax(), list(found.values()), allow_unused=True)
    for layer, slope in reversed(list(zip(tried, slopes, strict=True))):
        if slope is not None and bool((as_maps(slope, layer, network.size).abs().sum(1) > 0).all()):
            return layer.name
    return names[-1]


def _alike(rows: int, columns: int, height: int, width: int) -> bool:
    """Tell whether one stride leads from the image to the grid both ways, give or take the rounding of one cell."""
    least = max(height / (rows + 1), width / (columns + 1))
    most = min(height / max(rows - 1, 0.01), width / max(columns - 1, 0.01))
    return least <= most
