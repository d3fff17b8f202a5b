import os
import random
import re
import threading
import time
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from seethrough.errors import UserError
from seethrough.images import SAMPLES, photo, sample_path

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (40, 56, 3), dtype=np.uint8)
EXPECTED = torch.from_numpy(COLOUR).permute(2, 0, 1).float() / 255


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Image.fromarray(COLOUR).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_each_way_in_gives_the_same_image(path: Path) -> None:
    data = path.read_bytes()
    pillow = Image.open(path)
    for source in (path, str(path), data, bytearray(data), memoryview(data), pillow, COLOUR, torch.from_numpy(COLOUR)):
        found = photo(source)
        assert found.dtype == torch.float32
        assert found.is_contiguous()
        assert found.equal(EXPECTED)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_read_by_its_name(name: str) -> None:
    pixels = np.asarray(Image.open(sample_path(name)).convert("RGB"))
    assert photo(name).equal(torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255)


def test_the_suffix_does_not_matter(path: Path) -> None:
    assert photo(path.rename(path.with_suffix(".jpg"))).equal(EXPECTED)


def test_transparent_files_are_laid_over_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[255, 0, 0, 51], [9, 9, 9, 0], [0, 51, 102, 255]]], np.uint8)).save(tmp_path / "a.png")
    expected = torch.tensor([[1, 0.8, 0.8], [1, 1, 1], [0, 0.2, 0.4]]).T[:, None]
    torch.testing.assert_close(photo(tmp_path / "a.png"), expected)


def test_grey_files_become_rgb_and_grey_arrays_stay_grey(tmp_path: Path) -> None:
    Image.fromarray(COLOUR[..., 0]).save(tmp_path / "grey.png")
    assert photo(tmp_path / "grey.png").equal(EXPECTED[:1].expand(3, -1, -1))
    assert photo(COLOUR[..., 0]).equal(EXPECTED[:1])


def test_each_file_image_can_be_written_to_without_a_trace_elsewhere(path: Path) -> None:
    pillow = Image.open(path)
    photo(pillow).zero_()
    photo(path).zero_()
    assert photo(pillow).equal(EXPECTED)
    assert photo(path).equal(EXPECTED)


def test_a_float_picture_beyond_white_is_one_line(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0.5, 1.02]], np.float32)).save(tmp_path / "over.tiff")
    with pytest.raises(UserError, match=r"values from 0.5 to 1.02; .*clamp"):
        photo(tmp_path / "over.tiff")


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda path: path.with_name("foto.png"), r"/foto\.png' does not exist; closest: .*/photo\.png$"),
        (lambda path: path.parent, "is a folder; right would be one image file in it"),
        (lambda path: path.write_bytes(b"") or path, r"is empty \(0 bytes\)"),
        (lambda path: path.write_text("a list of things to do") and path, "is no image .*starts with b'a list of th'$"),
        (lambda path: path.write_bytes(path.read_bytes()[:3000]) and path, "is damaged, cut off"),
        (lambda path: "cofee", "^second 'cofee' does not exist; closest: coffee$"),
    ],
    ids=["missing", "folder", "empty", "text", "cut off", "sample"],
)
def test_a_file_that_is_no_photo_is_one_line_that_names_it(path: Path, make: Any, line: str) -> None:
    source = make(path)
    with pytest.raises(UserError, match=line) as caught:
        photo(source, name="second")
    assert str(caught.value).startswith(f"second {str(source)!r} ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source", [None, 3, [1, 2], BytesIO(b""), np.float32(1)], ids=lambda source: type(source).__name__
)
def test_what_is_no_source_at_all_is_one_line_that_names_its_type(source: Any) -> None:
    with pytest.raises(UserError, match=f"^photo is of type {type(source).__name__}; right: a path"):
        photo(source)


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    found: list[str] = []

    def read() -> None:
        with pytest.raises(UserError) as caught:
            photo(tmp_path / "pipe.jpg")
        found.append(str(caught.value))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert "is not a regular file" in found[0]


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(200_000_001)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("must not be read"))
    with pytest.raises(UserError, match=r"large\.jpg' has 200,000,001 bytes; right would be at most 200,000,000$"):
        photo(tmp_path / "large.jpg")


def test_missing_rights_are_one_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"photo\.png' cannot be read: Permission denied$"):
        photo(path)


def damaged(data: bytes, random: random.Random) -> bytes:
    """Flip a few bits, and cut every third file short."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 6)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed[: random.randrange(len(changed))] if random.random() < 1 / 3 else changed)


def read_or_one_line(data: bytes, path: Path) -> bool:
    """Read a file that may be anything; tell whether it was a picture."""
    path.write_bytes(data)
    try:
        image = photo(path)
    except UserError as error:
        assert re.fullmatch(r"photo '.*' .*", str(error))
        assert len(str(error)) < 500
        return False
    assert image.shape[0] == 3
    assert 0 <= image.min() <= image.max() <= 1
    return True


@pytest.fixture
def silence(capfd: pytest.CaptureFixture[str]) -> Any:
    start = time.monotonic()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
    assert seen == []
    assert capfd.readouterr() == ("", "")
    assert time.monotonic() - start < 10


STARTS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"BM",
    b"P6 ",
    b"RIFF\x99\0\0\0WEBP",
    b"II*\0",
    b"MM\0*",
]


@pytest.mark.usefixtures("silence")
def test_random_bytes_are_one_line_and_nothing_is_printed(tmp_path: Path) -> None:
    chance = random.Random(0)
    for number in range(400):
        start = STARTS[number % len(STARTS)]
        assert not read_or_one_line(start + chance.randbytes(chance.randrange(400)), tmp_path / "random.jpg")


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize(
    ("encoding", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("GIF", {}),
        ("WEBP", {}),
        ("BMP", {}),
        ("PPM", {}),
        ("ICO", {}),
        ("AVIF", {}),
        ("TIFF", {}),
        *[("TIFF", {"compression": kind}) for kind in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")],
    ],
    ids=str,
)
def test_damaged_files_are_a_picture_or_one_line_and_nothing_is_printed(
    tmp_path: Path, encoding: str, options: dict[str, Any]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    blocks = np.kron(COLOUR[:5, :7], np.ones((6, 6, 1), np.uint8))
    try:
        Image.fromarray(blocks).save(
            buffer, encoding, **options, **({} if encoding in ("ICO", "PPM") else {"exif": exif})
        )
    except (KeyError, OSError):
        pytest.skip(f"this Pillow does not write {encoding} {options}")
    chance = random.Random(1)
    assert read_or_one_line(buffer.getvalue(), tmp_path / "whole.jpg")
    read = [read_or_one_line(damaged(buffer.getvalue(), chance), tmp_path / "damaged.jpg") for _ in range(200)]
    assert not all(read)
