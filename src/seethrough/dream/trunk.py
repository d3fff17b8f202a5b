"""The trunk: the layers that a network's work passes through one after another, once each has done its part."""

import math
from itertools import pairwise

from torch import nn

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.see.layers_strip import ACTIVATIONS
from seethrough.see.spatial import map_shape

FEWEST = 3
"""Layers with which a trunk can be chosen from; with fewer, the largest block is opened."""
COARSEST = 18
"""Pixels of the image that a cell of a map may stand for a side, where the map is to say how strokes lie."""

Step = tuple[str, tuple[int, int]]


def trunk(network: Network) -> list[Step]:
    """Return the activations between blocks, and the blocks themselves, each with the rows and columns of its map.

    Of a VGG these are its ReLUs, of a ResNet its first ReLU and its blocks. What lies inside a block is left out.

    >>> [name for name, _ in trunk(load())][:4]
    ['bn1', 'blocks.0.0', 'blocks.1.0', 'blocks.1.1']
    """
    parts = _opened("", network.module)
    while len(found := _with_maps(network, parts)) < FEWEST:
        blocks = {name: part for name, part in parts.items() if any(True for _ in part.children())}
        if not blocks:
            break
        largest = max(blocks, key=lambda name: sum(weight.numel() for weight in blocks[name].parameters()))
        parts |= _opened(f"{largest}.", parts.pop(largest))
    if found:
        return found
    every = _with_maps(network, dict(network.module.named_modules()), leaves=True)
    if not every:
        raise UserError(f"{network.name} has no layer with a map that lies over the image")
    return every


def levels(network: Network) -> list[list[str]]:
    """Return the layers of the trunk in groups of the same resolution, fine ones first."""
    groups: dict[tuple[int, int], list[str]] = {}
    for name, grid in trunk(network):
        groups.setdefault(grid, []).append(name)
    return list(groups.values())


def dreaming_layer(network: Network) -> str:
    """Return the last layer at the last resolution but one; of a network with a single resolution, that at two thirds.

    There are parts of things: later layers see wholes, which a photo has room for once, earlier ones see textures.
    """
    groups = levels(network)
    if len(groups) > 1:
        return groups[-2][-1]
    return groups[0][math.ceil(len(groups[0]) * 2 / 3) - 1]


def style_layers(network: Network, most: int = 5) -> list[str]:
    """Return up to five layers: the first at each resolution that is fine enough, then those furthest from any chosen.

    Of a VGG they are relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1, as in Gatys et al. 2016.
    """
    fine = _fine(network)
    names = [name for group in fine for name in group]
    chosen = {names.index(group[0]) for group in fine[:most]}
    while len(chosen) < min(most, len(names)):
        ends = [*sorted(chosen), len(names)]
        left, right = max(pairwise(ends), key=lambda gap: gap[1] - gap[0])
        chosen.add((left + right) // 2)
    return [names[place] for place in sorted(chosen)]


def content_layer(network: Network) -> str:
    """Return the second layer at the last resolution but one of those for the style: relu4_2 of a VGG."""
    fine = _fine(network)
    group = fine[-2] if len(fine) > 1 else fine[0]
    return group[min(1, len(group) - 1)]


def _fine(network: Network) -> list[list[str]]:
    groups = levels(network)
    grids = dict(trunk(network))
    near = [group for group in groups if max(network.size) <= COARSEST * max(grids[group[0]])]
    return near or groups


def _opened(before: str, module: nn.Module) -> dict[str, nn.Module]:
    """Return the parts of a module by name, chains of parts opened."""
    parts: dict[str, nn.Module] = {}
    for name, part in module.named_children():
        chain = isinstance(part, nn.Sequential | nn.ModuleList)
        parts |= _opened(f"{before}{name}.", part) if chain else {f"{before}{name}": part}
    return parts


def _with_maps(network: Network, parts: dict[str, nn.Module], *, leaves: bool = False) -> list[Step]:
    """Return the uses of parts that give a map: blocks and activations, or with `leaves` whatever there is."""
    found = []
    for name, layer in network.layers.items():
        part = parts.get(name.partition("#")[0])
        shape = map_shape(layer, network.size) if part is not None else None
        if part is not None and shape is not None:
            block = any(True for _ in part.children())
            if leaves or block or layer.kind in ACTIVATIONS:
                found.append((name, shape[1:]))
    return found
