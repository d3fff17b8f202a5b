"""Addresses for what is made: long work over a socket, results, their pictures, and pages to keep."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, WebSocket
from torch.nn import functional

from seethrough.app.document import document
from seethrough.app.house import House
from seethrough.app.made import picture, result_file, told
from seethrough.app.who import STRANGER, Anyone, Name, Number, file_answer, picture_answer
from seethrough.app.work import serve
from seethrough.errors import UserError
from seethrough.results.heatmap import Heatmap
from seethrough.see.ranking import spearman

MOST_MADE = 40
"""Things on one page to keep."""
router = APIRouter()


@router.websocket("/api/work")
async def work(socket: WebSocket) -> None:
    """Do one job, step by step."""
    house: House = socket.app.state.house
    visitor = house.visitors.known(socket.cookies)
    if visitor is None:
        await socket.accept()
        await socket.send_json({"is": "mistake", "says": STRANGER})
        await socket.close()
        return
    await serve(socket, visitor, house.networks, house.line, house.dreams)


@router.get("/api/alike")
def alike(visitor: Anyone, one: Name, other: Name) -> dict[str, Any]:
    """How alike two heat maps are."""
    first, second = (visitor.find(name).result for name in (one, other))
    return {"alike": _alike(first, second)}


@router.get("/api/made/{made}")
def made_told(visitor: Anyone, made: str) -> dict[str, Any]:
    """What was made."""
    return told(visitor.find(made))


@router.get("/api/made/{made}/result.safetensors")
def made_result(visitor: Anyone, made: str) -> Response:
    """Its file, with all it takes to repeat it."""
    found = visitor.find(made)
    data = result_file(found)
    return file_answer(data, f"{_stem(found.method)}.safetensors", "application/octet-stream")


@router.get("/api/made/{made}/map")
def made_map(visitor: Anyone, made: str, place: Number = 0) -> Response:
    """A heat map as colours to lie over its photo."""
    return picture_answer(picture(visitor.find(made), "map", place))


@router.get("/api/made/{made}/{what}.png")
def made_picture(visitor: Anyone, made: str, what: str, place: Number = 0, way: Number = 0) -> Response:
    """One of its pictures."""
    return picture_answer(picture(visitor.find(made), what, place, way))


@router.get("/api/page.html")
def page(visitor: Anyone, made: Annotated[str, Query(max_length=4000)]) -> Response:
    """Things that were made, as one page to keep."""
    ids = [one for one in made.split(",") if one][:MOST_MADE]
    if not ids:
        raise UserError("made: nothing is named; a page is of things that were made")
    written = document([visitor.find(one) for one in ids])
    return file_answer(written.encode(), "seethrough.html", "text/html; charset=utf-8")


def _alike(one: Any, other: Any) -> float | None:
    """Return the rank correlation of two heat maps, where both say something; another size is brought to the first's."""
    if not isinstance(one, Heatmap) or not isinstance(other, Heatmap):
        raise UserError("alike: it takes two heat maps")
    if one.flat() or other.flat():
        return None
    size, second = one.values.shape[-2:], other.values[:1]
    if second.shape[-2:] != size:
        second = functional.interpolate(second[None], size, mode="bilinear", align_corners=False)[0]
    found = float(spearman(one.values[:1], second)[0])
    return found if found == found else None


def _stem(method: str) -> str:
    return re.sub(r"[\W_]+", "-", method.strip("_"))
