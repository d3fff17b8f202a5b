"""Who may ask: this machine's own browser, by the server's own name, from the server's own page."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
MOST_BYTES = 32_000_000
"""Bytes of a request at most, an uploaded photo included."""


class Guard:
    """Refuses a foreign Host (400), a foreign Origin (403) and large requests (413); says what the page may do.

    A page elsewhere could point a name of its own at this machine (then the Host is not ours), or ask from the reader's
    browser (then the Origin is not ours).
    """

    def __init__(self, app: App, host: str, port: int) -> None:
        """Say the address at which the server is to be asked."""
        self.app = app
        # Browsers leave out the usual port.
        endings = (f":{port}", "") if port == 80 else (f":{port}",)
        self.hosts = {f"{name}{ending}" for name in {*LOOPBACK, bracketed(host)} for ending in endings}
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(headers)
        if refused is None:
            await self.app(scope, _bounded(receive), _with_headers(send))
        elif scope["type"] == "websocket":
            # Closed before it was accepted: the browser sees 403.
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refused[1]})
        else:
            await _answer(send, *refused)

    def _refused(self, headers: dict[str, str]) -> tuple[int, str] | None:
        if headers.get("host", "").lower() not in self.hosts:
            return 400, "host: this server answers by its own address alone"
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self.origins:
            return 403, "origin: this server answers its own page alone"
        # A picture or frame that a page elsewhere asks for has no Origin.
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if elsewhere and headers.get("sec-fetch-dest") != "document":  # a link that somebody followed
            return 403, "origin: this server answers its own page alone"
        if int(headers.get("content-length", "0") or "0") > MOST_BYTES:
            return 413, f"the request is larger than {MOST_BYTES:,} bytes"
        return None


def bracketed(host: str) -> str:
    """Return an address as it stands in a Host header: IPv6 in brackets."""
    return f"[{host.lower()}]" if ":" in host and not host.startswith("[") else host.lower()


class TooLargeError(Exception):
    """Raised when a request of unsaid length goes on for too long."""


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] == "http.request" and seen > MOST_BYTES:
            raise TooLargeError(f"the request is larger than {MOST_BYTES:,} bytes")
        return message

    return counted


def _with_headers(send: Send) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return sent


async def _answer(send: Send, status: int, says: str) -> None:
    body = json.dumps({"says": says}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
