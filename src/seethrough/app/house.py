"""What one server holds: its networks, browsers, line of work and memories."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from torch import Tensor

import seethrough
from seethrough.app.asked import TABLES, runs_here
from seethrough.app.cover import Covers
from seethrough.app.dreams import Dreams, cache_folder
from seethrough.app.guard import MOST_BYTES
from seethrough.app.inside import Activity, Inside
from seethrough.app.line import Line
from seethrough.app.networks import Given, Networks
from seethrough.app.visitors import Photo, Visitor, Visitors
from seethrough.errors import UserError, require
from seethrough.networks.network import Network
from seethrough.tables import Method

LOADING = 64
"""Requests that may wait for a network at one time."""
NEEDED = {"mask": ("cv2", "mask")}
"""Methods that need an optional part: the module they import, and the part that brings it."""


@dataclass(frozen=True)
class House:
    """One server's rooms."""

    networks: Networks
    visitors: Visitors
    inside: Inside
    covers: Covers
    dreams: Dreams
    line: Line
    loading: CapacityLimiter


def open_house(given: Given, studies: list[Path], dreams: Path | None = None, port: int = 0) -> House:
    """Make a server's rooms; the studies are read at once, so that a wrong file is said before anything is served."""
    return House(
        Networks(given),
        Visitors(f"seethrough-{port}"),
        Inside(studies),
        Covers(),
        Dreams(dreams or cache_folder()),
        Line(),
        CapacityLimiter(LOADING),
    )


def start_told(house: House, visitor: Visitor) -> dict[str, Any]:
    """Say what a page needs to begin: networks, photos, and what every verb can do."""
    return {
        "version": seethrough.__version__,
        "net": house.networks.first,
        "photo": "coffee",
        "nets": house.networks.rows(),
        "photos": [photo_told(one) for one in visitor.photos()],
        "methods": {
            verb: [_method(method) for method in table.values() if runs_here(method)] for verb, table in TABLES.items()
        },
        "most": {"bytes": MOST_BYTES},
        "missing": _missing(),
    }


def photo_told(photo: Photo) -> dict[str, Any]:
    """Say what a photo is."""
    height, width = photo.pixels.shape[-2:]
    return {"id": photo.id, "name": photo.name, "width": width, "height": height, "own": photo.own}


def look(house: House, visitor: Visitor, net: str, photo: str) -> tuple[Network, Photo, Tensor]:
    """Return a network, a photo, and what the network sees of it."""
    shown, network = visitor.photo(photo), house.networks.get(net)
    return network, shown, network.frame(shown.pixels)


def activity(house: House, visitor: Visitor, net: str, photo: str, layer: str) -> tuple[Network, Photo, Activity]:
    """Return what a photo makes of a layer."""
    shown, network = visitor.photo(photo), house.networks.get(net)
    return network, shown, house.inside.activity(network, net, shown, layer)


def _method(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "command": method.command,
        "says": method.says,
        "settings": [
            {
                "name": one.name,
                "option": one.option,
                "says": one.says,
                "kind": one.kind,
                "default": one.default,
                "low": one.low,
                "high": one.high,
                "choices": list(one.choices),
                "range": one.range,
            }
            for one in method.settings
        ],
        "needs": list(method.needs),
        "makes": method.makes,
    }


def _missing() -> dict[str, str]:
    found: dict[str, str] = {}
    for method, (module, extra) in NEEDED.items():
        try:
            require(module, extra)
        except UserError as absent:
            found[method] = str(absent)
    return found
