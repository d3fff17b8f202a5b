"""One unit of a layer, and the one way to write it down: `layer:unit@y,x`."""

import re
from dataclasses import dataclass

from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network


@dataclass(frozen=True)
class Unit:
    """A unit of a layer: a channel of its maps (at one position, or the mean of all), or a number of its vector."""

    layer: str
    index: int
    position: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Write it down as it was given."""
        place = f"@{self.position[0]},{self.position[1]}" if self.position else ""
        return f"{self.layer}:{self.index}{place}"

    def activation(self, output: Tensor) -> Tensor:
        """Return the unit's number for each image [B], from its layer's output (maps, tokens or a vector)."""
        if output.ndim == 4:
            maps = output[:, self.index]
            return maps[:, self.position[0], self.position[1]] if self.position else maps.mean((1, 2))
        return output[..., self.index].flatten(1).mean(1) if output.ndim > 2 else output[:, self.index]


def resolve_unit(network: Network, wanted: "str | Unit") -> Unit:
    """Return the unit a person wrote down, or raise the line that says what the layer has.

    >>> str(resolve_unit(load(), "blocks.4.2:37@6,6"))
    'blocks.4.2:37@6,6'
    """
    written = re.fullmatch(r"(.+):(\d+)(?:@(\d+),(\d+))?", str(wanted).strip())
    if written is None:
        raise UserError(
            f"unit {str(wanted)!r} is not written as layer:unit or layer:unit@y,x, for example conv5:12@6,6"
        )
    name, index, y, x = written.groups()
    layer = network.layers[network.resolve_layer(name)]
    if int(index) >= layer.units:
        raise UserError(f"unit {str(wanted)!r}: {layer.name} has units 0 to {layer.units - 1}")
    if y is None:
        return Unit(layer.name, int(index))
    if not layer.spatial:
        raise UserError(f"unit {str(wanted)!r}: {layer.name} has no maps, so no position; write {layer.name}:{index}")
    position = (int(y), int(x))
    if position[0] >= layer.shape[1] or position[1] >= layer.shape[2]:
        raise UserError(f"unit {str(wanted)!r}: the maps of {layer.name} are {layer.shape[1]} x {layer.shape[2]}")
    return Unit(layer.name, int(index), position)
