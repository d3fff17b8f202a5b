"""Addresses for photos: looking at them, bringing one's own, drawing masks."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from seethrough.app.draw import jpeg, png
from seethrough.app.house import look, photo_told
from seethrough.app.who import KEEP, Anyone, Here, Name, Own, loaded, picture_answer

WHOLE = 1024
"""Pixels a side of a photo shown whole, at most."""
router = APIRouter(dependencies=[Depends(loaded)])


@router.get("/api/photo.jpg")
def whole_photo(visitor: Anyone, photo: Name, side: Annotated[int, Query(ge=16, le=WHOLE)] = WHOLE) -> Response:
    """A photo, whole."""
    return Response(jpeg(visitor.photo(photo).pixels, side), media_type="image/jpeg", headers=KEEP)


@router.get("/api/seen.png")
def seen(house: Here, visitor: Anyone, net: Name, photo: Name) -> Response:
    """What a network sees of a photo, pixel for pixel."""
    return picture_answer(png(look(house, visitor, net, photo)[2][0]))


@router.post("/api/photos")
async def upload(request: Request, visitor: Own, name: Name = "photo") -> dict[str, Any]:
    """Keep a photo of the browser's own."""
    data = await request.body()
    return photo_told(await run_in_threadpool(visitor.add_photo, data, name))


@router.delete("/api/photos")
def forget(visitor: Own, photo: Name) -> dict[str, Any]:
    """Forget one of them."""
    visitor.forget_photo(photo)
    return {}


@router.post("/api/masks")
async def mask(request: Request, visitor: Own) -> dict[str, Any]:
    """Keep a drawn mask."""
    data = await request.body()
    return {"id": await run_in_threadpool(visitor.add_mask, data)}


@router.get("/api/mask.png")
def drawn_mask(visitor: Anyone, mask: Name) -> Response:
    """Show a drawn mask again."""
    return picture_answer(png(visitor.mask(mask)))
