"""What every address works with: the house, the browser that asks, words and numbers within bounds, answers of a kind."""

from typing import Annotated, Any
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import Depends, Query, Request, Response

from seethrough.app.house import House
from seethrough.app.visitors import Visitor
from seethrough.errors import UserError

STRANGER = "this page is from before the server was started; load it anew"
PNG = b"\x89PNG"
KEEP = {"Cache-Control": "private, max-age=300"}


def house_of(request: Request) -> House:
    """Return the server's rooms."""
    house: House = request.app.state.house
    return house


def anyone(request: Request) -> Visitor:
    """Return the browser that asks; one that shows no cookie owns nothing."""
    visitors = house_of(request).visitors
    return visitors.known(request.cookies) or visitors.nobody()


def one_known(request: Request) -> Visitor:
    """Return the browser that asks, if it can own what it brings."""
    known = house_of(request).visitors.known(request.cookies)
    if known is None:
        raise UserError(STRANGER)
    return known


def welcomed(request: Request, response: Response) -> Visitor:
    """Return the browser that asks, and give it a cookie if it is new."""
    visitors = house_of(request).visitors
    known = visitors.known(request.cookies)
    if known is None:
        known = visitors.new()
        # Lax: who follows a link to the page is known there.
        response.set_cookie(visitors.cookie, known.id, httponly=True, samesite="lax", path="/")
    return known


async def loaded(request: Request) -> None:
    """Load the network of a request in a thread for that alone: whoever waits for one keeps nobody else from an answer."""
    house, net = house_of(request), request.query_params.get("net", "")
    if net and not house.networks.has(net):
        await to_thread.run_sync(house.networks.get, net, limiter=house.loading)


Here = Annotated[House, Depends(house_of)]
Anyone = Annotated[Visitor, Depends(anyone)]
Own = Annotated[Visitor, Depends(one_known)]
Name = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=0, le=10_000_000)]


def address(path: str, **words: Any) -> str:
    """Return where the browser finds something."""
    return f"/api/{path}?{urlencode(words)}"


def picture_answer(data: bytes | None, what: str = "picture") -> Response:
    """Answer with a picture, if there is one."""
    if data is None:
        raise UserError(f"{what}: there is none here")
    kind = "image/png" if data.startswith(PNG) else "image/webp"
    return Response(data, media_type=kind, headers=KEEP)


def file_answer(data: bytes, name: str, kind: str) -> Response:
    """Answer with a file to keep."""
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
