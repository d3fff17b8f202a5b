"""Feature maps: what the units of a layer see in a photo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.results.feature_maps import FeatureMaps
from seethrough.see.evidence import map_layer
from seethrough.see.heat import plain
from seethrough.see.interest import interesting
from seethrough.see.spatial import as_maps

Pick: TypeAlias = Literal["first", "strongest", "interesting"]
Units: TypeAlias = tuple[tuple[int, ...], ...]
"""Which units, for each image."""


@dataclass(frozen=True)
class Picked:
    """Maps [B, N, h, w] of a layer, and which of its `total` units they are of for each image."""

    total: int
    units: Units
    maps: Tensor


def feature_maps(
    network: Network,
    images: Tensor,
    layer: str | None = None,
    *,
    units: str | Sequence[int] | None = None,
    pick: Pick = "first",
    count: int = 16,
) -> FeatureMaps:
    """Return maps of a layer, by default the last that has any: the `units` given, or `count` picked for each image.

    `units` are numbers, or one text of them with commas. `pick` takes the first ones, the strongest (the largest mean), or
    the interesting ones: those with the largest contrast (standard deviation once stretched to [0, 1]) x smoothness
    (1 - mean (a - b)^2 of neighbours / 2 variance), passing over near copies (|correlation| > 0.7) of maps already taken;
    dead maps, the same everywhere, come last. The values are the network's; a figure stretches each map on its own.

    >>> feature_maps(network, pixels, "blocks.1", pick="interesting", count=5).save("coffee-maps.png")
    """
    images = network.checked(images)
    name = map_layer(network, layer)

    def choose(layer: str, maps: Tensor) -> Units:
        return pick_units(maps, pick, count) if units is None else given_units(layer, maps, units)

    found = picked(network, images, [name], choose)[name]
    named = {"units": list(found.units[0])} if units is not None else {"pick": pick, "count": count}
    return FeatureMaps(
        network=network.name,
        method="see.feature_maps",
        settings={"layer": name, **named},
        images=plain(images),
        layer=name,
        total=found.total,
        units=found.units,
        maps=found.maps,
    )


def picked(
    network: Network, images: Tensor, layers: Sequence[str], choose: Callable[[str, Tensor], Units]
) -> dict[str, Picked]:
    """Return of layers with maps [B, C, h, w] those of the units that `choose(layer, maps)` names for each image.

    A pass ends at the last of the layers; a few images go through at a time, and of a layer only what is chosen is kept.
    """
    size = (images.shape[-2], images.shape[-1])
    parts: dict[str, list[Picked]] = {name: [] for name in layers}
    for rows in network.parts(len(images)):
        with torch.inference_mode(False), torch.no_grad():
            _, found = network.run(images[rows], layers, stop=True)
        for name in layers:
            maps = plain(as_maps(found.pop(name), network.layers[name], size))
            units = choose(name, maps)
            parts[name].append(Picked(maps.shape[1], units, taken(maps, units)))
    return {
        name: Picked(some[0].total, sum((one.units for one in some), ()), torch.cat([one.maps for one in some]))
        for name, some in parts.items()
    }


def pick_units(maps: Tensor, pick: Pick, count: int) -> Units:
    """Pick `count` units for each image, or all where there are fewer."""
    if count < 1:
        raise UserError(f"count is {count}; it takes 1 or more")
    count = min(count, maps.shape[1])
    if pick == "first":
        return (tuple(range(count)),) * len(maps)
    if pick == "strongest":
        order = maps.mean((2, 3)).argsort(dim=1, descending=True, stable=True)
        return tuple(tuple(units) for units in order[:, :count].tolist())
    if pick == "interesting":
        return tuple(tuple(interesting(each, count)) for each in maps)
    raise UserError(f"pick is {pick!r}; it takes first | strongest | interesting")


def given_units(layer: str, maps: Tensor, units: str | Sequence[int]) -> Units:
    """Return the same units for each image, after checking that the layer has them."""
    last = maps.shape[1] - 1
    try:
        units = [int(unit) for unit in units.split(",")] if isinstance(units, str) else units
    except ValueError:
        raise UserError(f"units is {units!r}; it takes numbers with commas, such as 3, 18, 7") from None
    wrong = [unit for unit in units if not 0 <= unit <= last]
    if wrong or len(units) == 0:
        raise UserError(f"units: {wrong[0] if wrong else 'none given'}; {layer} has units 0 to {last}")
    return (tuple(int(unit) for unit in units),) * len(maps)


def taken(maps: Tensor, units: Units) -> Tensor:
    """Return the maps [B, N, h, w] of each image's own units."""
    return maps[torch.arange(len(maps))[:, None], torch.tensor(units)]
