"""Addresses for looking: networks and their guesses, layers, units, and a block laid on by hand."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse

from seethrough.app.command import look_command
from seethrough.app.cover import block_at, cover_told, guess_told, patch_of
from seethrough.app.draw import png
from seethrough.app.house import activity, look
from seethrough.app.inside import (
    WAYS,
    Activity,
    filters_png,
    gradient_of,
    has_filters,
    map_of,
    network_told,
    sprite_of,
    unit_of,
    unit_told,
    units_told,
    way_of,
)
from seethrough.app.who import Anyone, Here, Name, Number, address, loaded, picture_answer
from seethrough.errors import UserError
from seethrough.networks.unit import Unit

router = APIRouter(dependencies=[Depends(loaded)])


@router.get("/api/nets")
def nets(house: Here, search: Name = "") -> list[dict[str, object]]:
    """The networks that are offered, or those whose name holds some words."""
    return house.networks.rows(search)


@router.get("/api/network")
def network(house: Here, net: Name) -> dict[str, Any]:
    """What a network is made of."""
    return network_told(house.networks.get(net))


@router.get("/api/classes")
def classes(house: Here, net: Name) -> list[str]:
    """What its classes are called."""
    return list(house.networks.get(net).labels.names)


@router.get("/api/guesses")
def guesses(house: Here, visitor: Anyone, net: Name, photo: Name, top: Annotated[int, Query(ge=1, le=100)] = 5) -> Any:
    """What it takes a photo for."""
    with house.line.click():
        network, _, pixels = look(house, visitor, net, photo)
        return [guess_told(guess) for guess in network.classify(pixels, top=top).rows[0]]


@router.get("/api/units")
def units(house: Here, visitor: Anyone, net: Name, photo: Name, layer: Name) -> dict[str, Any]:
    """What a photo makes of a layer."""
    with house.line.click():
        network, _, found = activity(house, visitor, net, photo, layer)
        return units_told(network, layer, found, address("units.png", net=net, photo=photo, layer=layer))


@router.get("/api/units.png")
def sprite(house: Here, visitor: Anyone, net: Name, photo: Name, layer: Name) -> Response:
    """All maps of a layer in one picture."""
    with house.line.click():
        return picture_answer(sprite_of(activity(house, visitor, net, photo, layer)[2], layer))


@router.get("/api/unit")
def unit(house: Here, visitor: Anyone, net: Name, photo: Name, layer: Name, unit: Number) -> dict[str, Any]:
    """What a photo makes of a unit, and where the pictures of it are."""
    with house.line.click():
        network, shown, found = activity(house, visitor, net, photo, layer)
        place = unit_of(network, layer, unit)
        words = {"net": net, "layer": place.layer, "unit": place.index}
        patches, data = house.inside.patches(network, place)
        return unit_told(network, place, found) | {
            "map": None if found.maps is None else address("map", photo=photo, **words),
            "gradients": {way: address("gradient", photo=photo, way=way, **words) for way in WAYS},
            "filters": address("filters.png", **words) if has_filters(network, place) else None,
            "patches": [
                {"picture": address("patch.png", place=row, **words), "value": value, "shows": shows}
                for row, (_, value, shows) in enumerate(patches)
            ],
            "patches_of": data,
            "dream": address("dream.png", **words) if house.dreams.find(net, network, place) else None,
            "command": look_command(_words(place, found), shown, house.networks.given(net)),
        }


@router.get("/api/map")
def unit_map(house: Here, visitor: Anyone, net: Name, photo: Name, layer: Name, unit: Number) -> Response:
    """Where in the photo a unit is active."""
    with house.line.click():
        network, _, found = activity(house, visitor, net, photo, layer)
        return picture_answer(map_of(network, unit_of(network, layer, unit), found))


@router.get("/api/gradient")
def gradient(
    house: Here, visitor: Anyone, net: Name, photo: Name, layer: Name, unit: Number, way: Name = "plain"
) -> Response:
    """What comes back from a unit to the pixels."""
    with house.line.click():
        network, _, pixels = look(house, visitor, net, photo)
        place, method = unit_of(network, layer, unit), way_of(way)
        try:
            return picture_answer(gradient_of(network, place, pixels, method))
        except UserError as reason:
            # That there is no such gradient is an answer, not a mistake.
            return JSONResponse({"says": str(reason)})


@router.get("/api/filters.png")
def filters(house: Here, net: Name, layer: Name, unit: Number) -> Response:
    """A unit's own filter."""
    network = house.networks.get(net)
    return picture_answer(filters_png(network, unit_of(network, layer, unit)), "filters")


@router.get("/api/patch.png")
def patch(house: Here, net: Name, layer: Name, unit: Number, place: Number) -> Response:
    """One of the patches that excite a unit most."""
    network = house.networks.get(net)
    patches, _ = house.inside.patches(network, unit_of(network, layer, unit))
    return picture_answer(png(patches[place][0]) if place < len(patches) else None, "patch")


@router.get("/api/dream.png")
def dream(house: Here, net: Name, layer: Name, unit: Number) -> Response:
    """What a unit dreamt before."""
    network = house.networks.get(net)
    return picture_answer(house.dreams.find(net, network, unit_of(network, layer, unit)), "dream")


@router.get("/api/occlude")
def occlude(
    house: Here,
    visitor: Anyone,
    net: Name,
    photo: Name,
    y: float,
    x: float,
    side: float,
    fill: Name = "grey",
    index: Annotated[int | None, Query(alias="class")] = None,
) -> Any:
    """What becomes of a class when a block covers a place."""
    with house.line.click():
        network, shown, pixels = look(house, visitor, net, photo)
        block = block_at(pixels, y, x, side)
        scores = house.covers.scores(network, net, shown.id, pixels, block, patch_of(pixels, block, fill))
        return cover_told(network, scores, index)


def _words(unit: Unit, activity: Activity) -> list[str]:
    """Return the words of the command that shows what a photo makes of a unit: its map, or else its gradient."""
    if activity.maps is None:
        return ["see", "gradient", "--unit", str(unit)]
    return ["see", "feature-maps", "--layer", unit.layer, "--units", str(unit.index)]
