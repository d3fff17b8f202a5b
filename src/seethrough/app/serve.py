"""Serving: the address is taken first, the page answers at once, and the network loads meanwhile."""

import contextlib
import logging
import socket
import threading
import warnings
import webbrowser
from collections.abc import Callable
from pathlib import Path

from seethrough.app.guard import bracketed
from seethrough.app.memory import share_freed_memory
from seethrough.app.networks import Given
from seethrough.errors import UserError, require

HANDS = 6
"""Short requests that are answered at one time: each hand of torch's has memory of its own."""


def serve(
    given: Given,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    studies: list[Path] | None = None,
    dreams: Path | None = None,
    ready: Callable[[str], None] = lambda address: None,
    open_browser: bool = False,
) -> None:
    """Serve the page until Ctrl-C; `ready` hears its address when it answers."""
    uvicorn = require("uvicorn", "app")
    require("fastapi", "app")
    require("websockets", "app")
    from anyio import to_thread

    if not host:
        raise UserError("host is empty; right would be an address, such as 127.0.0.1")
    share_freed_memory()
    listening = bound(host, port)
    port = listening.getsockname()[1]
    try:
        from seethrough.app.house import open_house
        from seethrough.app.routes import create

        house = open_house(given, studies or [], dreams, port)
        application = create(house, host, port)
    except BaseException:
        listening.close()
        raise
    address = f"http://{bracketed(host)}:{port}/"

    class Server(uvicorn.Server):  # type: ignore[misc,name-defined]
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            to_thread.current_default_thread_limiter().total_tokens = HANDS
            ready(address)
            # No daemon: torch aborts the process when it is at work in a thread while Python ends.
            threading.Thread(target=warm).start()
            if open_browser:
                webbrowser.open(address)

    def warm() -> None:
        try:
            network = house.networks.get(given.name)
            network.classify(network.frame(house.visitors.nobody().photo("coffee").pixels))
        except UserError:
            pass  # said to whoever asks for it
        except Exception:
            logging.getLogger("seethrough.app").exception("the first network could not be loaded")

    # What a map that says nothing warns of, the page says.
    warnings.simplefilter("ignore", UserWarning)
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        ws_max_size=1_000_000,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):  # how a server is ended
        Server(config).run(sockets=[listening])


def bound(host: str, port: int) -> socket.socket:
    """Take an address, or say in one line why it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as refused:
        taken.close()
        raise UserError(
            f"port {port} at {host} cannot be had: {refused.strerror}; choose another (--port)"
        ) from refused
    return taken
