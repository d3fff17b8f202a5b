import io
import threading
import time

import pytest
from PIL import Image
from starlette.testclient import TestClient

from seethrough import dream, fool, load, photo, see
from seethrough.app.asked import TABLES, runs_here
from seethrough.app.house import House
from seethrough.cli.app import app as cli  # noqa: F401  (commands are read as it would read them)
from seethrough.jobs import JobFunction
from seethrough.results.store import load_result
from seethrough.tables import Method
from tests.labs.commands import assert_command_parses

from .conftest import SMALL, SOCKET, browser, make, messages

NETS = {
    "templates": "cifar10-linear",
    "mix": "cifar10-linear",
    "cam": "efficientnet-lite0",
    "cam_sheet": "efficientnet-lite0",
}
"""What takes a network of a certain kind."""
SPATIAL = ("deepdream", "style", "texture", "caricature", "invert")
ROWS = [(verb, method) for verb, table in TABLES.items() for method in table.values() if runs_here(method)]
FEW = {
    "steps": 2,
    "samples": 2,
    "masks": 4,
    "searches": 1,
    "stages": 1,
    "octaves": 1,
    "points": 3,
    "size": 48,
    "count": 2,
}


def few(method: Method) -> dict[str, object]:
    """Return settings with which a method is done soon."""
    chosen = {setting.name: FEW[setting.name] for setting in method.settings if setting.name in FEW}
    if method.name == "sweep":
        chosen = {"rows": "rate=0.01,0.03", "columns": "steps=1,2"}
    if method.name == "atlas":
        chosen |= {"units": "0-1"}
    if method.name == "curve":
        chosen |= {"eps": "0,0.1", "steps": 1}
    if method.name == "compare":
        chosen = {"methods": "gradient,grad-cam", "steps": 2}
    return chosen


def given(method: Method, network, photos: str) -> dict[str, object]:  # type: ignore[no-untyped-def]
    layers = [name for name, row in network.layers.items() if row.spatial]
    found: dict[str, object] = {}
    for need in method.needs:
        if need in ("dreamt", "one dreamt"):
            found["classes"] = [3] if need == "dreamt" else 3
        if need == "units":
            found["units"] = [f"{layers[0]}:1"]
        if need in ("layer", "one layer"):
            found["layer"] = layers[-1] if method.name != "filters" else layers[0]
        if need == "layers" and method.name in SPATIAL:
            found["layers"] = layers[0]
        if need in ("styles", "paintings"):
            found["styles"] = ["rocket"]
        if need in ("to", "goal"):
            found["to"] = [5]
    return found


@pytest.mark.parametrize(("verb", "method"), ROWS, ids=[f"{verb}-{method.command}" for verb, method in ROWS])
def test_every_method_of_the_tables_can_be_asked_for(client: TestClient, verb: str, method: Method) -> None:
    name = NETS.get(method.name, SMALL)
    network = load(name, device="cpu")
    asked = {"verb": verb, "method": method.command, "net": name, "photo": "cat", "settings": few(method)}
    asked["given"] = given(method, network, "cat")
    if "heatmap" in method.needs:
        asked["given"]["of"] = make(client, "see", "gradient")["id"]
    if method.name == "survival":
        asked["given"]["of"] = make(client, "fool", "fgsm", settings={"eps": "0.5"})["id"]
    heard = messages(client, asked)
    assert heard[-1]["is"] == "done", heard[-1]
    made = heard[-1]["made"]
    assert made["kind"] == method.makes
    assert heard[0]["is"] in ("waiting", "started")
    steps = [one for one in heard if one["is"] == "step"]
    assert all(0 <= step["done"] <= step["total"] for step in steps)
    for line in made["command"].splitlines():
        assert_command_parses(line)
    assert client.get(made["figure"]).content[1:4] == b"PNG"
    assert client.get(f"/api/made/{made['id']}").json() == made
    for address in pictures_in(made):
        assert client.get(address).headers["content-type"] in ("image/png", "image/webp"), address


def pictures_in(told: object) -> list[str]:
    if isinstance(told, dict):
        return [one for value in told.values() for one in pictures_in(value)]
    if isinstance(told, list):
        return [one for value in told for one in pictures_in(value)]
    return (
        [told]
        if isinstance(told, str) and told.startswith("/api/") and not told.endswith((".safetensors", "/"))
        else []
    )


@pytest.mark.parametrize("method", [dream.class_, fool.pgd, see.occlusion], ids=["dream", "fool", "see"])
def test_what_is_made_is_what_python_makes(client: TestClient, method: JobFunction, tmp_path) -> None:  # type: ignore[no-untyped-def, type-arg]
    network = load(SMALL, device="cpu")
    pixels = network.frame(photo("cat"))
    if method is dream.class_:
        right = dream.class_(network, [3], steps=4)
        made = make(client, "dream", "class", given={"classes": [3]}, settings={"steps": 4})
    elif method is fool.pgd:
        right = fool.pgd(network, pixels, to=[5], eps="0.3", steps=3)
        made = make(client, "fool", "pgd", given={"to": [5]}, settings={"eps": "0.3", "steps": 3})
    else:
        right = see.occlusion(network, pixels, [3])
        made = make(client, "see", "occlusion", given={"classes": 3})
    place = tmp_path / "made.safetensors"
    place.write_bytes(client.get(made["result"]).content)
    found = load_result(place)
    held = right.values if made["kind"] == "Heatmap" else right.images
    assert (found.values if made["kind"] == "Heatmap" else found.images).equal(held)  # type: ignore[attr-defined]
    assert found.settings["command"] == made["command"]


def test_photos_of_ones_own_are_files_in_the_command(client: TestClient) -> None:
    written = io.BytesIO()
    Image.linear_gradient("L").save(written, "PNG")
    own = client.post("/api/photos", content=written.getvalue(), params={"name": "my leaf.jpg"}).json()["id"]
    made = make(client, "dream", "class", given={"classes": [3], "start": own}, settings={"steps": 1})
    assert made["command"] == "seethrough dream class 3 --start 'my leaf.png' --steps 1 --net mnist-cnn"
    assert make(client, "see", "gradient", photo=own)["command"] == (
        "seethrough see gradient 'my leaf.png' --net mnist-cnn"
    )


def test_a_job_that_is_stopped_keeps_what_there_is(client: TestClient) -> None:
    asked = {"verb": "dream", "method": "class", "net": SMALL, "given": {"classes": [3]}, "settings": {"steps": 5000}}
    heard = messages(client, asked, at={3: "stop"})
    made = heard[-1]["made"]
    assert made["stopped"]
    assert 3 <= max(step["done"] for step in heard if step["is"] == "step") < 5000
    assert len(made["traces"][0]["values"]) < 5000


def test_a_job_can_pause_and_go_on(client: TestClient) -> None:
    asked = {"verb": "dream", "method": "class", "net": SMALL, "given": {"classes": [3]}, "settings": {"steps": 60}}
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json(asked)
        while socket.receive_json()["is"] != "step":
            pass
        socket.send_json({"do": "pause"})
        while (said := socket.receive_json())["is"] != "paused":
            assert said["is"] == "step" and said["done"] < 60
        assert client.get("/api/guesses", params={"net": SMALL, "photo": "cat"}).status_code == 200
        socket.send_json({"do": "go on"})
        heard = [socket.receive_json()]
        while heard[-1]["is"] != "done":
            heard.append(socket.receive_json())
    assert heard[0]["is"] == "started"
    unbroken = make(client, "dream", "class", given={"classes": [3]}, settings={"steps": 60})
    assert heard[-1]["made"]["traces"] == unbroken["traces"]


def test_a_closed_tab_ends_its_job(client: TestClient, house: House) -> None:
    asked = {
        "verb": "dream",
        "method": "class",
        "net": SMALL,
        "given": {"classes": [3]},
        "settings": {"steps": 100_000},
    }
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json(asked)
        while socket.receive_json()["is"] != "step":
            pass
        assert len(house.line._running) == 1
    end = time.monotonic() + 10
    while house.line._running and time.monotonic() < end:
        time.sleep(0.02)
    assert not house.line._running and not house.line._waiting
    assert not [thread for thread in threading.enumerate() if thread.name == "job" and thread.is_alive()]


def test_no_trace_is_left_on_the_network(client: TestClient, house: House) -> None:
    module = house.networks.get(SMALL).module
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    make(
        client,
        "dream",
        "unit",
        given={"units": [f"{next(iter(house.networks.get(SMALL).layers))}:1"]},
        settings={"steps": 3},
    )
    make(client, "fool", "fgsm", settings={"eps": "0.2"})
    assert all(weight.equal(before[name]) for name, weight in module.state_dict().items())
    assert not any(part._forward_hooks or part._backward_hooks for part in module.modules())


def test_an_attack_is_followed_live(client: TestClient) -> None:
    asked = {
        "verb": "fool",
        "method": "toward",
        "net": SMALL,
        "photo": "cat",
        "given": {"to": [5]},
        "settings": {"step": 0.2},
    }
    heard = messages(client, asked)
    shown = [step for step in heard if step["is"] == "step" and "guesses" in step]
    assert shown and shown[0]["frames"][0].startswith("data:image/png;base64,")
    assert {"5", str(heard[-1]["made"]["fooling"][0]["before"]["label"])} <= {
        one["label"] for one in shown[0]["guesses"]
    }
    assert shown[0]["done"] == 0 and shown[0]["largest"] == 0
    assert shown[-1]["noise"].startswith("data:image/png") and shown[-1]["largest"] > 0
    last = {one["label"]: one["probability"] for one in shown[-1]["guesses"]}
    assert last["5"] == pytest.approx(heard[-1]["made"]["fooling"][0]["after"]["probability"], rel=1e-4)
    assert set(heard[-1]["made"]["chances"]) >= {"5"}


def test_an_attack_keeps_to_what_was_drawn(client: TestClient, tmp_path) -> None:  # type: ignore[no-untyped-def]
    drawn, written = Image.new("L", (28, 28), 0), io.BytesIO()
    drawn.paste(255, (0, 0, 14, 28))
    drawn.save(written, "PNG")
    mask = client.post("/api/masks", content=written.getvalue()).json()["id"]
    made = make(client, "fool", "pgd", given={"away": True, "mask": mask}, settings={"eps": "0.5"})
    place = tmp_path / "made.safetensors"
    place.write_bytes(client.get(made["result"]).content)
    found = load_result(place)
    moved = (found.images - found.originals).abs()[0, 0]  # type: ignore[attr-defined]
    assert float(moved[:, :14].max()) > 0 and float(moved[:, 14:].max()) == 0
    assert "--mask mask.png" in made["command"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([], "request: it should be an object"),
        ({}, "verb: it is missing"),
        ({"verb": "sea"}, "verb 'sea' is not known; closest: see"),
        ({"verb": "see", "method": "grad_cham"}, "closest: grad-cam"),
        ({"verb": "see", "method": "gradient"}, "photo: it is missing"),
        ({"verb": "see", "method": "gradient", "photo": "dog"}, "photo 'dog' is not known"),
        ({"verb": "see", "method": "gradient", "photo": "cat", "net": "/etc"}, "network '/etc' is not known"),
        ({"verb": "see", "method": "rise", "photo": "cat", "settings": {"masks": 0}}, "masks: 0 does not fit"),
        ({"verb": "see", "method": "rise", "photo": "cat", "settings": {"mask": 1}}, "setting of rise 'mask'"),
        ({"verb": "see", "method": "rise", "photo": "cat", "settings": []}, None),
        ({"verb": "see", "method": "rise", "photo": "cat", "settings": [1]}, "settings: they should be"),
        ({"verb": "see", "method": "gradient", "photo": "cat", "given": {"layer": "x"}}, "given of gradient 'layer'"),
        ({"verb": "see", "method": "gradient", "photo": "cat", "given": {"classes": {"a": 1}}}, "classes: "),
        ({"verb": "see", "method": "gradient", "photo": "cat", "given": {"classes": 99}}, "out of range"),
        ({"verb": "see", "method": "deletion_insertion", "photo": "cat"}, "of: deletion-insertion is of a heat map"),
        (
            {"verb": "dream", "method": "class", "given": {"classes": [1]}, "settings": {"size": 4000}},
            "too much for the page",
        ),
        ({"verb": "dream", "method": "class", "given": {"classes": ["1"] * 65}}, "too many"),
        (
            {"verb": "dream", "method": "class", "given": {"classes": [1] * 9}, "settings": {"size": 1000}},
            "pixels of all images together: 9,000,000 is too much for the page",
        ),
        (
            {
                "verb": "dream",
                "method": "class",
                "given": {"classes": [1, 2]},
                "settings": {"diversity": 16, "each": 3},
            },
            "diversity (images times views of each): 96",
        ),
        (
            {"verb": "dream", "method": "sweep", "given": {"classes": 1}, "settings": {"rows": "each=2,256"}},
            "each in rows: 256 is too much",
        ),
        (
            {
                "verb": "dream",
                "method": "sweep",
                "given": {"classes": 1},
                "settings": {"rows": "rate=" + ",".join(["1"] * 10), "columns": "steps=1,2,3,4,5,6,7"},
            },
            "rows times columns: 70 is too much",
        ),
        (
            {"verb": "dream", "method": "atlas", "given": {"layer": "conv1"}, "settings": {"units": "0-9,20-99"}},
            "words of units: 90 is too much",
        ),
        (
            {"verb": "fool", "method": "clip-ascent", "photo": "cat", "settings": {"on": "logit," * 70}},
            "letters are too many",
        ),
        (
            {"verb": "fool", "method": "clip-ascent", "photo": "cat", "settings": {"on": "logit," * 9}},
            "words of on: 10 is too much",
        ),
        (
            {"verb": "fool", "method": "deepfool", "photo": "cat", "settings": {"candidates": 1000}},
            "candidates: 1,000 is too much",
        ),
        ({"verb": "dream", "method": "class", "given": {"classes": [1], "start": "own-x"}}, "another browser"),
        ({"verb": "fool", "method": "pgd", "photo": "cat", "given": {"mask": "x"}}, "draw it again"),
        ({"verb": "fool", "method": "pgd", "photo": "cat", "given": {"away": "yes"}}, "away: it takes true or false"),
        ({"verb": "fool", "method": "pgd", "photo": "cat", "settings": {"eps": "much"}}, "eps"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(client: TestClient, asked: object, says: str | None) -> None:
    last = messages(client, asked)[-1]
    if says is None:
        assert last["is"] == "done"
    else:
        assert last["is"] == "mistake" and says in last["says"] and "\n" not in last["says"]


def test_a_request_that_is_no_json_ends_the_socket_and_nothing_else(client: TestClient, house: House) -> None:
    with client.websocket_connect(SOCKET) as socket:
        socket.send_text("{")
        assert socket.receive()["type"] == "websocket.close"
    assert make(client, "see", "gradient")["kind"] == "Heatmap"


def test_who_shows_no_cookie_is_told_to_load_the_page(client: TestClient) -> None:
    client.cookies.clear()
    with client.websocket_connect(SOCKET) as socket:
        assert "load it anew" in socket.receive_json()["says"]


def test_a_wrong_request_is_said_before_its_turn(client: TestClient, house: House) -> None:
    tickets = [house.line.enter() for _ in range(house.line.most)]
    try:
        assert "closest: see" in messages(client, {"verb": "sea"})[-1]["says"]
    finally:
        for ticket in tickets:
            house.line.leave(ticket)


def test_a_full_line_is_said_in_words(house: House) -> None:
    tickets = [house.line.enter() for _ in range(house.line.most)]
    try:
        with browser(house) as client:
            assert "busy" in messages(client, {"verb": "see", "method": "gradient", "photo": "cat"})[-1]["says"]
    finally:
        for ticket in tickets:
            house.line.leave(ticket)


def test_the_page_to_keep_holds_all_that_was_made(client: TestClient) -> None:
    made = [make(client, "see", "gradient"), make(client, "fool", "fgsm", settings={"eps": "0.3"})]
    page = client.get("/api/page.html", params={"made": ",".join(one["id"] for one in made)})
    assert page.headers["content-disposition"].startswith("attachment")
    for one in made:
        assert one["command"] in page.text
    assert page.text.count("data:image/") == 2 and "<script" not in page.text
    assert "nothing is named" in client.get("/api/page.html", params={"made": ""}).json()["says"]


def test_two_maps_are_compared_by_rank(client: TestClient) -> None:
    one, other = make(client, "see", "gradient")["id"], make(client, "see", "grad_cam")["id"]
    assert client.get("/api/alike", params={"one": one, "other": one}).json()["alike"] == pytest.approx(1)
    assert -1 <= client.get("/api/alike", params={"one": one, "other": other}).json()["alike"] < 0.999
    attack = make(client, "fool", "fgsm", settings={"eps": "0.3"})["id"]
    assert "two heat maps" in client.get("/api/alike", params={"one": one, "other": attack}).json()["says"]
