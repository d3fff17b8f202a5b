import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import seethrough
from seethrough.cli import complete, run
from seethrough.cli.command import _to_the_end
from seethrough.images import sample_path


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_version_and_help_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, "--version") == (0, f"seethrough {seethrough.__version__}\n", "")
    code, out, _ = answered(capsys, "--help")
    assert code == 0
    for command in ("inspect", "classify", "layers", "nets", "photos"):
        assert command in out
        code, text, _ = answered(capsys, command, "--help")
        assert code == 0
        for option in ("--device", "--threads", "--seed", "--quiet"):
            assert option in text


def test_classify_says_what_a_photo_shows(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answered(capsys, "classify", "coffee", "--top", "2", "--quiet")
    assert (code, err) == (0, "")
    assert "espresso" in out and "95.2 %" in out and "cup" in out and "consomme" not in out


def test_classify_prints_json_alone_in_the_order_of_the_photos(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_text("no photo")
    code, out, err = answered(capsys, "classify", "coffee", str(tmp_path / "broken.jpg"), "cat", "--json")
    found = json.loads(out)
    assert code == 2
    assert err.count("\n") == 1 and "broken.jpg" in err
    assert found["net"] == "efficientnet-lite0"
    assert [one["photo"] for one in found["photos"]] == ["coffee", str(tmp_path / "broken.jpg"), "cat"]
    assert "error" in found["photos"][1]
    first = found["photos"][0]["guesses"][0]
    assert (first["index"], first["label"]) == (967, "espresso") and 0.9 < first["probability"] < 1
    assert len(found["photos"][2]["guesses"]) == 5


def test_a_folder_and_a_pattern_stand_for_the_photos_in_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("b.png", "a.png"):
        (tmp_path / name).write_bytes(sample_path("coffee").read_bytes())
    for source in (str(tmp_path), str(tmp_path / "*.png")):
        code, out, _ = answered(capsys, "classify", source, "--json", "--top", "1")
        assert code == 0
        assert [Path(one["photo"]).name for one in json.loads(out)["photos"]] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["classify", "nowhere.jpg"], "nowhere.jpg"),
        (["classify", "coffee", "--net", "efficientnet-lite9"], "closest: efficientnet-lite0"),
        (["classify", "coffee", "--top", "0"], "top"),
        (["classify", "coffee", "--weights", "none.pth"], "none.pth does not exist"),
        (["classify", "coffee", "--device", "cuda:99"], "device 'cuda:99'"),
        (["classify"], "PHOTO"),
        (["clasify"], "classify"),
        (["classify", "coffee", "--tops"], "--top"),
        (["layers", "--net", "python:a:b"], "--trust"),
        (["layers", "--net", "alexnet-caffe"], "bvlc_alexnet.npy"),
        (["nets", "zzzz"], "not known"),
    ],
)
def test_a_mistake_is_one_line_on_stderr_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code, out, err = answered(capsys, *arguments, "--quiet")
    assert (code, out) == (2, "")
    assert words in err and err.count("\n") == 1 and err.startswith("seethrough: ")


def test_a_bug_exits_1_and_shows_its_traceback_only_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyError("inside")

    monkeypatch.setattr("seethrough.cli.nets.names", fail)
    code, _, err = answered(capsys, "nets", "resnet")
    assert code == 1 and "a bug: KeyError" in err and err.count("\n") == 1
    code, _, err = answered(capsys, "nets", "resnet", "--debug")
    assert code == 1 and "Traceback" in err and "in fail" in err


def test_layers_lists_shapes_counts_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "layers")
    assert code == 0
    assert "conv_head" in out and "851 / 32" in out and "4,652,008 parameters" in out
    code, out, _ = answered(capsys, "layers", "--json")
    found = json.loads(out)
    stem = found["layers"][0]
    assert stem["name"] == "conv_stem" and stem["shape"] == [32, 112, 112] and stem["field"]["size"] == [3, 3]
    assert found["totals"]["fully connected"] == {"parameters": 1_281_000, "neurons": 1000}


def test_nets_and_photos_list_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert "efficientnet-lite0" in answered(capsys, "nets")[1]
    assert answered(capsys, "nets", "squeezenet1_0")[1].split() == ["torchvision:squeezenet1_0"]
    assert json.loads(answered(capsys, "nets", "resnet18", "--json")[1])["nets"][0] == "torchvision:resnet18"
    listed = json.loads(answered(capsys, "photos", "--json")[1])["photos"]
    assert [photo["name"] for photo in listed] == ["cat", "coffee", "rocket", "moped"]


def test_the_shell_completes_networks_classes_and_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "torchvision:resnet18" in complete.networks("torchvision:res")
    assert complete.classes("ostr") == ["ostrich"]

    class Context:
        params = {"net": None, "weights": None}  # noqa: RUF012

    assert complete.layers(Context(), "blocks.4.2.conv_d") == ["blocks.4.2.conv_dw"]  # type: ignore[arg-type]
    monkeypatch.setattr("seethrough.networks.zoo.load", None)
    assert "conv_stem" in complete.layers(Context(), "conv_")  # type: ignore[arg-type]


def test_completion_reaches_the_shell() -> None:
    environment = {
        **os.environ,
        "_SEETHROUGH_COMPLETE": "complete_bash",
        "COMP_WORDS": "seethrough classify --net effic",
    }
    environment["COMP_CWORD"] = "3"
    command = Path(sys.executable).with_name("seethrough")
    done = subprocess.run([command], env=environment, capture_output=True, text=True, check=False)
    assert "efficientnet-lite0" in done.stdout.split()


def test_ctrl_c_exits_130_without_a_traceback(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("seethrough")
    # Long work: it must not be done before the signal comes, however busy the machine is.
    worker = subprocess.Popen(
        [command, "dream", "class", "3", "--net", "mnist-cnn", "--steps", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    maps = Path(f"/proc/{worker.pid}/maps")
    end = time.monotonic() + 20
    while time.monotonic() < end and not (maps.exists() and "libtorch" in maps.read_text()):
        time.sleep(0.05 if maps.exists() else 1.5)  # until it is in the middle of loading torch
        if not maps.exists():
            break
    worker.send_signal(signal.SIGINT)
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 130
    assert "Traceback" not in err


def test_ctrl_c_while_libraries_load_is_heard_when_they_are_there() -> None:
    loaded = False
    with pytest.raises(KeyboardInterrupt), _to_the_end():
        os.kill(os.getpid(), signal.SIGINT)
        loaded = True
    assert loaded


def test_a_reader_that_leaves_early_is_no_mistake() -> None:
    command = Path(sys.executable).with_name("seethrough")
    line = f"set -o pipefail; {command} nets res | head -1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr == ""
