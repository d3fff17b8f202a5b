"""The command `train`, on tiny data, with as few epochs as will do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

import seethrough
from seethrough.cli.train import KEEPERS
from seethrough.images import save_image
from seethrough.jobs import Step
from seethrough.tables import Method
from seethrough.train.table import TABLE
from tests.cli.test_commands import answered
from tests.train.sets import class_folders

LINEAR = "--arch linear --epochs 2 --rate 0.01 -q"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder: commands write where they stand."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write little pictures at once: drawing is tried elsewhere."""

    def write(figure: None, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"drawn")
        return path

    monkeypatch.setattr("seethrough.results.store.write_figure", write)
    for draw in (
        "training.Training.figure",
        "training.Training.samples",
        "training_comparison.TrainingComparison.figure",
    ):
        monkeypatch.setattr(f"seethrough.results.{draw}", lambda result: None)


def files(folder: str | Path) -> list[str]:
    return sorted(file.name for file in Path(folder).iterdir())


KEPT = ["card.json", "samples.png", "training.png", "weights.safetensors"]


@pytest.mark.parametrize("method", TABLE.values(), ids=TABLE)
def test_every_method_has_a_command_with_its_settings(method: Method, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "train", method.command, "--help")
    assert code == 0
    for setting in method.settings:
        assert setting.option in out
    for option in ("--data", "--test-share", "--out", "--resume", "--about", "--seed", "--json"):
        assert option in out or method.name == "compare"
    assert ("--sheet" in out) == (method.name == "compare") and set(KEEPERS) == {"sheet", "save"}


def test_a_training_leaves_its_network_card_and_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answered(capsys, *f"train digits {LINEAR}".split())
    assert (code, err) == (0, "") and files("linear-digits") == KEPT
    assert "of 360 test pictures right" in out and "linear-digits/card.json" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["linear", "Linear", "784", "->", "10"] in rows
    assert ["total", "7,850", "parameters", "10", "neurons"] in rows
    assert [row[0] for row in rows if row[-1:] == ["%"] and row[0].isdigit() and len(row) == 3] == list("0123456789")
    card = json.loads(Path("linear-digits/card.json").read_text())
    assert card["command"].startswith("seethrough") and card["arch"] == "linear" and card["data"]["test"] == 360
    for picture in ("training.png", "samples.png"):
        assert min(Image.open(Path("linear-digits") / picture).size) > 300


def test_the_network_it_left_goes_by_its_folder(capsys: pytest.CaptureFixture[str], shown: None) -> None:
    answered(capsys, *f"train digits --out runs/mine {LINEAR}".split())
    digit = seethrough.datasets.load("digits", "test")[0]
    save_image(digit, Path("digit.png"))
    code, out, err = answered(capsys, "classify", "digit.png", "--net", "runs/mine", "--json", "-q")
    assert (code, err) == (0, "") and json.loads(out)["net"] == "mine"
    network = seethrough.load("runs/mine")
    assert str(int(network(digit[None]).argmax())) in out


def test_the_first_command_is_meant_where_none_is_named(capsys: pytest.CaptureFixture[str], shown: None) -> None:
    told = []
    for line in (
        "train fit digits --arch linear --epochs 1 -q --json --out a",
        "train digits --arch linear --epochs 1 -q --json --out b",
        "train --epochs 1 --arch linear -q --json --out c digits",
    ):
        code, out, err = answered(capsys, *line.split())
        assert (code, err) == (0, "")
        told.append(json.loads(out))
    weights = [(Path(name) / "weights.safetensors").read_bytes() for name in "abc"]
    assert weights[0] == weights[1] == weights[2]
    assert (
        told[0]["test_accuracy"] == told[2]["test_accuracy"] and told[0]["curves"]["rate"] == told[1]["curves"]["rate"]
    )
    assert [Path(file).name for file in told[0]["files"]] == [
        "weights.safetensors",
        "card.json",
        "training.png",
        "samples.png",
    ]
    code, out, _ = answered(capsys, "train", "--help")
    assert code == 0 and "compare" in out and "fit" in out


def test_two_runs_are_laid_side_by_side(capsys: pytest.CaptureFixture[str], shown: None) -> None:
    for name, more in (("plain", ""), ("robust", "--against fgsm --eps 8/255 --attacked 20")):
        assert answered(capsys, *f"train digits --out {name} {more} {LINEAR}".split())[0] == 0
    code, out, err = answered(capsys, *"train compare plain robust --sheet both.png --json -q".split())
    assert (code, err) == (0, "") and Path("both.png").stat().st_size > 0
    rows = json.loads(out)["rows"]
    assert [row["run"] for row in rows] == ["plain", "robust"] and rows[0]["robust_accuracy"] is None
    assert rows[1]["robust_accuracy"] == json.loads(Path("robust/card.json").read_text())["robust_accuracy"]
    assert answered(capsys, *"train compare plain robust -q".split())[0] == 0
    assert Path("compare-trainings.png").exists()


def test_ctrl_c_keeps_what_there_is_and_resume_goes_on_to_the_same_end(
    capsys: pytest.CaptureFixture[str], press_at: Callable[[int], list[Step]], shown: None
) -> None:
    line = f"train digits --batch 500 {LINEAR.replace('2', '4')}"
    press_at(0)
    assert answered(capsys, *line.split(), "--out", "whole")[0] == 0
    press_at(7)
    code, out, err = answered(capsys, *line.split(), "--out", "run", "--json")
    assert (code, err) == (130, "seethrough: interrupted\n")
    assert json.loads(out)["epochs"] == 2 and files("run") == sorted(["checkpoint.safetensors", *KEPT])
    assert json.loads(Path("run/card.json").read_text())["epochs"] == 2
    steps = press_at(0)
    code, out, err = answered(capsys, *line.split(), "--out", "run")
    assert (code, out, steps) == (2, "", [])
    assert (
        err == "seethrough: out: 'run' holds a training that has not ended; go on with resume, or name another folder\n"
    )
    code, out, err = answered(capsys, *line.split(), "--out", "run", "--resume", "--rate", "0.5")
    assert code == 2 and "was left by other work" in err and err.count("\n") == 1
    steps = press_at(0)
    assert answered(capsys, *line.split(), "--out", "run", "--resume")[0] == 0
    assert [step.done for step in steps] == [7, 8, 9, 10, 11, 12] and files("run") == KEPT
    assert Path("run/weights.safetensors").read_bytes() == Path("whole/weights.safetensors").read_bytes()


def test_every_epoch_is_said_on_stderr_and_quiet_is_quiet(capsys: pytest.CaptureFixture[str], shown: None) -> None:
    _, _, err = answered(capsys, *f"train digits --out a {LINEAR.removesuffix(' -q')}".split())
    said = [line for line in err.splitlines() if line.startswith("epoch ")]
    assert len(said) == 2 and said[0].startswith("epoch 1: loss ") and "validation 0." in said[1]


def test_photos_in_class_folders_are_parted_and_a_broken_one_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shown: None
) -> None:
    class_folders(tmp_path / "photos", 6, broken=("light/0",))
    line = f"train photos --size 16 --batch 4 --test-share 0.5 --out run --about none --json {LINEAR}"
    code, out, err = answered(capsys, *line.split())
    told = json.loads(out)
    assert (code, err) == (0, "") and told["says"].endswith("; 1 picture could not be read: light/0.png")
    assert told["data"]["not_readable"] == 1 and told["about"] == "none" and told["size"] == [16, 16]
    assert told["data"]["test"] + told["data"]["learned_from"] + told["data"]["validation"] == 11


def test_device_threads_and_seed_reach_the_training(capsys: pytest.CaptureFixture[str], shown: None) -> None:
    threads = torch.get_num_threads()
    try:
        answered(capsys, *f"train digits --out a --seed 3 --threads 1 --device cpu {LINEAR}".split())
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
    assert json.loads(Path("a/card.json").read_text())["recipe"]["seed"] == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("digit", "data 'digit' is not known; closest: digits"),
        ("digits --arch digits-cn", "arch 'digits-cn' is not known; closest: digits-cnn"),
        ("digits --out file.txt", "out: 'file.txt' is a file; give the name of a folder"),
        ("digits --against pgd", "eps is None; training against pgd takes how far a pixel may go"),
        ("digits --against pgd --eps far", "eps is 'far'"),
        ("digits --augment mirro", "augment 'mirro' is not known; closest: mirror"),
        ("digits --epochs 0", "epochs: 0 does not fit; it takes 1 to 100000"),
        ("digits --initial she", "'she'"),
        ("digits --pretrained", "arch 'digits-cnn' has no trained weights of its own"),
        ("digits --device gpu9", "device 'gpu9' is not to be had here"),
        ("digits --rate 0", "rate is 0.0; it takes more than 0"),
        ("digits --bacth 3", "No such option"),
        ("compare one", "runs: 1 given; a comparison takes two trainings or more"),
        ("compare one two", "run 'one' holds no card.json"),
        ("compare one two --sheet file.doc", "should end in one of .png"),
        ("one", "is an empty class folder"),
        ("two", "shows 1 class only (cat)"),
    ],
)
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "file.txt").write_text("here")
    (tmp_path / "one" / "cat").mkdir(parents=True)
    (tmp_path / "two" / "cat").mkdir(parents=True)
    for place in range(2):
        save_image(torch.rand(3, 30, 40), tmp_path / "two" / "cat" / f"{place}.png")
    code, out, err = answered(capsys, "train", *line.split(), "-q")
    assert code == 2 and out == "" and said in err and err.count("\n") == 1 and "Traceback" not in err
    assert not list(tmp_path.rglob("*.safetensors"))
