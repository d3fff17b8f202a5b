import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.frame import Box
from seethrough.networks.network import Network
from seethrough.study import shelf
from seethrough.study.features import features
from seethrough.study.load_features import load_features
from tests.nets import small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.study.sets import in_files, in_memory, pixels_of


def passes(network: Network) -> list[int]:
    """Count from now on how many pictures go through."""
    assert network.layers
    seen: list[int] = []
    network.module.conv1.register_forward_hook(lambda part, inputs, output: seen.append(len(inputs[0])))
    return seen


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_every_row_is_what_the_layer_gives_for_that_picture(batch: int) -> None:
    network, data = small_cnn(), in_memory()
    found = features(network, data, batch=batch)
    with torch.no_grad():
        maps = network.read(pixels_of(data), "relu#2")["relu#2"]
    torch.testing.assert_close(found.values, maps.mean((2, 3)))
    assert found.shape == (12,) and len(found) == found.total == 12 and found.broken == ()
    assert torch.equal(found.labels, data.labels) and found.places.tolist() == list(range(12))
    assert found.names[7] == "random 7" and found.classes == data.classes
    assert found.layer == "input of head" and found.network == "small-cnn" and found.method == "study.features"
    whole = features(network, data, layer="conv2", pool=False, batch=batch)
    torch.testing.assert_close(whole.values, maps)


def test_precision_is_the_networks_or_half() -> None:
    network, data = small_cnn(), in_memory(4)
    rows = features(network, data)
    half = features(network, data, half=True)
    assert half.values.dtype == torch.float16
    torch.testing.assert_close(half.values.float(), rows.values, rtol=1e-3, atol=1e-4)
    network.module.double()
    assert features(network, data).values.dtype == torch.float64
    torch.testing.assert_close(features(network, data, normalise=True).values.norm(dim=1), torch.ones(4).double())


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_networks_and_any_photo_work(channels: int) -> None:
    network = small_cnn(channels, size=(24, 33))
    found = features(network, in_memory(5, size=(61, 30)), regions="2x3")
    assert found.values.shape == (5, 6, 12) and found.values.isfinite().all()


def test_a_broken_picture_is_left_out_named_and_counted(tmp_path: Path) -> None:
    data, whole = in_files(tmp_path / "some", broken=(0, 4, 11)), in_files(tmp_path / "all")
    network = small_cnn()
    expected = features(network, whole)
    good = [place for place in range(12) if place not in (0, 4, 11)]
    for out in (None, tmp_path / "out"):
        found = features(network, data, batch=2, folder=out)
        assert found.places.tolist() == good and found.total == 12
        torch.testing.assert_close(found.values, expected.values[good])
        assert torch.equal(found.labels, data.labels[good])
        assert [line.partition(":")[0] for line in found.broken] == ["00.png", "04.png", "11.png"]
        assert found.line().endswith("; 3 pictures could not be read: 00.png, 04.png, 11.png")


def test_steps_say_how_far_it_is_and_how_fast() -> None:
    network, data = small_cnn(), in_memory(10)
    seen = []
    run(
        features.job(network, data, batch=4), lambda step: seen.append((step.done, step.total, step.values["images/s"]))
    )
    assert [one[:2] for one in seen] == [(4, 10), (8, 10), (10, 10)] and all(one[2] > 0 for one in seen)
    stopped = run(features.job(network, data, batch=4), lambda step: step.done == 8)
    torch.testing.assert_close(stopped.values, features(network, data).values[:8])
    assert stopped.total == 10 and "8 of 10 pictures" in stopped.line()
    peeked = []
    run(features.job(network, data, batch=4), lambda step: peeked.append(len(step.peek())))
    assert peeked == [4, 8, 10]


@pytest.mark.parametrize("stop_at", [2, 4, 6, 10])
def test_stopped_and_called_again_it_does_nothing_twice(
    stop_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PICTURES", 4)
    network, data = small_cnn(), in_files(tmp_path / "photos", broken=(3,))
    expected, seen = features(network, data), passes(network)
    part = run(features.job(network, data, batch=2, folder=tmp_path / "out"), lambda step: step.done >= stop_at)
    assert part == load_features(tmp_path / "out") and len(part) < 11
    found = features(network, data, batch=3, folder=tmp_path / "out")
    assert sum(seen) == 11
    torch.testing.assert_close(found.values, expected.values)
    assert (found.names, found.broken) == (expected.names, expected.broken)
    again = features(network, data, folder=tmp_path / "out")
    assert sum(seen) == 11 and again == found == load_features(tmp_path / "out")


KILLED = """
import sys, time
from pathlib import Path
from seethrough.study import shelf
from seethrough.study.features import features
from tests.nets import small_cnn
from tests.study.sets import in_memory
shelf.PICTURES = 4
for step in features.job(small_cnn(), in_memory(40), batch=2, folder=sys.argv[1]):
    time.sleep(0.02)
"""


def test_killed_at_any_moment_it_goes_on_to_the_same_rows(tmp_path: Path) -> None:
    expected = features(small_cnn(), in_memory(40), batch=2)
    out = tmp_path / "out"
    for shards in (1, 2, 4, 6, 8):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(out)], cwd=Path(__file__).parents[2])
        while len(list(out.glob("shard-*"))) < shards and child.poll() is None:
            time.sleep(0.005)
        time.sleep(0.003 * shards)  # now while it writes, now while it works
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        done = load_features(out)
        assert shards * 4 <= len(done) < 40
        assert torch.equal(done.values, expected.values[: len(done)])
    found = features(small_cnn(), in_memory(40), batch=2, folder=out)
    assert torch.equal(found.values, expected.values)


def test_a_folder_of_other_work_is_refused_in_one_line(tmp_path: Path) -> None:
    network, data, out = small_cnn(), in_memory(6), tmp_path / "out"
    features(network, data, folder=out)
    kept = {path: path.read_bytes() for path in out.iterdir()}
    others = [
        (small_cnn(), data, {"layer": "relu"}, "layer is 'input of head' there, and 'relu' here"),
        (small_cnn(seed=1), data, {}, "weights is"),
        (network, in_memory(6, classes=2), {}, "other classes"),
        (network, in_memory(7), {}, "other labels"),
        (network, data, {"half": True}, "half is False there, and True here"),
        (network, data, {"normalise": True}, "normalise is False"),
    ]
    for other, some, settings, says in others:
        with pytest.raises(UserError, match=says):
            features(other, some, folder=out, **settings)
    assert {path: path.read_bytes() for path in out.iterdir()} == kept
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("words")
    with pytest.raises(UserError, match="holds other files"):
        features(network, data, folder=tmp_path / "full")
    with pytest.raises(UserError, match="is a file"):
        features(network, data, folder=tmp_path / "full" / "thesis.tex")


def test_all_settings_that_matter_are_in_the_index(tmp_path: Path) -> None:
    box = Box(0, 0, 20, 28)
    features(small_cnn(), in_memory(4), layer="relu", regions=[box], half=True, folder=tmp_path / "out")
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert index["regions"] == [[0, 0, 20, 28]] and index["layer"] == "relu" and index["half"]
    assert load_features(tmp_path / "out").settings["regions"] == [[0, 0, 20, 28]]


def test_the_network_and_the_random_state_are_left_as_they_were() -> None:
    network, data = small_cnn(), in_memory(6)
    network.module.train()
    before, state = snapshot(network), torch.random.get_rng_state()
    features(network, data)
    work = features.job(network, data, batch=2)
    next(work)
    assert_same(dict(before), snapshot(network))
    work.close()
    assert_same(dict(before), snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_bad_input_is_answered_in_one_line() -> None:
    network, data = small_cnn(), in_memory(4)
    with pytest.raises(UserError, match="closest: conv1"):
        features(network, data, layer="conv11")
    with pytest.raises(UserError, match="batch is 0"):
        features(network, data, batch=0)
    with pytest.raises(UserError, match="such as 3x3"):
        features(network, data, regions="many")
