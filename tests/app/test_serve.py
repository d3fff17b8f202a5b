"""The server as a process: it answers, ends by Ctrl-C, and says in one line why it cannot begin."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch

from seethrough import datasets, load, study
from seethrough.app.networks import Given
from seethrough.app.serve import serve
from seethrough.cli import run
from seethrough.errors import UserError

SEETHROUGH = str(Path(sys.executable).with_name("seethrough"))


def test_it_answers_and_ends_by_ctrl_c() -> None:
    command = [SEETHROUGH, "app", "--port", "0", "--net", "mnist-cnn"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        address = said.split(" at ")[1].split()[0]
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}api/start", timeout=30) as answer:
            assert json.load(answer)["net"] == "mnist-cnn"
        foreign = urllib.request.Request(f"{address}api/start", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(foreign, timeout=30)
        assert refused.value.code == 400
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
        assert server.stderr is not None and server.stderr.read() == ""
    finally:
        server.kill()
        server.wait()


def test_a_port_that_is_taken_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["app", "--port", str(port), "--net", "mnist-cnn"]) == 2
    said = capsys.readouterr().err
    assert f"port {port} at 127.0.0.1 cannot be had" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--net", "mnist-cmm"], "closest: mnist-cnn"),
        (["--port", "70000"], "65535"),
        (["--host", "nowhere.invalid"], "cannot be had"),
        (["--study", "nothing.safetensors"], "nothing.safetensors"),
    ],
)
def test_what_does_not_fit_ends_it_before_it_begins(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["app", "--port", "0", *words]) == 2
    assert says in " ".join(capsys.readouterr().err.split())


def test_a_study_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    network = load("mnist-cnn", device="cpu")
    place = network.classify(torch.rand(1, 1, 28, 28)).save(tmp_path / "guesses.safetensors")
    with pytest.raises(UserError, match="holds a Guesses"):
        serve(Given("mnist-cnn"), port=0, studies=[place])


def test_a_study_of_patches_is_shown_with_its_units(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    from seethrough.app.house import open_house
    from seethrough.app.routes import create

    network = load("mnist-cnn", device="cpu")
    layer = next(name for name, row in network.layers.items() if row.spatial)
    found = study.patches(network, datasets.load("digits", "test"), units=layer, top=3)
    place = found.save(tmp_path / "patches.safetensors")
    house = open_house(Given("mnist-cnn", device="cpu"), [place], tmp_path)
    client = TestClient(create(house, "127.0.0.1", 8765), base_url="http://127.0.0.1:8765")
    told = client.get("/api/unit", params={"net": "mnist-cnn", "photo": "cat", "layer": layer, "unit": 2}).json()
    assert [patch["value"] for patch in told["patches"]] == pytest.approx(found.layers[0].values[2].tolist())
    assert told["patches_of"] == "digits" and {patch["shows"] for patch in told["patches"]} <= set("0123456789")
    assert client.get(told["patches"][0]["picture"]).content[1:4] == b"PNG"
