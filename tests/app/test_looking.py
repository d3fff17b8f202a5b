import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient

from seethrough import load, photo, see
from seethrough.app.house import House
from seethrough.app.inside import unit_of
from seethrough.app.networks import Given, Networks
from seethrough.networks.network import Network
from tests.labs.commands import assert_command_parses

from .conftest import SMALL, browser, make

WORDS = {"net": SMALL, "photo": "cat"}


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.fixture(scope="module")
def network():  # type: ignore[no-untyped-def]
    return load(SMALL, device="cpu")


@pytest.fixture(scope="module")
def pixels(network):  # type: ignore[no-untyped-def]
    return network.frame(photo("cat"))


def test_the_network_is_told_layer_by_layer(client: TestClient, network) -> None:  # type: ignore[no-untyped-def]
    told = client.get("/api/network", params={"net": SMALL}).json()
    assert [layer["name"] for layer in told["layers"]] == list(network.layers)
    assert told["size"] == [28, 28] and told["channels"] == 1 and told["classes"] == 10
    assert told["parameters"] == sum(weight.numel() for weight in network.module.parameters())
    depths = [layer["depth"] for layer in told["layers"]]
    assert depths == sorted(depths) and depths[-1] == 1


def test_guesses_are_those_of_the_network(client: TestClient, network, pixels) -> None:  # type: ignore[no-untyped-def]
    told = client.get("/api/guesses", params=WORDS | {"top": 3}).json()
    right = network.classify(pixels, top=3).rows[0]
    assert [(one["label"], pytest.approx(one["probability"])) for one in told] == [
        (one.label, one.probability) for one in right
    ]


def test_units_of_every_layer_are_what_the_network_computes(client: TestClient, network, pixels) -> None:  # type: ignore[no-untyped-def]
    for layer, row in network.layers.items():
        told = client.get("/api/units", params=WORDS | {"layer": layer}).json()
        with torch.no_grad():
            output = network.read(pixels, layer)[layer][0]
        maps = output.flatten(1) if row.spatial else output[:, None]
        assert told["mean"] == pytest.approx(maps.mean(1).tolist(), rel=1e-3, abs=1e-5)
        assert told["peak"] == pytest.approx(maps.amax(1).tolist(), rel=1e-3, abs=1e-5)
        assert (told["sprite"] is not None) == row.spatial
        strongest = int(maps.mean(1).argmax())
        unit = client.get("/api/unit", params=WORDS | {"layer": layer, "unit": strongest}).json()
        assert unit["rank"] == 1 and unit["name"] == f"{layer}:{strongest}"
    assert told["labels"] == list(network.labels.names)


def test_each_map_stands_in_its_place_in_the_sprite(client: TestClient, network, pixels) -> None:  # type: ignore[no-untyped-def]
    layer = next(name for name, row in network.layers.items() if row.spatial)
    told = client.get("/api/units", params=WORDS | {"layer": layer}).json()
    levels = np.asarray(opened(client.get(told["sprite"]).content))
    tall, wide = told["tile"]
    with torch.no_grad():
        maps = network.read(pixels, layer)[layer][0]
    for unit in range(told["units"]):
        top, left = unit // told["columns"] * tall, unit % told["columns"] * wide
        tile = levels[top : top + tall, left : left + wide].astype(float)
        one = maps[unit].numpy()
        right = (one - one.min()) / max(float(one.max() - one.min()), 1e-12) * 255
        assert one.shape == (tall, wide)
        assert np.abs(tile - right).max() <= 0.51


def test_the_peak_of_a_unit_is_where_its_map_is_hottest(client: TestClient, network, pixels) -> None:  # type: ignore[no-untyped-def]
    layer = next(name for name, row in network.layers.items() if row.spatial)
    with torch.no_grad():
        maps = network.read(pixels, layer)[layer][0]
    unit = int(maps.amax((1, 2)).argmax())
    told = client.get("/api/unit", params=WORDS | {"layer": layer, "unit": unit}).json()
    y, x = (int(share * side) for share, side in zip(told["at"], maps.shape[1:], strict=True))
    assert float(maps[unit, y, x]) == float(maps[unit].max())
    drawn = opened(client.get(told["map"]).content)
    assert drawn.mode == "RGBA" and drawn.size == (28, 28)


def test_the_gradients_of_a_unit_are_those_of_see(client: TestClient, network, pixels) -> None:  # type: ignore[no-untyped-def]
    layer = next(name for name, row in network.layers.items() if row.spatial)
    told = client.get("/api/units", params=WORDS | {"layer": layer}).json()
    unit = int(np.argmax(told["mean"]))
    addresses = client.get("/api/unit", params=WORDS | {"layer": layer, "unit": unit}).json()["gradients"]
    for way, method in (("plain", see.gradient), ("guided", see.guided_backprop), ("deconv", see.deconvnet)):
        drawn = np.asarray(opened(client.get(addresses[way]).content)).astype(float) / 255
        right = method(network, pixels, unit=f"{layer}:{unit}").about_grey(0)[0].numpy()
        assert np.abs(drawn - right).max() <= 0.51 / 255


def test_why_there_is_no_gradient_is_said_in_words(client: TestClient) -> None:
    layers = client.get("/api/network", params={"net": SMALL}).json()["layers"]
    after = next(layer for layer in layers if layer["kind"] == "ReLU")
    units = client.get("/api/units", params=WORDS | {"layer": after["name"]}).json()
    silent = [unit for unit, peak in enumerate(units["peak"]) if peak == 0]
    assert silent
    words = WORDS | {"layer": after["name"], "unit": silent[0]}
    answer = client.get("/api/gradient", params=words)
    assert answer.status_code == 200 and "nothing comes back" in answer.json()["says"]


def test_a_layer_of_numbers_has_no_maps(client: TestClient) -> None:
    layer = client.get("/api/network", params={"net": SMALL}).json()["layers"][-1]["name"]
    unit = client.get("/api/unit", params=WORDS | {"layer": layer, "unit": 3}).json()
    assert unit["map"] is None and unit["label"] == "3" and unit["at"] is None
    assert "no maps" in client.get("/api/units.png", params=WORDS | {"layer": layer}).json()["says"]


def test_the_first_filters_are_the_weights(client: TestClient, network) -> None:  # type: ignore[no-untyped-def]
    layer = next(name for name, row in network.layers.items() if row.kind == "Conv2d")
    told = client.get("/api/unit", params=WORDS | {"layer": layer, "unit": 2}).json()
    drawn = np.asarray(opened(client.get(told["filters"]).content))
    weights = network.module.get_submodule(layer).weight[2, 0].detach().numpy()
    times = drawn.shape[0] // weights.shape[0]
    assert np.corrcoef(drawn[::times, ::times].flatten(), weights.flatten())[0, 1] > 0.999


@pytest.mark.parametrize(
    ("path", "words", "says"),
    [
        ("units", {"layer": "conv9"}, "layer of mnist-cnn 'conv9' is not known"),
        ("unit", {"layer": "LAST", "unit": 99}, "has units 0 to 9"),
        ("unit", {"layer": "LAST", "unit": -1}, "unit"),
        ("unit", {"layer": "LAST", "unit": "x"}, "unit"),
        ("gradient", {"layer": "LAST", "unit": 1, "way": "up"}, "way 'up' is not known"),
        ("dream.png", {"layer": "LAST", "unit": 1}, "dream: there is none here"),
        ("occlude", {"y": 2, "x": 0, "side": 0.1}, "y is 2"),
        ("occlude", {"y": 0, "x": 0, "side": 0.1, "fill": "pink"}, "fill is 'pink'"),
        ("occlude", {"y": 0, "x": 0, "side": 0.1, "class": 10}, "out of range"),
        ("guesses", {"top": 0}, "top"),
        ("nothing", {}, "nothing at"),
        ("made/abc", {}, "no longer kept"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(client: TestClient, path: str, words: dict[str, str], says: str) -> None:
    last = client.get("/api/network", params={"net": SMALL}).json()["layers"][-1]["name"]
    words = {name: last if value == "LAST" else value for name, value in words.items()}
    answer = client.get(f"/api/{path}", params=WORDS | words)
    assert answer.status_code in (400, 404)
    assert says in answer.json()["says"] and "\n" not in answer.json()["says"]


def test_a_block_laid_on_by_hand_is_what_occlusion_finds_there(client: TestClient, network, pixels) -> None:  # type: ignore[no-untyped-def]
    grid = see.occlusion(network, pixels, block=8, stride=4, fill="grey", on="probability").grid
    assert grid is not None
    for row, column in ((0, 0), (2, 3), (5, 5)):
        middle = {"y": (row * 4 + 4) / 28, "x": (column * 4 + 4) / 28}
        told = client.get("/api/occlude", params=WORDS | middle | {"side": 8 / 28, "fill": "grey"}).json()
        assert told["after"] == pytest.approx(float(grid[0, row, column]), abs=1e-5)
        assert told["before"] == pytest.approx(network.classify(pixels, top=1).rows[0][0].probability, abs=1e-5)
        assert sum(guess["probability"] for guess in told["guesses"]) <= 1.0001


def test_a_dream_of_a_unit_is_there_when_it_is_opened_again(client: TestClient, house: House) -> None:
    network = house.networks.get(SMALL)
    layer = next(iter(network.layers))
    words = {"net": SMALL, "layer": layer, "unit": 1}
    assert client.get("/api/unit", params=WORDS | words).json()["dream"] is None
    made = make(client, "dream", "unit", given={"units": [f"{layer}:1"]})
    address = client.get("/api/unit", params=WORDS | words).json()["dream"]
    assert client.get(address).content == client.get(made["images"][0]["picture"]).content
    assert house.dreams.find(SMALL, network, unit_of(network, layer, 2)) is None


def test_a_dream_by_other_settings_is_not_the_units_own(client: TestClient, house: House) -> None:
    network = house.networks.get(SMALL)
    layer = next(iter(network.layers))
    make(client, "dream", "unit", given={"units": [f"{layer}:3"]}, settings={"steps": 1})
    assert house.dreams.find(SMALL, network, unit_of(network, layer, 3)) is None


def test_the_command_of_a_unit_shows_it(client: TestClient, network) -> None:  # type: ignore[no-untyped-def]
    for layer, row in network.layers.items():
        told = client.get("/api/unit", params=WORDS | {"layer": layer, "unit": 0}).json()
        assert ("feature-maps" if row.spatial else "see gradient") in told["command"]
        assert_command_parses(told["command"])


def test_who_waits_for_a_network_keeps_nobody_else_from_an_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    plain = house.networks.get

    def slow(name: str) -> Network:
        if name == "cifar10-cnn" and not let_go.is_set():
            let_go.wait(20)
        return plain(name)

    monkeypatch.setattr(house.networks, "get", slow)
    with browser(house) as client:
        asked = [
            threading.Thread(target=client.get, args=("/api/network",), kwargs={"params": {"net": "cifar10-cnn"}})
            for _ in range(50)
        ]
        for thread in asked:
            thread.start()
        begun = time.monotonic()
        assert client.get("/").status_code in (200, 500)
        assert client.get("/api/guesses", params=WORDS).status_code == 200
        assert time.monotonic() - begun < 10
        let_go.set()
        for thread in asked:
            thread.join(20)


def test_networks_are_found_by_words(client: TestClient) -> None:
    names = [net["name"] for net in client.get("/api/nets", params={"search": "resnet 18"}).json()]
    assert "torchvision:resnet18" in names and len(names) <= 20
    assert client.get("/api/nets", params={"search": "no such network"}).json() == []


def test_a_network_of_the_command_line_is_offered_first_and_once(tmp_path: Path) -> None:
    networks = Networks(Given("torchvision:resnet18", weights=tmp_path / "resnet18.pth"))
    rows = networks.rows("resnet18")
    assert [row["name"] for row in rows].count("torchvision:resnet18") == 1
    assert rows[0] == {
        "name": "torchvision:resnet18",
        "says": "your own, named on the command line",
        "loaded": False,
    }
    assert all(row["says"] for row in [*networks.rows(), *networks.rows("vgg")])
    assert "your own" not in str(Networks(Given("mnist-cnn")).rows())
