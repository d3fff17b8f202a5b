from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images import photo, save_image

LOSSLESS = ["png", "webp", "bmp", "tif", "tiff", "PNG"]


def on_the_lattice(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(0)) / 255


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_8_bit_levels_read_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    image = on_the_lattice(3, 40, 56)
    assert photo(save_image(image, tmp_path / f"a.{suffix}")).equal(image)
    assert photo(save_image(image[None], tmp_path / f"b.{suffix}")).equal(image)
    assert photo(save_image(image[:1], tmp_path / f"c.{suffix}")).equal(image[:1].expand(3, -1, -1))


def test_all_256_levels_read_back_as_they_were(tmp_path: Path) -> None:
    image = (torch.arange(256) / 255).reshape(1, 16, 16)
    assert photo(save_image(image, tmp_path / "a.png"))[:1].equal(image)


@settings(max_examples=30, deadline=None)
@given(values=arrays(np.float32, (3, 4, 5), elements=st.floats(0, 1, width=32)))
def test_any_image_reads_back_within_half_a_level(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    path = save_image(torch.from_numpy(values), tmp_path_factory.mktemp("any") / "a.png")
    assert (photo(path) - torch.from_numpy(values)).abs().max() <= 0.5 / 255 + 1e-7


@pytest.mark.parametrize(("value", "level"), [(0.4999 / 255, 0), (0.5001 / 255, 1), (254.6 / 255, 255), (1.0, 255)])
def test_values_go_to_the_nearest_level(tmp_path: Path, value: float, level: int) -> None:
    save_image(torch.full((1, 1, 1), value), tmp_path / "a.png")
    assert np.asarray(Image.open(tmp_path / "a.png")).tolist() == [[level]]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_floats_of_any_width_are_written(tmp_path: Path, dtype: torch.dtype) -> None:
    image = torch.tensor([0, 0.25, 0.5, 1], dtype=dtype).reshape(1, 2, 2).requires_grad_()
    save_image(image, tmp_path / "a.png")
    assert np.asarray(Image.open(tmp_path / "a.png")).tolist() == [[0, 64], [128, 255]]


def test_jpeg_is_close_and_keeps_colour_at_full_size(tmp_path: Path) -> None:
    image = photo("coffee")
    path = save_image(image, tmp_path / "a.jpg")
    assert (photo(path) - image).abs().mean() < 2 / 255
    # One sampling factor for all three channels: 4:4:4.
    with Image.open(path) as opened:
        assert [layer[1:3] for layer in opened.layer] == [(1, 1)] * 3


@pytest.mark.parametrize(("suffix", "encoding"), [("png", "PNG"), ("jpg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WEBP")])
def test_the_suffix_chooses_the_format(tmp_path: Path, suffix: str, encoding: str) -> None:
    path = save_image(on_the_lattice(3, 4, 5), tmp_path / "new" / "folders" / f"a.{suffix}")
    assert path == tmp_path / "new" / "folders" / f"a.{suffix}"
    with Image.open(path) as opened:
        assert opened.format == encoding


def test_the_image_is_not_changed(tmp_path: Path) -> None:
    image = torch.rand(3, 4, 5)
    before = image.clone()
    save_image(image, tmp_path / "a.png")
    assert image.equal(before)


@pytest.mark.parametrize(
    ("image", "line"),
    [
        (torch.zeros(2, 4, 5), r"^image has shape \(2, 4, 5\); right would be \[C, H, W\] or \[1, C, H, W\]"),
        (torch.zeros(4, 4, 5), r"shape \(4, 4, 5\)"),
        (torch.zeros(4, 5, 3), r"shape \(4, 5, 3\)"),
        (torch.zeros(2, 3, 4, 5), r"shape \(2, 3, 4, 5\)"),
        (torch.zeros(4, 5), r"shape \(4, 5\)"),
        (torch.zeros(3, 0, 5), r"shape \(3, 0, 5\)"),
        (torch.tensor(0.5), r"shape \(\)"),
        (torch.zeros(3, 4, 5, dtype=torch.uint8), r"type torch.uint8; right would be floats in \[0, 1\]$"),
        (torch.full((3, 4, 5), 255.0), "values from 255 to 255; .*divide by 255"),
        (torch.full((3, 4, 5), float("nan")), "60 of 60 values that are NaN"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else "",
)
def test_what_cannot_be_saved_is_one_line_and_leaves_nothing(tmp_path: Path, image: Tensor, line: str) -> None:
    with pytest.raises(UserError, match=line) as caught:
        save_image(image, tmp_path / "new" / "a.png")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.xyz", "a", "a.gif", "a.png.gz", ""])
def test_an_unknown_suffix_is_one_line_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"right would be one of: \.png, \.jpg, \.jpeg, \.webp, \.bmp, \.tif, \.tiff$"):
        save_image(torch.zeros(3, 4, 5), tmp_path / name)


def test_a_folder_of_that_name_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(UserError, match=r"a\.png' is a folder"):
        save_image(torch.zeros(3, 4, 5), tmp_path / "a.png")


def test_a_picture_too_large_for_its_format_is_one_line_and_the_old_file_stays(tmp_path: Path) -> None:
    path = save_image(on_the_lattice(3, 4, 5), tmp_path / "a.webp")
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"a\.webp': 16384 x 1 pixels cannot be written as WEBP") as caught:
        save_image(torch.zeros(3, 1, 16384), path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_up_is_one_line_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_image(on_the_lattice(3, 4, 5), tmp_path / "a.png")
    before = path.read_bytes()

    def half(self: Image.Image, target: Path, *_: object) -> None:
        target.write_bytes(before[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(UserError, match="No space left on device"):
        save_image(torch.zeros(3, 4, 5), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
