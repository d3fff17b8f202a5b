import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from PIL import Image

import seethrough
from seethrough.images import sample_path
from seethrough.jobs import Step, Watcher
from seethrough.see.table import TABLE
from tests.cli.test_commands import answered


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder: commands write where they stand."""
    monkeypatch.chdir(tmp_path)


def test_list_says_what_each_method_shows(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "see", "list")
    assert code == 0
    for method in TABLE.values():
        assert method.command in out
    listed = json.loads(answered(capsys, "see", "list", "--json")[1])["methods"]
    assert [one["name"] for one in listed] == [method.command for method in TABLE.values()]


@pytest.mark.parametrize("method", TABLE.values(), ids=lambda method: method.command)
def test_every_method_has_a_command_with_its_settings(method, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = answered(capsys, "see", method.command, "--help")
    assert code == 0
    for setting in method.settings:
        assert setting.option in out
    for need, option in {
        "class": "--class",
        "layer": "--layer",
        "unit": "--unit",
        "on": "--on",
        "region": "--box",
    }.items():
        assert (option in out) or need not in method.needs
    for option in ("--out", "--save", "--json", "--seed", "--device"):
        assert option in out


def test_a_map_is_drawn_saved_and_says_how_to_repeat_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = [
        "see",
        "grad-cam",
        "cat",
        "coffee",
        "--class",
        "tabby",
        "-o",
        "maps.png",
        "--save",
        "maps.safetensors",
        "-q",
    ]
    code, out, err = answered(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "maps.png" in out and "tabby" in out
    with Image.open("maps.png") as picture:
        assert min(picture.size) > 500
    found = seethrough.load_result(tmp_path / "maps.safetensors")
    assert found.photos == ("cat", "coffee")
    assert [target.label for target in found.targets] == ["tabby", "tabby"]
    assert found.values.shape == (2, 224, 224) and found.grid.shape == (2, 7, 7)
    page = json.loads(Path("maps.json").read_text())
    assert "seethrough" in json.dumps(page) and "grad_cam" in json.dumps(page)


def test_the_picture_is_named_by_method_and_photo_when_no_name_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "see", "gradient", "coffee", "--json", "-q")
    assert code == 0 and Path("gradient-coffee.png").is_file()
    said = json.loads(out)
    assert said["net"] == "efficientnet-lite0" and said["method"] == "gradient"
    assert said["results"][0]["files"] == ["gradient-coffee.png"]
    assert "espresso" in said["results"][0]["says"]


def test_settings_and_the_seed_reach_the_method(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for seed in ("1", "2"):
        line = f"see smooth-grad coffee --samples 3 --noise 0.1 --seed {seed} --save {seed}.safetensors -q"
        assert answered(capsys, *line.split())[0] == 0
    first, second = (seethrough.load_result(tmp_path / f"{seed}.safetensors") for seed in "12")
    assert first.settings["samples"] == 3 and first.settings["noise"] == 0.1 and first.settings["seed"] == 1
    assert not torch.equal(first.values, second.values)


def test_more_photos_than_a_sheet_holds_make_several(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.png").write_bytes(sample_path("coffee").read_bytes())
    assert answered(capsys, "see", "gradient", str(folder), "-o", "sheet.png", "-q")[0] == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["sheet-1.png", "sheet-2.png"]


def test_a_broken_photo_does_not_keep_the_others_from_being_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_text("no photo")
    code, out, err = answered(capsys, "see", "gradient", "broken.jpg", "coffee", "-q")
    assert code == 2 and err.count("\n") == 1 and "broken.jpg" in err
    assert "espresso" in out and Path("gradient-coffee.png").is_file()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("see grad-kam coffee", "grad-cam"),
        ("see grad-cam coffee --layer blocks.99", "closest: blocks"),
        ("see grad-cam coffee --layer classifier", "no map that lies over the image"),
        ("see gradient coffee --class ostritch", "closest: ostrich"),
        ("see gradient coffee --unit bn2:5000", "units 0 to 1279"),
        ("see gradient coffee --unit bn2:5 --class tabby", "explains one thing"),
        ("see smooth-grad coffee --samples 0", "samples: 0 does not fit; it takes 1 to 10000"),
        ("see occlusion coffee --fill red", "zero"),
        ("see occlusion coffee --block 999", "block is 999"),
        ("see agreement coffee", "--box"),
        ("see agreement coffee --box 1,2,3", "box: '1,2,3' does not fit; it takes 4 numbers"),
        ("see agreement coffee --box 9000,0,9100,10", "nothing of it lies in what the network sees"),
        ("see deletion-insertion coffee --method compare", "makes no map of a class"),
        ("see compare coffee --methods gradient,nothing", "nothing"),
        ("see gradient coffee -o picture.xyz", ".xyz"),
        ("see guided-backprop coffee --net timm:nothing", "not known"),
        ("see filters --layer bn1", "bn1"),
        ("see gradient", "PHOTO"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str], line: str, words: str) -> None:
    code, out, err = answered(capsys, *line.split(), "-q")
    assert (code, out) == (2, "")
    assert words in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        "see compare coffee --methods gradient,grad-cam --steps 4",
        "see deletion-insertion coffee --method grad-cam --steps 4",
        "see agreement coffee --box 0,100,300,420",
        "see agreement coffee --points 150,250;90,260",
        "see mask coffee",
        "see feature-maps coffee --layer blocks.1 --pick interesting --count 5",
        "see layers-strip coffee",
        "see filters --layer conv_stem",
        "see first-layers efficientnet-lite0 efficientnet-lite0",
        "see cam-sheet coffee --top 2",
        "see backprop-compare coffee --unit blocks.2:3",
    ],
)
def test_what_is_no_plain_map_is_drawn_too(capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str) -> None:
    code, out, err = answered(capsys, *line.split(), "-q", "-o", "out.png", "--save", "out.safetensors")
    assert (code, err) == (0, "") and "out.png" in out
    assert (tmp_path / "out.png").stat().st_size > 10_000
    found = seethrough.load_result(tmp_path / "out.safetensors")
    assert found.settings["command"]


def test_ctrl_c_keeps_what_there_is_and_exits_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def impatient(label: str, *, quiet: bool = False) -> Iterator[Watcher]:
        def press(step: Step) -> None:
            if step.done == 3:
                os.kill(os.getpid(), signal.SIGINT)

        yield press

    monkeypatch.setattr("seethrough.cli.act.progress_bar", impatient)
    code, out, err = answered(capsys, *"see rise coffee --masks 100000 -o part.png -q".split())
    assert code == 130 and err == "seethrough: interrupted\n"
    assert "part.png" in out and Path("part.png").is_file()
