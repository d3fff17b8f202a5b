"""The commands of `dream`, on the bundled network, with as few steps as will do."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from PIL import Image

import seethrough
from seethrough.cli.dream import KEEPERS, LOOPS
from seethrough.cli.loops import Frames
from seethrough.dream.recipes import RECIPES
from seethrough.dream.table import TABLE
from seethrough.images import sample_path
from seethrough.jobs import Step
from seethrough.tables import Method
from tests.cli.test_commands import answered

QUICK = "--recipe simonyan --steps 1 -q"
"""Pixels, seen once, as they are."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder: commands write where they stand."""
    monkeypatch.chdir(tmp_path)


def test_list_says_what_each_method_makes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "dream", "list")
    assert code == 0
    for method in TABLE.values():
        assert method.command in out and method.says[:30] in out
    assert "class_" not in out
    listed = json.loads(answered(capsys, "dream", "list", "--json")[1])["methods"]
    assert [one["name"] for one in listed] == [method.command for method in TABLE.values()]


def test_recipes_says_what_each_recipe_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "dream", "recipes")
    assert code == 0
    for name, recipe in RECIPES.items():
        assert name in out and recipe.says in out


@pytest.mark.parametrize("method", TABLE.values(), ids=lambda method: method.command)
def test_every_method_has_a_command_with_its_settings(method: Method, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answered(capsys, "dream", method.command, "--help")
    assert code == 0
    for setting in method.settings:
        assert setting.option in out
    for need, option in {
        "class": "--class",
        "layers": "--layers",
        "layer": "--layer",
        "unit": "--unit",
        "start": "--start",
        "styles": "--style",
        "units": "LAYER:UNIT",
        "dreamt": "CLASS",
        "one dreamt": "CLASS",
        "one layer": "LAYER",
        "networks": "NET",
        "photos": "PHOTO",
        "folder": "PHOTO",
        "whole photos": "PHOTO",
        "paintings": "PAINTING",
    }.items():
        assert (option in out) or need not in method.needs, need
    for option in ("--out", "--sheet", "--save", "--json", "--seed", "--device"):
        assert option in out
    assert ("--trace" in out) == ("--frames" in out) == (method.makes in LOOPS)
    assert ("--gif" in out) == (method.makes == "Dream")
    assert ("--net " in out) == ("networks" not in method.needs)


def test_the_picture_is_the_image_itself_at_its_own_size(capsys: pytest.CaptureFixture[str]) -> None:
    line = f"dream class espresso {QUICK} -o dream.png --sheet sheet.png --trace curve.png --save dream.safetensors"
    code, out, err = answered(capsys, *line.split())
    assert (code, err) == (0, "")
    assert "class dream of espresso" in out
    for name in ("dream.png", "sheet.png", "curve.png", "dream.safetensors"):
        assert f"  {name}\n" in out
    found = seethrough.load_result("dream.safetensors")
    with Image.open("dream.png") as picture:
        assert picture.size == (224, 224)
        seen = torch.tensor(list(picture.convert("RGB").tobytes())).view(224, 224, 3).permute(2, 0, 1) / 255
    torch.testing.assert_close(seen, found.images[0], rtol=0, atol=0.5 / 255 + 1e-6)
    with Image.open("sheet.png") as picture:
        assert min(picture.size) > 300
    assert found.settings["command"].startswith("seethrough") and found.settings["recipe"] == "simonyan"
    assert Path("dream.json").is_file()


def test_several_are_one_contact_sheet_and_pictures_have_names_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, *f"dream class espresso goldfish banana {QUICK}".split())[0] == 0
    with Image.open("class-espresso.png") as picture:
        assert picture.size == (3 * 226 + 2, 228)
    for line, name in (
        ("dream class n07920052 -o", "class-n07920052.png"),
        ("dream unit blocks.4.2:37 -o", "unit-blocks.4.2-37.png"),
        ("dream unit blocks.4.2:37@6,6 -o", "unit-blocks.4.2-37@6-6.png"),
        ("dream atlas blocks.1 --units 0-1 -o", "atlas-blocks.1.png"),
        ("dream facets cat coffee --class tabby --count 1 -o", "facets-tabby.png"),
        ("dream compare efficientnet-lite0 --depth 1 --count 1 -o", "compare-efficientnet-lite0.png"),
    ):
        line = f"{line.removesuffix(' -o')} {QUICK}"
        code, out, err = answered(capsys, *line.split())
        assert (code, err) == (0, ""), line
        assert name in out and Path(name).is_file(), line


def test_json_says_the_same_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answered(capsys, *f"dream class espresso {QUICK} --json -o it.jpg".split())
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said["net"] == "efficientnet-lite0" and said["method"] == "class"
    assert said["results"][0]["files"] == ["it.jpg"] and "espresso" in said["results"][0]["says"]
    assert Path("it.jpg").is_file()


def test_settings_and_the_seed_reach_the_method(capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (1, 2):
        line = "dream unit blocks.1:3 --recipe natural --steps 2 --norm-power 1 --norm 0.01 --value 2.5 -q"
        assert answered(capsys, *line.split(), "--seed", str(seed), "--save", f"{seed}.safetensors")[0] == 0
    first, second = (seethrough.load_result(f"{seed}.safetensors") for seed in (1, 2))
    expected = {"recipe": "natural", "steps": 2, "norm_power": 1, "norm": 0.01, "value": 2.5, "seed": 1}
    assert {name: first.settings[name] for name in expected} == expected
    assert not torch.equal(first.images, second.images)
    again = seethrough.dream.unit(
        seethrough.load(), **{name: value for name, value in first.settings.items() if name != "command"}
    )
    torch.testing.assert_close(again.images, first.images)


def test_a_dream_begins_as_a_photo_or_a_colour(capsys: pytest.CaptureFixture[str]) -> None:
    line = "dream class goldfish --start coffee --recipe simonyan --steps 0 -q --save photo.safetensors"
    assert answered(capsys, *line.split())[0] == 0
    found = seethrough.load_result("photo.safetensors")
    photo = seethrough.load().frame(seethrough.photo("coffee"))
    torch.testing.assert_close(found.images, photo.view(1, 3, 224, 224), rtol=0, atol=1e-6)
    torch.testing.assert_close(found.starts, found.images)
    assert "start" not in found.settings
    assert answered(capsys, *line.replace("--start coffee", "--start black").split())[0] == 0
    assert seethrough.load_result("photo.safetensors").images.amax() == 0


def test_how_it_came_to_be_is_kept_as_a_moving_picture(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("seethrough.images.gif")
    line = "dream class espresso goldfish banana --recipe simonyan --steps 4 -q --frames moving.gif -o last.png"
    code, out, _ = answered(capsys, *line.split())
    assert code == 0 and "moving.gif" in out
    with Image.open("moving.gif") as moving, Image.open("last.png") as last:
        assert moving.size == last.size
        assert moving.n_frames >= 4


def test_the_images_themselves_can_follow_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    line = f"dream atlas blocks.1 --units 0-2 {QUICK} --gif units.gif"
    assert answered(capsys, *line.split())[0] == 0
    with Image.open("units.gif") as moving:
        assert moving.n_frames == 3 and moving.size == (224, 224)


def test_frames_are_spread_evenly_over_a_job_however_long() -> None:
    for steps in (1, 59, 60, 61, 500):
        frames = Frames()
        for step in range(steps):
            value = step / steps
            images = torch.full((1, 1, 2, 2), value)
            frames(Step(step, steps, {}, peek=lambda images=images: type("Glimpse", (), {"images": images})))
        kept = [float(frame.mean()) * steps for frame in frames.frames]
        assert len(kept) == steps if steps <= 60 else 30 <= len(kept) <= 60
        gaps = {round(later - earlier) for earlier, later in pairwise(kept)}
        assert len(gaps) <= 1 and round(kept[0]) == 0
    frames = Frames()
    frames(Step(1, 2))  # nothing to see
    assert frames.frames == []


@pytest.mark.parametrize(
    "line",
    [
        "dream unit blocks.4.2:37 blocks.1:2@3,3 --recipe neuron --steps 1",
        "dream class espresso --diversity 2 --steps 1 --recipe natural",
        "dream sweep espresso --rows rate=0.01,0.1 --columns norm=0,0.1 --recipe simonyan --steps 1",
        "dream atlas blocks.1 --units 0-2,5 --recipe simonyan --steps 1",
        "dream compare efficientnet-lite0 efficientnet-lite0 --class espresso --recipe simonyan --steps 1",
        "dream facets cat coffee rocket --class tabby --count 1 --nearest 2 --recipe simonyan --steps 1",
        "dream facets cat coffee rocket --unit blocks.1:3 --count 1 --recipe simonyan --steps 1",
        "dream invert coffee --layers conv_stem,blocks.1 --steps 1",
        "dream caricature coffee cat --layers blocks.1 --steps 1",
        "dream deepdream coffee --layer blocks.1 --octaves 1 --steps 1 --size 224",
        "dream style coffee --style cat --steps 1 --size 96",
        "dream texture cat --steps 1 --size 96",
    ],
)
def test_every_method_draws_and_keeps_its_numbers(capsys: pytest.CaptureFixture[str], line: str) -> None:
    code, out, err = answered(capsys, *line.split(), *"-q -o out.png --sheet sheet.pdf --save out.safetensors".split())
    assert (code, err) == (0, "") and "out.png" in out
    assert Path("out.png").stat().st_size > 1_000 and Path("sheet.pdf").stat().st_size > 1_000
    found = seethrough.load_result("out.safetensors")
    assert found.settings["command"]
    if "facets" in line:
        assert found.photos == ()  # an image is of many photos


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dream clas espresso", "class"),
        ("dream class", "CLASS"),
        ("dream class ostritch", "closest: ostrich"),
        ("dream class_ espresso", "class"),
        ("dream unit blocks.4.2", "layer:unit"),
        ("dream unit blocks.4.2:99999", "has units 0 to"),
        ("dream unit classifier:1 --value nan", "value"),
        ("dream atlas blocks.99", "closest: blocks"),
        ("dream atlas blocks.1 --units 5-3", "has units 0 to"),
        ("dream sweep espresso --rows ratte=1,2", "closest: rate"),
        ("dream sweep espresso --rate 0.1", "rate is given, and swept over too"),
        ("dream compare efficientnet-lite0", "give classes, or a depth from 0 to 1"),
        ("dream compare nothing --class espresso", "nothing"),
        ("dream facets cat", "give a class, or a unit"),
        ("dream facets cat --class tabby", "there are only 1 photos"),
        ("dream facets nothing.jpg --class tabby", "nothing.jpg"),
        ("dream class espresso --recipe lucit", "lucit"),
        ("dream class espresso --steps -1", "steps: -1 does not fit; it takes 0 to 100000"),
        ("dream class espresso --noise 2", "noise: 2.0 does not fit; it takes 0 to 1"),
        ("dream class espresso --stride giant", "giant"),
        ("dream class espresso --start nothing.jpg", "nothing.jpg"),
        ("dream class espresso --start coffee --canvas phase", "phases begins with noise"),
        ("dream class espresso --batch 0", "batch: 0 does not fit"),
        ("dream class espresso --net timm:nothing", "not known"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str], line: str, words: str) -> None:
    code, out, err = answered(capsys, *line.split(), "-q")
    assert (code, out) == (2, "")
    assert words in err and err.count("\n") == 1
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("-o dream.pdf", "out: 'dream.pdf' should end in one of .png"),
        ("-o dream", "out: 'dream' should end in one of"),
        ("--sheet dream.webp", "sheet: 'dream.webp' should end in one of .png"),
        ("--trace dream.gif", "trace: 'dream.gif' should end in one of"),
        ("--save dream.npz", "save: 'dream.npz' should end in one of .safetensors"),
        ("--frames dream.png", "frames: 'dream.png' should end in one of .gif"),
        ("-o folder.png", "out: 'folder.png' is a folder; give the name of a file"),
    ],
)
def test_a_name_that_nothing_can_be_saved_under_is_refused_before_the_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: str, words: str
) -> None:
    Path("folder.png").mkdir()
    monkeypatch.setattr("seethrough.cli.command.Run.network", lambda *_: pytest.fail("the network was loaded"))
    code, out, err = answered(capsys, *f"dream class espresso {option} -q".split())
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1


def test_every_kind_of_file_has_its_endings() -> None:
    assert {name: keeper.endings[0] for name, keeper in KEEPERS.items()} == {
        "out": ".png",
        "sheet": ".png",
        "save": ".safetensors",
        "trace": ".png",
        "frames": ".gif",
        "gif": ".gif",
    }


# Ctrl-C


def test_ctrl_c_keeps_what_there_is_and_exits_130(
    capsys: pytest.CaptureFixture[str], press_at: Callable[[int], list[Step]]
) -> None:
    press_at(2)
    code, out, err = answered(capsys, *"dream class espresso --recipe simonyan --steps 90 -o part.png -q".split())
    assert code == 130 and err == "seethrough: interrupted\n"
    assert "part.png" in out and Path("part.png").is_file()
    assert sorted(path.name for path in Path().iterdir()) == ["part.png"]


ATLAS = "dream atlas blocks.1 --units 0-3 --batch 2 --recipe simonyan --steps 3 -q -o atlas.png"


def test_an_atlas_that_was_stopped_goes_on_and_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], press_at: Callable[[int], list[Step]]
) -> None:
    press_at(0)
    assert answered(capsys, *ATLAS.replace("atlas.png", "whole.png").split())[0] == 0
    kept = Path("atlas.part.safetensors")
    for number in (2, 5):  # among the first two units, where nothing is done yet, and then among the others
        press_at(number)
        code, out, err = answered(capsys, *ATLAS.split())
        assert code == 130 and err == "seethrough: interrupted\n" and "atlas.png" in out
        assert kept.is_file()
        with Image.open("atlas.png") as picture:
            assert picture.size == ((2 if number == 2 else 4) * 226 + 2, 228)
    steps = press_at(0)
    code, out, err = answered(capsys, *ATLAS.split(), "--save", "atlas.safetensors")
    assert (code, err) == (0, "") and not kept.exists()
    assert len(steps) == 3  # of the two that were under way
    assert Path("atlas.png").read_bytes() == Path("whole.png").read_bytes()
    assert len(seethrough.load_result("atlas.safetensors")) == 4


def test_a_state_left_by_another_command_or_by_anything_else_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], press_at: Callable[[int], list[Step]]
) -> None:
    press_at(4)
    assert answered(capsys, *ATLAS.split())[0] == 130
    kept = Path("atlas.part.safetensors")
    before = kept.read_bytes()
    press_at(0)
    for other in (ATLAS.replace("0-3", "0-2"), ATLAS.replace("blocks.1", "blocks.2"), f"{ATLAS} --seed 1"):
        code, out, err = answered(capsys, *other.split())
        assert (code, out) == (2, "") and err.count("\n") == 1
        assert "atlas.part.safetensors was left by other work" in err and len(err) < 1000
        assert kept.read_bytes() == before
    kept.write_bytes(b"something else")
    code, out, err = answered(capsys, *ATLAS.split())
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert "atlas.part.safetensors" in err and "remove it" in err


def test_photos_of_a_folder_are_taken_together(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(10):
        name = ("coffee", "cat")[number % 2]
        (folder / f"{number}{sample_path(name).suffix}").write_bytes(sample_path(name).read_bytes())
    line = f"dream facets many --class tabby --count 2 --nearest 2 {QUICK} --json"
    code, out, _ = answered(capsys, *line.split())
    said = json.loads(out)["results"]
    assert code == 0 and len(said) == 1 and len(said[0]["photos"]) == 10
    assert said[0]["files"] == ["facets-tabby.png"]
    assert "coffee:" not in said[0]["says"]
