"""A server without a socket, on a small network, for one browser at a time."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the optional part app")

from starlette.testclient import TestClient

from seethrough.app.house import House, open_house
from seethrough.app.networks import Given
from seethrough.app.routes import create

SMALL = "mnist-cnn"
PORT = 8765
HERE = f"http://127.0.0.1:{PORT}"
SOCKET = f"ws://127.0.0.1:{PORT}/api/work"
Do = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return open_house(Given(SMALL, device="cpu"), [], tmp_path_factory.mktemp("dreams"))


def browser(house: House) -> TestClient:
    """Open a browser of its own on the server, as its page would: with a cookie."""
    client = TestClient(create(house, "127.0.0.1", PORT), base_url=HERE, raise_server_exceptions=False)
    assert client.get("/api/start").status_code == 200
    return client


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with browser(house) as opened:
        yield opened


def messages(client: TestClient, request: Any, *, at: dict[int, str] | None = None) -> list[dict[str, Any]]:
    """Ask for a job and return all that is said of it; `at` says what the browser wants from which step on."""
    heard: list[dict[str, Any]] = []
    wanted = dict(at or {})
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json(request)
        while not heard or heard[-1]["is"] not in ("done", "mistake"):
            heard.append(socket.receive_json())
            step = heard[-1].get("done") if heard[-1]["is"] == "step" else None
            if step in wanted:
                socket.send_json({"do": wanted.pop(step)})
    return heard


def make(client: TestClient, verb: str, method: str, *, net: str = SMALL, photo: str = "cat", **more: Any) -> Any:
    """Do a job to its end and return what was made."""
    last = messages(client, {"verb": verb, "method": method, "net": net, "photo": photo, **more})[-1]
    assert last["is"] == "done", last
    return last["made"]
