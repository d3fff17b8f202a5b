"""Filters: the weights of a layer, drawn as pictures."""

from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.results.filters import Filters
from seethrough.see.heat import plain


def filters(network: Network, layer: str | None = None, *, most: int = 64) -> Filters:
    """Return the filters of a convolution, by default the first, or the templates of a linear layer that reads pixels.

    Each is stretched on its own: minus its minimum, over its new maximum. Filters of the three colours are drawn in colour,
    those of one channel in grey, all others as one grey slice for each input channel. A figure shows the first `most`.

    >>> filters(network).save("first-filters.png")
    """
    if most < 1:
        raise UserError(f"most is {most}; it takes 1 or more")
    name = first_filters(network) if layer is None else network.resolve_layer(layer)
    part = part_of(network, name)
    weights = filters_of(network, part)
    if weights is None:
        raise UserError(
            f"layer {name!r} is a {type(part).__name__} without filters to draw; "
            f"choose a convolution, for example {first_filters(network)}"
        )
    grouped = part.groups if isinstance(part, nn.Conv2d) else 1
    return Filters(
        network=network.name,
        method="see.filters",
        settings={"layer": name, "most": most},
        layer=name,
        kind="Conv2d" if isinstance(part, nn.Conv2d) else "Linear",
        weights=plain(weights).clone(),
        reads=weights.shape[1] * grouped,
        most=most,
    )


def part_of(network: Network, layer: str) -> nn.Module:
    """Return the module behind a layer's name."""
    return network.module.get_submodule(layer.partition("#")[0])


def filters_of(network: Network, part: nn.Module) -> Tensor | None:
    """Return a module's weights as filters [N, C, h, w], or None where they cannot be laid out as pictures."""
    if isinstance(part, nn.Conv2d):
        return part.weight
    pixels = (network.channels, *network.size)
    if isinstance(part, nn.Linear) and part.in_features == pixels[0] * pixels[1] * pixels[2]:
        return part.weight.view(-1, *pixels)
    return None


def first_filters(network: Network) -> str:
    """Return the first convolution that is run, or, where there is none, the first linear layer that reads pixels."""
    parts = {name: part_of(network, name) for name in network.layers}
    convolutions = [name for name, part in parts.items() if isinstance(part, nn.Conv2d)]
    found = convolutions or [name for name, part in parts.items() if filters_of(network, part) is not None]
    if not found:
        raise UserError(f"{network.name} has no convolution and no linear layer that reads pixels: no filters to draw")
    return found[0]
