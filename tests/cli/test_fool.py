"""The commands of `fool`, on the bundled networks, with as few steps as will do."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import seethrough
from seethrough.cli.fool import KEEPERS, LOOPS
from seethrough.fool.table import TABLE
from seethrough.images import sample_path, save_image
from seethrough.jobs import Step
from seethrough.tables import Method
from tests.cli.test_commands import answered

SMALL = "--net cifar10-linear -q"
"""A network of 32 pixels that answers at once."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder: commands write where they stand."""
    monkeypatch.chdir(tmp_path)


def test_list_says_what_each_method_makes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "fool", "list")
    assert code == 0
    for method in TABLE.values():
        assert method.command in out and method.says[:30] in out


@pytest.mark.parametrize("method", TABLE.values(), ids=lambda method: method.command)
def test_every_method_has_a_command_with_its_settings(method: Method, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "fool", method.command, "--help")
    assert code == 0
    for setting in method.settings:
        assert setting.option in out
    for need, option in {
        "goal": "--away",
        "to": "--to",
        "to some": "--to",
        "truth": "--class",
        "mask": "--mask",
        "full size": "--full-size",
        "heatmaps": "--compare-heatmaps",
        "learn on": "--learn-on",
        "box": "--box",
    }.items():
        assert option in out if need in method.needs else True, option
    assert ("--save-images" in out) == (method.makes == "Fooling")
    assert ("--trace" in out) == (method.makes in LOOPS)
    assert ("--summary" in out) == (method.makes == "Survival")
    assert set(KEEPERS) == {"out", "save_images", "summary", "save", "trace", "frames"}


def test_an_attack_on_two_photos_leaves_everything_that_was_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = "fool pgd coffee cat --to goldfish --to ostrich --eps 4/255 --steps 10 --eight-bit -q --json"
    kept = "-o sheet.png --save-images images --save all.safetensors --trace curve.png --frames how.gif"
    code, out, err = answered(capsys, *line.split(), *kept.split())
    assert (code, err) == (0, "")
    told = json.loads(out)["results"][0]
    assert [Path(file).name for file in told["files"]] == [
        "sheet.png",
        "images",
        "all.safetensors",
        "curve.png",
        "how.gif",
    ]
    for row, (photo, was, now) in zip(
        told["rows"], (("coffee", "espresso", "goldfish"), ("cat", "tiger cat", "ostrich")), strict=True
    ):
        assert (row["photo"], row["before"]["label"], row["after"]["label"]) == (photo, was, now)
        assert row["success"] and row["png_success"] and row["eps"] == "4/255" and row["seed"] == 0
        assert 0 < row["linf"] <= 4 / 255 + 1e-9 and row["l2"] > row["linf"] and row["queries"] > row["gradients"] > 0
    network = seethrough.load()
    for name, label in (("coffee", "goldfish"), ("cat", "ostrich")):
        image = seethrough.photo(tmp_path / "images" / f"{name}.png")
        assert tuple(image.shape[-2:]) == network.size
        assert network.classify(network.frame(image))[0][0].label == label
    with (tmp_path / "images" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {"file": "coffee.png", "class": "967", "read_as": "goldfish"}
    assert Image.open(tmp_path / "how.gif").is_animated
    found: Any = seethrough.load_result(tmp_path / "all.safetensors")
    assert found.settings["command"].startswith("seethrough") and found.photos == ("coffee", "cat")


def test_what_was_saved_is_known_to_survival_by_what_it_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answered(capsys, *f"fool fgsm coffee cat --eps 0.2 --save-images images {SMALL}".split())
    code, out, err = answered(
        capsys, *f"fool survival images --summary bars.png --box 4,4,28,28 --json {SMALL}".split()
    )
    assert code == 2 and "a box belongs to one photo; 2 are given" in err
    code, out, err = answered(capsys, *f"fool survival images --summary bars.png --json {SMALL}".split())
    assert (code, err) == (0, "")
    rows = json.loads(out)["results"][0]["rows"]
    assert {row["photo"] for row in rows} == {"coffee", "cat"}
    assert all(row["shows"] for row in rows)
    assert (tmp_path / "bars.png").stat().st_size > 3000


def test_a_photo_at_its_own_size_misleads_as_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = "fool toward coffee moped --to goldfish --step 0.5 --full-size --eight-bit --save-images large -q --json"
    code, out, _ = answered(capsys, *line.split())
    told = json.loads(out)["results"]
    assert code == 0 and len(told) == 2
    network = seethrough.load()
    for name in ("coffee", "moped"):
        image = seethrough.photo(tmp_path / "large" / f"{name}.png")
        assert image.shape == seethrough.photo(name).shape
        assert network.classify(network.frame(image))[0][0].label == "goldfish"


@pytest.mark.parametrize("extra", ["", "--full-size", "--eight-bit --full-size", "--eight-bit"])
def test_only_what_the_mask_leaves_white_is_changed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, extra: str
) -> None:
    names, network = ("coffee", "cat"), seethrough.load("cifar10-linear")
    drawn = torch.zeros(1, 200, 300)  # of the shape of both photos, at another size
    drawn[:, :100] = 1
    save_image(drawn.expand(3, -1, -1), tmp_path / "upper.png")
    line = f"fool fgsm {' '.join(names)} --eps 0.2 --mask upper.png --save all.safetensors --json {extra} {SMALL}"
    code, out, err = answered(capsys, *line.split())
    assert (code, err) == (0, "")
    files = [Path(file) for one in json.loads(out)["results"] for file in one["files"] if file.endswith("safetensors")]
    results: list[Any] = [seethrough.load_result(file) for file in files]
    assert len(results) == (2 if "full" in extra else 1)
    for found in results:
        height = found.images.shape[-2]
        moved = (found.images != found.originals).any(1)
        assert moved[:, : height // 2 - 2].flatten(1).any(1).all() and not moved[:, height // 2 + 1 :].any()
        assert found.settings["mask"] == pytest.approx(0.5, abs=0.01)
        for place, name in enumerate(found.photos):
            photo = seethrough.photo(name) if "full" in extra else network.frame(seethrough.photo(name))[0]
            original = (photo * 255).round() / 255 if "eight" in extra else photo
            assert torch.equal(found.originals[place], original)


def test_a_mask_of_the_networks_size_is_taken_as_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    drawn = torch.zeros(1, 32, 32)
    drawn[:, 3, 5] = 1
    save_image(drawn, tmp_path / "one.png")
    line = f"fool fgsm coffee moped --eps 0.2 --mask one.png --save all.safetensors {SMALL}"
    assert answered(capsys, *line.split())[0] == 0
    found: Any = seethrough.load_result(tmp_path / "all.safetensors")
    moved = (found.images != found.originals).any(1)
    assert moved[:, 3, 5].all() and int(moved.sum()) == 2 and found.settings["mask"] == 1 / 32**2


def test_heat_maps_before_and_after_are_drawn_beside_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for extra in ("", "--compare-heatmaps"):
        line = f"fool fgsm coffee --eps 1/255 -o sheet{len(extra)}.png {extra} -q"
        assert answered(capsys, *line.split())[0] == 0
    plain, more = (Image.open(tmp_path / f"sheet{size}.png").width for size in (0, 18))
    assert more > 1.5 * plain


def test_noises_are_learned_on_one_photo_and_tried_on_all(capsys: pytest.CaptureFixture[str]) -> None:
    for extra, learned in (("", "cat"), ("--learn-on moped", "moped")):
        line = f"fool noise-for-class cat coffee rocket --steps 5 --save n.safetensors {extra} {SMALL}"
        assert answered(capsys, *line.split())[0] == 0
        found: Any = seethrough.load_result("n.safetensors")
        assert len(found) == 10 and len(found.images) == 3 and found.photos == ("cat", "coffee", "rocket")
        network = seethrough.load("cifar10-linear")
        torch.testing.assert_close(found.learned_on, network.frame(seethrough.photo(learned)))


@pytest.mark.parametrize(
    "line",
    [
        "from-noise horse ship --steps 20 --trace cost.png",
        "lookalike cat --to horse --steps 20 --searches 2",
        "clip-ascent cat --to horse --on probability,logit,penalised --steps 5",
        "linearity cat",
        "templates",
        "mix cat --to horse",
        "curve cat coffee --eps 1/255,8/255 --attacks fgsm,fmn",
        "deepfool cat --norm linf",
        "fmn cat --class frog",
        "fgsm cat --away",
    ],
)
def test_every_kind_of_outcome_is_drawn_and_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str) -> None:
    code, out, err = answered(capsys, "fool", *line.split(), *SMALL.split(), "-o", "o.png", "--save", "o.safetensors")
    assert (code, err) == (0, "") and "o.png" in out
    assert (tmp_path / "o.png").stat().st_size > 3000
    assert seethrough.load_result(tmp_path / "o.safetensors").line()


def test_a_folder_of_class_folders_tells_what_its_photos_show(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, label in (("cat", "cat"), ("moped", "truck")):
        folder = tmp_path / "classes" / label
        folder.mkdir(parents=True)
        save_image(seethrough.photo(sample_path(name)), folder / f"{name}.png")
    line = f"fool curve classes/** --eps 1/255 --attacks fgsm --json {SMALL}"
    code, out, _ = answered(capsys, *line.split())
    assert code == 0
    assert "accuracy" in json.loads(out)["results"][0]["says"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pgd cat --to hors", "class 'hors' is not known; closest: horse"),
        ("pgd cat --to horse --away", "to is 'horse' and away is True; give one of the two"),
        ("pgd cat --to horse --class horse", "to is 'horse', which is what the photo shows"),
        ("pgd cat --eps 8/0", "eps is '8/0'; it takes 0 or more"),
        ("pgd cat coffee --eps 1/255,2/255,3/255", "eps: 3 given for 2 photos; give one, or one for each photo"),
        ("pgd cat --until sometimes", "until is 'sometimes'; it takes top, never, or a probability"),
        ("pgd cat --to horse --to ship", "to: 2 given for 1 photos; give one, or one for each photo"),
        ("pgd cat --step x", "step is 'x'"),
        ("curve cat --attacks nothing", "method 'nothing' is not known"),
        ("pgd cat --save-images o.txt", "is a file; give the name of a folder"),
        ("clip-ascent cat --on nothing", "on is 'nothing'; it takes probability, logit, penalised"),
        ("templates --net efficientnet-lite0", "linear"),
        ("pgd cat --mask coffe", "closest: coffee"),
        ("pgd cat --mask o.txt", "mask 'o.txt' is no image"),
        ("pgd cat --mask black.png", "mask has nothing white in what the network sees of the photo"),
        ("pgd cat --mask square.png", "mask is 40 x 40; it takes the shape of the photo, 451 x 300, or the 32 x 32"),
        ("pgd cat --mask square.png --full-size", "mask is 40 x 40; it takes the shape of the photo, 451 x 300"),
    ],
)
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "o.txt").write_text("here")
    save_image(torch.zeros(3, 300, 451), tmp_path / "black.png")
    save_image(torch.ones(3, 40, 40), tmp_path / "square.png")
    net = "" if "--net" in line else SMALL
    code, out, err = answered(capsys, "fool", *line.split(), *net.split())
    assert code == 2 and out == "" and said in err and err.count("\n") == 1 and "Traceback" not in err


def test_ctrl_c_keeps_what_there_is_and_exits_130(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, press_at: Callable[[int], list[Step]]
) -> None:
    press_at(2)
    line = f"fool pgd cat --to horse --steps 50 --until never -o o.png --json {SMALL}"
    code, out, _ = answered(capsys, *line.split())
    assert code == 130 and (tmp_path / "o.png").stat().st_size > 3000
    assert 1 <= json.loads(out)["results"][0]["rows"][0]["steps"] < 50


def test_what_is_said_for_each_photo_finds_its_photo_on_every_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    labels = ["ship", "horse", "truck"]
    to = " ".join(f"--to {label}" for label in labels)
    line = f"fool pgd cat coffee moped {to} --eps 0.3,0.4,0.5 --full-size --json {SMALL}"
    code, out, _ = answered(capsys, *line.split())
    rows = [row for sheet in json.loads(out)["results"] for row in sheet["rows"]]
    assert code == 0 and [row["goal"] for row in rows] == [f"read as {label}" for label in labels]
    assert [row["eps"] for row in rows] == ["0.3", "0.4", "0.5"]


def test_photos_of_one_name_are_kept_apart_and_none_is_written_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for folder, name in (("a", "cat"), ("b", "moped")):
        (tmp_path / folder).mkdir()
        save_image(seethrough.photo(sample_path(name)), tmp_path / folder / "one.png")
    line = f"fool fgsm a/one.png b/one.png --eps 0.2 --full-size --save-images out {SMALL}"
    assert answered(capsys, *line.split())[0] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["labels.csv", "one-2.png", "one.png"]
    code, _, err = answered(capsys, *f"fool fgsm a/one.png --save-images a {SMALL}".split())
    assert code == 2 and "save_images: 'a' holds one.png itself; name another folder" in err


def test_what_a_person_says_the_photo_shows_is_what_the_list_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answered(capsys, *f"fool fgsm cat --class ship --save-images out {SMALL}".split())
    with (tmp_path / "out" / "labels.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["class"] == "8"


def test_heat_maps_that_cannot_be_drawn_are_refused_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = answered(capsys, *f"fool fgsm cat --compare-heatmaps {SMALL}".split())
    assert code == 2 and out == "" and err.count("\n") == 1 and not list(tmp_path.iterdir())
