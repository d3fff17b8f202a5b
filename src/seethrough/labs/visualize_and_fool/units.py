"""Which layers and units of a network to look at: chosen by what the network is, so that any will do."""

from dataclasses import dataclass

import torch

from seethrough.labs.shown import SHOWN, framed
from seethrough.networks.layers import Layer
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit

BEYOND = 0.5
"""How far above the strongest photo a unit is to be brought, as a share of how far that is above the mean photo."""


@dataclass(frozen=True)
class Wanted:
    """A unit, what kind it is in words, the most that the photos reach, and the value it is to be brought to."""

    unit: Unit
    kind: str
    photos: float
    value: float


def conv_layers(network: Network, count: int) -> list[Layer]:
    """Return convolutions spread evenly from the first to the last; those that look at one channel each are passed over."""
    mixing = [
        layer
        for layer in network.layers.values()
        if layer.family == "convolutional"
        and getattr(network.module.get_submodule(layer.name.partition("#")[0]), "groups", 1) < layer.units
    ]
    if len(mixing) <= count:
        return mixing
    return [mixing[round(place * (len(mixing) - 1) / (count - 1))] for place in range(count)]


def linear_layers(network: Network) -> list[Layer]:
    """Return the fully connected layers, the last three of many."""
    return [layer for layer in network.layers.values() if layer.family == "fully connected"][-3:]


def units_to_reach(network: Network, convolutions: int, each_linear: int) -> list[Wanted]:
    """Return, of every layer, the units that one of the photos excites most beyond the others, and values to reach.

    Of a convolution one whole channel (the mean of its map) and one neuron, in the middle of its map.
    """
    convs, linears = conv_layers(network, convolutions), linear_layers(network)
    with torch.no_grad():
        read = network.read(framed(network, list(SHOWN)), [layer.name for layer in (*convs, *linears)])
    found: list[Wanted] = []
    for layer in convs:
        maps = read[layer.name]
        middle = (maps.shape[2] // 2, maps.shape[3] // 2)
        found += _strongest(layer.name, maps.mean((2, 3)), 1, "channel", None)
        found += _strongest(layer.name, maps[:, :, *middle], 1, "neuron", middle)
    for layer in linears:
        found += _strongest(layer.name, read[layer.name], each_linear, "fully connected", None)
    return found


def _strongest(
    layer: str, numbers: torch.Tensor, count: int, kind: str, position: tuple[int, int] | None
) -> list[Wanted]:
    """Return units of numbers [photos, units] that stand out most for one photo."""
    most, mean = numbers.amax(0), numbers.mean(0)
    # As a share of the unit's own spread: large numbers alone say nothing.
    stands_out = (most - mean) * (most > 0)
    chosen = stands_out.topk(min(count, len(most))).indices.tolist()
    return [
        Wanted(Unit(layer, one, position), kind, float(most[one]), float(most[one] + BEYOND * (most[one] - mean[one])))
        for one in chosen
    ]
