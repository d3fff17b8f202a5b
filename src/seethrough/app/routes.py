"""The server's application: its addresses, its mistakes in words, the built page, and the guard in front of it all."""

import logging
import mimetypes
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse, JSONResponse

from seethrough.app import bringing, looking, making
from seethrough.app.guard import Guard, TooLargeError
from seethrough.app.house import House, start_told
from seethrough.app.who import Here, welcomed
from seethrough.app.work import OOPS
from seethrough.errors import UserError

LOG = logging.getLogger("seethrough.app")
PAGE = Path(os.environ.get("SEETHROUGH_PAGE") or Path(__file__).parent / "page")
"""The built page; while one works on it, a folder of one's own."""
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
"""What a machine's own table may have otherwise."""
FRESH = {"Cache-Control": "no-cache"}


def create(house: House, host: str, port: int) -> Guard:
    """Make the server's application, guarded: it answers at this address alone."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    api.state.house = house
    api.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    for part in (looking, bringing, making):
        api.include_router(part.router)

    @api.get("/api/start")
    def start(house: Here, request: Request, response: Response) -> dict[str, Any]:
        return start_told(house, welcomed(request, response))

    _serve_page(api)
    _answer_mistakes(api)
    return Guard(api, host, port)


def _serve_page(api: FastAPI) -> None:
    """Serve whatever files were built, from memory, by their names in the list, and nothing else."""
    files = {file.relative_to(PAGE).as_posix(): file.read_bytes() for file in PAGE.rglob("*") if file.is_file()}

    def built(name: str) -> Response:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(files[name], media_type=KINDS.get(Path(name).suffix, kind), headers=FRESH)

    @api.get("/")
    async def index(request: Request) -> Response:
        if "index.html" not in files:
            return HTMLResponse("<!doctype html><title>seethrough</title><p>The page is not built: make page.</p>", 500)
        answer = built("index.html")
        welcomed(request, answer)
        return answer

    @api.get("/{name:path}")
    async def file(name: str) -> Response:
        if name not in files:
            return JSONResponse({"says": f"there is nothing at /{name[:80]}"}, 404)
        return built(name)


def _answer_mistakes(api: FastAPI) -> None:
    @api.exception_handler(UserError)
    def mistake(_: Request, error: UserError) -> Response:
        return JSONResponse({"says": str(error)}, 400)

    @api.exception_handler(RequestValidationError)
    def misfit(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return JSONResponse({"says": f"{first['loc'][-1]}: {first['msg'].lower()}"}, 400)

    @api.exception_handler(TooLargeError)
    def too_large(_: Request, error: TooLargeError) -> Response:
        return JSONResponse({"says": str(error)}, 413)

    @api.exception_handler(Exception)
    def bug(_: Request, error: Exception) -> Response:
        LOG.error("a request failed", exc_info=error)
        return JSONResponse({"says": OOPS}, 500)
