"""The inside of a network on one photo: its layers, the units of a layer, one unit."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from seethrough.app.draw import columns_for, light, map_picture, png, sprite_png, tile_of
from seethrough.app.kept import Kept
from seethrough.app.visitors import Photo
from seethrough.errors import UserError
from seethrough.images.save import as_pil
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit, resolve_unit
from seethrough.plots import grid_of_images
from seethrough.results.heatmap import Heatmap
from seethrough.results.patches import Patches
from seethrough.results.result import Result
from seethrough.results.store import load_result
from seethrough.see import deconvnet, gradient, guided_backprop
from seethrough.see.filters import filters_of, part_of

MOST_BYTES = 200_000_000
Way: TypeAlias = Callable[..., Heatmap]
WAYS: Mapping[str, Way] = {"plain": gradient, "guided": guided_backprop, "deconv": deconvnet}
"""The ways back from a unit to the pixels."""
SLICES = 64
"""Slices of one filter that are drawn at most."""


@dataclass(frozen=True)
class Activity:
    """What one photo makes of one layer: its maps [U, h, w], where it has any, and each unit's mean and peak [U]."""

    maps: Tensor | None
    mean: Tensor
    peak: Tensor

    @property
    def bytes(self) -> int:
        """Count what it takes to keep it."""
        return self.mean.nbytes * 2 + (0 if self.maps is None else self.maps.nbytes)


class Inside:
    """Looks into networks, and remembers for a while what it saw; `studies` are files of the strongest patches."""

    def __init__(self, studies: list[Path]) -> None:
        """Read the studies."""
        self._seen: Kept[tuple[str, str, str], Activity] = Kept(MOST_BYTES, lambda one: one.bytes)
        self._studies = [_patches(path) for path in studies]

    def activity(self, network: Network, name: str, photo: Photo, layer: str) -> Activity:
        """Return what a photo makes of a layer; `name` is what the network is asked for by."""
        layer = network.resolve_layer(layer)
        found = self._seen.get((name, photo.id, layer))
        if found is None:
            with torch.inference_mode():
                output = network.read(network.frame(photo.pixels), layer)[layer].float().cpu()
            found = _activity(output, network.layers[layer].units)
            self._seen[name, photo.id, layer] = found
        return found

    def patches(self, network: Network, unit: Unit) -> tuple[list[tuple[Tensor, float, str]], str]:
        """Return the strongest patches of a unit, each with the unit's number and what it shows; and of which data."""
        for study in self._studies:
            if study.network != network.name:
                continue
            for at, one in enumerate(study.layers):
                rows = (one.units == unit.index).nonzero()[:, 0].tolist()
                if one.layer == unit.layer and rows:
                    row = rows[0]
                    found = [
                        (study.patch(at, row, place), float(one.values[row, place]), study.shows[picture])
                        for place, picture in enumerate(one.pictures[row].tolist())
                        if picture >= 0
                    ]
                    return found, study.data
        return [], ""


def network_told(network: Network) -> dict[str, Any]:
    """Say what a network is made of, layer by layer."""
    layers = list(network.layers.values())
    return {
        "name": network.name,
        "size": list(network.size),
        "channels": network.channels,
        "classes": len(network.labels.names),
        "parameters": network.totals()["total"]["parameters"],
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": list(layer.shape),
                "units": layer.units,
                "spatial": layer.spatial,
                "parameters": layer.parameters,
                "depth": (place + 1) / len(layers),
                "field": _field(network, layer.name),
            }
            for place, layer in enumerate(layers)
        ],
    }


def units_told(network: Network, layer: str, activity: Activity, sprite: str) -> dict[str, Any]:
    """Say what a photo makes of a layer: each unit's numbers, and how the sprite of its maps is laid out."""
    row = network.layers[network.resolve_layer(layer)]
    maps = activity.maps
    return {
        "layer": row.name,
        "units": row.units,
        "columns": columns_for(row.units),
        "tile": [1, 1] if maps is None else list(tile_of(*maps.shape[-2:])),
        "mean": _plain(activity.mean),
        "peak": _plain(activity.peak),
        "labels": list(network.labels.names) if _is_last(network, row.name) else None,
        "sprite": None if maps is None else sprite,
    }


def unit_told(network: Network, unit: Unit, activity: Activity) -> dict[str, Any]:
    """Say what a photo makes of a unit."""
    mean = activity.mean
    at = None
    if activity.maps is not None:
        height, width = activity.maps.shape[-2:]
        place = int(activity.maps[unit.index].argmax())
        at = [(place // width + 0.5) / height, (place % width + 0.5) / width]
    labelled = _is_last(network, unit.layer)
    return {
        "name": str(unit),
        "layer": unit.layer,
        "unit": unit.index,
        "label": network.labels.names[unit.index] if labelled else None,
        "mean": float(mean[unit.index]),
        "peak": float(activity.peak[unit.index]),
        "at": at,
        "rank": int((mean > mean[unit.index]).sum()) + 1,
        "field": _field(network, unit.layer),
    }


def unit_of(network: Network, layer: str, index: int) -> Unit:
    """Return a unit by its layer and number."""
    return resolve_unit(network, f"{network.resolve_layer(layer)}:{max(index, 0)}")


def sprite_of(activity: Activity, layer: str) -> bytes:
    """Draw all maps of a layer."""
    if activity.maps is None:
        raise UserError(f"layer {layer!r} has no maps: each unit is one number")
    return sprite_png(activity.maps)


def map_of(network: Network, unit: Unit, activity: Activity) -> bytes:
    """Draw a unit's map as colours to lie over the photo."""
    if activity.maps is None:
        raise UserError(f"layer {unit.layer!r} has no maps: each unit is one number")
    return map_picture(activity.maps[unit.index], size=network.size)


def way_of(way: str) -> Way:
    """Return a way back from a unit to the pixels, by its name."""
    if way not in WAYS:
        raise UserError(f"way {way[:40]!r} is not known; right would be one of: {', '.join(WAYS)}")
    return WAYS[way]


def gradient_of(network: Network, unit: Unit, pixels: Tensor, way: Way) -> bytes:
    """Draw what comes back from a unit to the pixels as a picture about grey."""
    found = way(network, pixels, unit=str(unit))
    if found.flat():
        raise UserError(
            "nothing comes back from this unit: on this photo it is not active, or no change would change it"
        )
    return light(as_pil(found.about_grey(0)))


def filters_png(network: Network, unit: Unit) -> bytes | None:
    """Draw a unit's own filter: in colour where it reads colours, else a grey slice for each channel it reads."""
    weights = _filter(network, unit)
    if weights is None:
        return None
    coloured = weights.shape[0] in (1, 3) and network.channels == weights.shape[0]
    slices = weights[None] if coloured else weights[:SLICES, None]
    low, high = slices.min(), slices.max()
    slices = (slices - low) / (high - low).clamp_min(1e-12)
    times = max(math.ceil(32 / max(slices.shape[-2:])), 1)
    slices = slices.repeat_interleave(times, -1).repeat_interleave(times, -2)
    return png(grid_of_images(slices, columns=min(8, len(slices))) if len(slices) > 1 else slices[0])


def _filter(network: Network, unit: Unit) -> Tensor | None:
    part = part_of(network, unit.layer)
    weights = filters_of(network, part)
    if weights is None or unit.index >= len(weights) or (isinstance(part, nn.Conv2d) and max(weights.shape[-2:]) == 1):
        return None  # a 1 x 1 filter is a list of numbers, not a picture
    return weights[unit.index].detach().float().cpu()


def has_filters(network: Network, unit: Unit) -> bool:
    """Tell whether a unit has a filter that can be looked at."""
    return _filter(network, unit) is not None


def _activity(output: Tensor, units: int) -> Activity:
    if output.ndim == 4:
        maps = output[0].contiguous()
        flat = maps.flatten(1)
        return Activity(maps, flat.mean(1), flat.amax(1))
    # Tokens count by their mean; their order is the network's own.
    flat = output.reshape(-1, units) if output.ndim > 1 else output.reshape(1, units)
    return Activity(None, flat.mean(0), flat.amax(0))


def _field(network: Network, layer: str) -> int | None:
    field = network.layers[layer].field
    return None if field is None else max(field.size)


def _is_last(network: Network, layer: str) -> bool:
    rows = list(network.layers.values())
    return layer == rows[-1].name and rows[-1].units == len(network.labels.names) and not rows[-1].spatial


def _plain(numbers: Tensor) -> list[float]:
    return [float(f"{number:.5g}") for number in numbers.nan_to_num(0.0, 0.0, 0.0).tolist()]


def _patches(path: Path) -> Patches:
    found: Result = load_result(path)
    if not isinstance(found, Patches):
        raise UserError(
            f"study: {str(path)!r} holds a {type(found).__name__}; right: what `study patches --save` wrote"
        )
    return found
