import dataclasses
import io
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from seethrough.errors import UserError
from tests.results.kinds import everything


def test_repr_is_one_line_that_names_tensors_and_dumps_none() -> None:
    said = repr(everything(values=torch.rand(100, 100)))
    assert said == "<Everything everything (tiny); values float32 [100, 100]>"


def test_str_is_the_line() -> None:
    assert str(everything()) == everything().line() == "everything (tiny)"


def test_equal_results_are_equal_and_others_are_not() -> None:
    assert everything() == everything()
    assert everything() != everything(network="other")
    assert everything() != everything(values=torch.zeros(1, 3))
    assert everything() != "everything"


def test_results_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        everything().network = "other"  # type: ignore[misc]


def test_a_notebook_is_shown_the_figure() -> None:
    shown = Image.open(io.BytesIO(everything()._repr_png_()))
    assert shown.format == "PNG"
    assert shown.width == 300


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [(".png", b"\x89PNG"), (".PNG", b"\x89PNG"), (".jpg", b"\xff\xd8"), (".jpeg", b"\xff\xd8"), (".pdf", b"%PDF")],
)
def test_a_picture_is_what_its_suffix_says(tmp_path: Path, suffix: str, begins: bytes) -> None:
    path = everything().save(tmp_path / f"x{suffix}")
    assert path.read_bytes().startswith(begins)
    assert list(tmp_path.iterdir()) == [path]


def test_an_svg_is_one(tmp_path: Path) -> None:
    assert "<svg" in everything().save(str(tmp_path / "x.svg")).read_text()


def test_a_saved_png_is_the_notebooks(tmp_path: Path) -> None:
    assert everything().save(tmp_path / "x.png").read_bytes() == everything()._repr_png_()


@pytest.mark.parametrize("name", ["x.gif", "x", "x.safetensor", ".png"])
def test_an_unknown_suffix_is_refused_with_those_that_are_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"\.png.*\.safetensors"):
        everything().save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("kinds")
def test_a_result_that_cannot_be_drawn_or_written_leaves_the_old_file(tmp_path: Path) -> None:
    for name in ("x.png", "x.safetensors", "x.json"):
        (tmp_path / name).write_text("old")
    with pytest.raises(UserError):
        everything(values=torch.zeros(3)).save(tmp_path / "x.png")
    with pytest.raises(TypeError):
        everything(whatever=object()).save(tmp_path / "x.safetensors")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "x.png": "old",
        "x.safetensors": "old",
        "x.json": "old",
    }


def test_results_load_no_drawing_library() -> None:
    check = "import sys, seethrough.results; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
