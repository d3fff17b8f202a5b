from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from seethrough.app.guard import MOST_BYTES, POLICY
from seethrough.app.house import House
from seethrough.app.routes import create

from .conftest import HERE, PORT, SOCKET, browser


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", "0.0.0.0:8765", ""])
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert "host" in answer.json()["says"]


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}", f"LocalHost:{PORT}"])
def test_this_machine_by_any_of_its_names_is_served(client: TestClient, host: str) -> None:
    assert client.get("/api/start", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        f"https://127.0.0.1:{PORT}",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "http://[::1",
        "*",
    ],
)
def test_another_origin_is_refused(client: TestClient, origin: str) -> None:
    assert client.get("/api/start", headers={"origin": origin}).status_code == 403
    assert client.post("/api/photos", content=b"x", headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers={"origin": origin}):
        pass


def test_a_picture_on_a_page_elsewhere_is_refused_and_a_link_from_there_is_followed(client: TestClient) -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert client.get("/api/photo.jpg?photo=cat", headers=elsewhere).status_code == 403
    frame = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    assert client.get("/", headers=elsewhere | frame).status_code == 403
    link = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/api/start", headers=elsewhere | link).status_code == 200


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    headers = client.get("/api/start", headers={"origin": HERE}).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY and "http" not in POLICY and "default-src 'none'" in POLICY
    assert headers["x-content-type-options"] == "nosniff"


def test_a_large_request_is_refused_before_and_while_it_is_read(client: TestClient) -> None:
    assert client.post("/api/photos", content=b"0" * (MOST_BYTES + 1)).status_code == 413
    unsaid = client.post("/api/photos", content=(b"0" * 1_000_000 for _ in range(MOST_BYTES // 1_000_000 + 2)))
    assert unsaid.status_code == 413
    assert "larger" in unsaid.json()["says"]


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/..%2f..%2fpyproject.toml",
        "/%2e%2e/%2e%2e/routes.py",
        "//etc/passwd",
        "/etc/passwd",
        "/routes.py",
        "/assets/../../routes.py",
    ],
)
def test_no_path_reaches_the_files_of_this_machine(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("name", ["photo", "net"])
@pytest.mark.parametrize("said", ["/etc/passwd", "../cat", "~/x", "python:os:getcwd", "timm:../../x", "https://a.b/c"])
def test_no_name_becomes_a_path_or_an_import(client: TestClient, name: str, said: str, tmp_path: Path) -> None:
    words = {"photo": "cat", "net": "mnist-cnn"} | {name: said}
    answer = client.get("/api/guesses", params=words)
    assert answer.status_code == 400
    assert "is not known" in answer.json()["says"]


def test_a_folder_of_a_training_is_no_network_unless_the_person_named_it(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    assert client.get("/api/network", params={"net": str(tmp_path)}).status_code == 400


def test_a_bug_in_one_request_is_said_in_words_and_hurts_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with browser(house) as client:
        monkeypatch.setattr("seethrough.app.looking.network_told", lambda network: 1 / 0)
        broken = TestClient(create(house, "127.0.0.1", PORT), base_url=HERE, raise_server_exceptions=False)
        answer = broken.get("/api/network", params={"net": "mnist-cnn"})
        assert answer.status_code == 500 and "wrong inside" in answer.json()["says"]
        assert "Traceback" not in answer.text
        assert client.get("/api/guesses", params={"net": "mnist-cnn", "photo": "cat"}).status_code == 200
