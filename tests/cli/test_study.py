"""`seethrough study`, as a person types it."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from seethrough.cli import run
from seethrough.jobs import Step
from seethrough.results import load_result
from seethrough.study.table import TABLE

SMALL = "--net mnist-cnn -q"


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def typed(line: str) -> int:
    return run(shlex.split(f"study {line}"))


COMMANDS = {
    "features": "features digits --split test --draw 30 --folder rows",
    "probe": "probe digits --layer pool2",
    "finetune": "finetune digits --epochs 1 --out tuned",
    "neighbors": "neighbors digits --draw 40 --count 3 --query coffee",
    "map": "map digits --draw 40 --how pca",
    "patches": "patches digits --draw 30 --units conv1:0-2,fc4:7 --top 4",
    "invariance": "invariance cat coffee --factors rotation --levels 3 --layers relu2",
    "equivariance": "equivariance digits --changes mirror --layers relu1 --count 30",
    "rank": "rank digits --one 3 --other 8 --layer fc3",
}


def test_every_method_is_tried_here() -> None:
    assert set(COMMANDS) == {row.command for row in TABLE.values()}


@pytest.mark.parametrize("method", COMMANDS)
def test_a_method_says_its_result_and_leaves_its_picture(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(f"{COMMANDS[method]} {SMALL}") == 0
    said = capsys.readouterr()
    assert said.err == "" and said.out
    pictures = [line.strip() for line in said.out.splitlines() if line.strip().endswith(".png")]
    assert pictures
    for picture in pictures:
        assert Image.open(picture).size[0] > 200


@pytest.mark.parametrize("method", ["probe", "map", "rank", "equivariance"])
def test_numbers_are_kept_and_printed_as_rows(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(f"{COMMANDS[method]} {SMALL} --save numbers.safetensors --json") == 0
    told = json.loads(capsys.readouterr().out)
    kept = load_result(Path("numbers.safetensors"))
    assert told["rows"] == json.loads(json.dumps(kept.table())) and told["says"] == kept.line()
    assert Path("numbers.safetensors").name in [Path(file).name for file in told["files"]]


def test_features_go_on_from_what_is_in_their_folder() -> None:
    assert typed(f"{COMMANDS['features']} {SMALL}") == 0
    before = {file: file.read_bytes() for file in Path("rows").iterdir()}
    assert typed(f"{COMMANDS['features']} {SMALL}") == 0
    assert {file: file.read_bytes() for file in Path("rows").iterdir()} == before


def test_what_finetune_leaves_is_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(f"{COMMANDS['finetune']} {SMALL}") == 0
    assert {"weights.safetensors", "card.json", "training.png", "samples.png"} == {
        one.name for one in Path("tuned").iterdir()
    }
    capsys.readouterr()
    assert run(["classify", "coffee", "--net", "tuned", "--top", "1"]) == 0
    assert "coffee" in capsys.readouterr().out


def test_patches_go_on_after_ctrl_c(press_at: Callable[[int], list[Step]], capsys: pytest.CaptureFixture[str]) -> None:
    line = f"patches digits --draw 60 --units conv1:0-2 --top 4 --batch 10 {SMALL} -o p.png --save p.safetensors"
    press_at(0)
    assert typed(line) == 0
    whole = load_result(Path("p.safetensors"))
    press_at(3)
    assert typed(line) == 130 and Path("p.part.safetensors").is_file()
    steps = press_at(0)
    assert typed(line) == 0 and not Path("p.part.safetensors").exists()
    assert steps[0].done > 30 and load_result(Path("p.safetensors")).table() == whole.table()
    # Other pictures of as many are other work.
    press_at(3)
    assert typed(line) == 130
    capsys.readouterr()
    assert typed(f"{line} --seed 1") == 2
    assert "left by other work" in capsys.readouterr().err


def test_a_broken_photo_is_named_and_the_rest_is_studied(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("cats", "dogs"):
        Path(name).mkdir()
        for place in range(3):
            pixels = torch.randint(
                0, 256, (30, 40, 3), generator=torch.Generator().manual_seed(place), dtype=torch.uint8
            )
            Image.fromarray(pixels.numpy()).save(f"{name}/{place}.png")
    Path("cats/9.png").write_bytes(b"no picture")
    assert typed(f"rank ./cats ./dogs --one cats --other dogs --layer fc3 {SMALL}") == 0
    said = capsys.readouterr().out
    assert "cats (3 pictures) from dogs (3)" in said and "1 picture could not be read" in said and "9.png" in said


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("probe mnits", "data 'mnits' is not known; closest: mnist"),
        ("map digits --split tset", "split is 'tset'; it takes train | test | all"),
        ("rank digits --one 3 --other 12", "class 12 is out of range"),
        ("features digits --layer nope", "layer of mnist-cnn 'nope' is not known"),
        ("map digits -o map.bmp", "out: 'map.bmp' should end in one of"),
        ("invariance nowhere.png", "photo 'nowhere.png' does not exist"),
        ("equivariance digits --changes miror", "miror"),
        ("patches digits --units conv1:99", "99"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(line: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(f"{line} {SMALL}") == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and complaint in said.err and not said.out
    assert not list(Path().glob("*.png"))
