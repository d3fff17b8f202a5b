import struct
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from seethrough.errors import UserError
from seethrough.images.decode import MAX_PIXELS, decode, from_pil

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (40, 56, 3), dtype=np.uint8)
GREY = COLOUR[..., 0]
# 8 x 8 blocks of one grey each, which JPEG at full quality keeps to within a level.
BLOCKS = np.kron(RNG.integers(0, 256, (5, 7), dtype=np.uint8), np.ones((8, 8), np.uint8))


def encoded(image: Image.Image, encoding: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, encoding, **options)
    return buffer.getvalue()


def thrice(grey: np.ndarray) -> np.ndarray:
    return np.stack([grey] * 3, axis=2)


def png(header: tuple[int, int, int, int], rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Write a PNG by hand: width, height, bit depth and colour type, filtered rows, further chunks before them."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *header, 0, 0, 0))
    middle = b"".join(chunk(kind, body) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + middle + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("encoding", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("PPM", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_lossless_formats_give_the_very_pixels(encoding: str, options: dict[str, Any]) -> None:
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(COLOUR), encoding, **options), "photo"), COLOUR)
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(GREY), encoding, **options), "photo"), thrice(GREY))


def test_an_icon_gives_its_largest_picture() -> None:
    icon = Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).convert("RGBA")
    data = encoded(icon, "ICO", sizes=[(16, 16), (64, 64)])
    np.testing.assert_array_equal(decode(data, "photo"), np.asarray(icon))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_of_each_colour_mode_keeps_greys(mode: str, progressive: bool) -> None:
    image = Image.fromarray(BLOCKS).convert(mode)
    found = decode(encoded(image, "JPEG", quality=100, subsampling=0, progressive=progressive), "photo")
    assert np.abs(found.astype(int) - thrice(BLOCKS)).max() <= 3


def test_avif_where_it_is_built_in_keeps_greys() -> None:
    try:
        data = encoded(Image.fromarray(BLOCKS), "AVIF", quality=100)
    except (KeyError, OSError):
        pytest.skip("this Pillow has no AVIF")
    assert np.abs(decode(data, "photo").astype(int) - thrice(BLOCKS)).max() <= 3


def test_cmyk_ink_darkens() -> None:
    inks = np.array([[[255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)
    colours = [[[0, 255, 255], [255, 0, 255], [0, 0, 0], [255, 255, 255]]]
    np.testing.assert_array_equal(from_pil(Image.fromarray(inks, "CMYK"), "photo"), colours)
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(inks, "CMYK"), "TIFF"), "photo"), colours)


def test_alpha_is_kept_for_the_one_who_lays_it_over_white() -> None:
    pixels = RNG.integers(0, 256, (4, 5, 4), dtype=np.uint8)
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(pixels), "PNG"), "photo"), pixels)
    veiled = np.stack([pixels[..., 0]] * 3 + [pixels[..., 3]], axis=2)
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(pixels[..., [0, 3]], "LA"), "PNG"), "photo"), veiled)


PALETTE = bytes([10, 20, 30, 200, 100, 50, 0, 0, 255])
INDEX_ROWS = b"\0" + bytes([0, 1]) + b"\0" + bytes([2, 1])
INDEX_COLOURS = [[[10, 20, 30], [200, 100, 50]], [[0, 0, 255], [200, 100, 50]]]


def test_a_palette_gives_its_colours() -> None:
    np.testing.assert_array_equal(decode(png((2, 2, 8, 3), INDEX_ROWS, (b"PLTE", PALETTE)), "photo"), INDEX_COLOURS)


def test_a_palette_with_an_alpha_for_each_entry_gives_both() -> None:
    data = png((2, 2, 8, 3), INDEX_ROWS, (b"PLTE", PALETTE), (b"tRNS", bytes([0, 128])))
    alpha = np.array([[0, 128], [255, 128]])[..., None]
    np.testing.assert_array_equal(decode(data, "photo"), np.concatenate([INDEX_COLOURS, alpha], axis=2))


def test_the_colour_that_a_png_calls_clear_is_clear() -> None:
    rows = b"\0" + bytes([1, 2, 3, 9, 9, 9])
    data = png((2, 1, 8, 2), rows, (b"tRNS", struct.pack(">HHH", 9, 9, 9)))
    np.testing.assert_array_equal(decode(data, "photo")[0, :, 3], [255, 0])
    grey = png((2, 1, 8, 0), b"\0" + bytes([7, 9]), (b"tRNS", struct.pack(">H", 7)))
    np.testing.assert_array_equal(decode(grey, "photo")[0, :, 3], [0, 255])


def test_a_clear_gif_palette_entry_is_clear() -> None:
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8))
    image.putpalette(PALETTE)
    found = decode(encoded(image, "GIF", transparency=1), "photo")
    np.testing.assert_array_equal(found[..., 3], [[255, 0], [255, 0]])
    np.testing.assert_array_equal(found[:, 0, :3], np.array(INDEX_COLOURS)[:, 0])


@pytest.mark.parametrize(("depth", "step"), [(1, 255), (2, 85), (4, 17)])
def test_greys_of_few_bits_reach_from_black_to_white(depth: int, step: int) -> None:
    top = 2**depth - 1
    row = bytes([sum(((place % (top + 1)) << (8 - depth * (place + 1))) for place in range(8 // depth))])
    found = decode(png((8 // depth, 1, depth, 0), b"\0" + row), "photo")
    np.testing.assert_array_equal(
        found, thrice(np.array([[(place % (top + 1)) * step for place in range(8 // depth)]]))
    )


def test_black_and_white_is_0_and_255() -> None:
    bits = np.array([[True, False], [False, True]])
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(bits), "PNG"), "photo"), thrice(bits * 255))


LEVELS = np.array([[0, 1, 255], [256, 32768, 65535]])


def pgm(levels: np.ndarray) -> bytes:
    return b"P5 3 2 65535\n" + levels.astype(">u2").tobytes()


def big_endian_tiff(levels: np.ndarray) -> bytes:
    height, width = levels.shape
    tags = [(256, 3, width), (257, 3, height), (258, 3, 16), (259, 3, 1), (262, 3, 1)]
    tags += [(273, 3, 8 + 2 + 12 * 9 + 4), (277, 3, 1), (278, 3, height), (279, 3, levels.size * 2)]
    entries = b"".join(struct.pack(">HHIHH", tag, kind, 1, value, 0) for tag, kind, value in tags)
    return struct.pack(">2sHIH", b"MM", 42, 8, len(tags)) + entries + bytes(4) + levels.astype(">u2").tobytes()


@pytest.mark.parametrize(
    "write",
    [
        lambda levels: encoded(Image.fromarray(levels.astype(np.uint16)), "PNG"),
        lambda levels: encoded(Image.fromarray(levels.astype(np.uint16)), "TIFF"),
        lambda levels: encoded(Image.fromarray(levels.astype(np.uint16)), "TIFF", compression="tiff_lzw"),
        lambda levels: encoded(Image.fromarray(levels.astype(np.int32)), "TIFF"),
        big_endian_tiff,
        pgm,
    ],
    ids=["png", "tiff", "tiff-lzw", "tiff-int32", "tiff-big-endian", "pgm"],
)
def test_sixteen_bits_of_grey_are_kept(write: Callable[[np.ndarray], bytes]) -> None:
    found = decode(write(LEVELS), "photo")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, thrice((LEVELS / 65535).astype(np.float32)))


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
def test_pil_images_of_sixteen_bits_are_kept_in_either_byte_order(mode: str) -> None:
    data = LEVELS.astype(">u2" if mode.endswith("B") else "<u2").tobytes()
    found = from_pil(Image.frombytes(mode, (3, 2), data), "photo")
    np.testing.assert_array_equal(found, thrice((LEVELS / 65535).astype(np.float32)))


def test_sixteen_bits_of_colour_are_read_as_pillow_reads_them() -> None:
    levels = RNG.integers(0, 65536, (4, 5, 3))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    np.testing.assert_array_equal(decode(png((5, 4, 16, 2), rows), "photo"), levels >> 8)


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_are_scaled_by_the_white_they_fit(white: int) -> None:
    values = np.array([[0, 0.25, 1]], np.float32)
    found = decode(encoded(Image.fromarray(values * np.float32(white)), "TIFF"), "photo")
    np.testing.assert_allclose(found, thrice(values), rtol=1e-6)


def test_floats_a_little_over_white_do_not_turn_black() -> None:
    assert from_pil(Image.fromarray(np.array([[0.5, 1.02]], np.float32)), "photo").max() == np.float32(1.02)
    assert from_pil(Image.fromarray(np.array([[128.0, 260.0]], np.float32)), "photo").max() > 1


def test_wide_integers_out_of_16_bits_are_one_line() -> None:
    with pytest.raises(UserError, match="photo holds grey values from -3 to 70000; right would be 16 bits: 0 to 65535"):
        from_pil(Image.fromarray(np.array([[-3, 70000]], np.int32)), "photo")


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "LAB", "RGBX", "RGBa"])
def test_rare_modes_give_their_colours(mode: str) -> None:
    image = Image.fromarray(COLOUR).convert("RGBA" if mode == "RGBa" else "RGB").convert(mode)
    off = np.abs(from_pil(image, "photo")[..., :3].astype(int) - COLOUR)
    assert off.mean() <= 3


def test_a_palette_beside_an_alpha_gives_both() -> None:
    image = Image.frombytes("PA", (2, 2), bytes([0, 10, 1, 20, 2, 30, 1, 255]))
    image.putpalette(PALETTE)
    alpha = np.array([[10, 20], [30, 255]])[..., None]
    np.testing.assert_array_equal(from_pil(image, "photo"), np.concatenate([INDEX_COLOURS, alpha], axis=2))


def test_a_mode_that_pillow_cannot_turn_to_rgb_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^photo is damaged, cut off or of a kind that is not read: .*La"):
        from_pil(Image.new("La", (4, 4)), "photo")


@pytest.mark.parametrize("encoding", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_many_is_read(encoding: str) -> None:
    frames = [Image.new("RGB", (6, 5), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if encoding == "WEBP" else {}
    data = encoded(frames[0], encoding, save_all=True, append_images=frames[1:], **options)
    assert getattr(Image.open(BytesIO(data)), "n_frames", 1) == 3
    assert (decode(data, "photo")[..., :3] == [255, 0, 0]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_picture_stands_upright_whatever_its_exif_says(encoding: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(COLOUR), encoding, exif=exif, **({"lossless": True} if encoding == "WEBP" else {}))
    expected = ImageOps.exif_transpose(Image.open(BytesIO(data)).copy() if encoding == "TIFF" else _opened(data))
    found = decode(data, "photo")
    assert found.shape == ((56, 40, 3) if orientation >= 5 else (40, 56, 3))
    np.testing.assert_array_equal(found, np.asarray(expected))
    if encoding != "JPEG":
        np.testing.assert_array_equal(found, turned(COLOUR, orientation))


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn by the EXIF standard: where the 0th row and the 0th column of the file stand on the upright picture."""
    first_row_at_the_bottom, first_column_at_the_right = {
        1: (False, False), 2: (False, True), 3: (True, True), 4: (True, False),
        5: (False, False), 6: (False, True), 7: (True, True), 8: (True, False),
    }[orientation]  # fmt: skip
    upright = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    upright = upright[::-1] if first_row_at_the_bottom else upright
    return upright[:, ::-1] if first_column_at_the_right else upright


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_out_of_the_standard_leaves_the_picture_alone(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(COLOUR), "PNG", exif=exif), "photo"), COLOUR)


def test_sixteen_bit_greys_stand_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(LEVELS.astype(np.uint16)), "PNG", exif=exif)
    np.testing.assert_array_equal(decode(data, "photo")[..., 0], (np.rot90(LEVELS, -1) / 65535).astype(np.float32))


@pytest.mark.parametrize("exif", [b"Exif\0\0junk", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12", b"\0"])
def test_damaged_notes_do_not_spoil_a_whole_picture(exif: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    image = Image.fromarray(COLOUR)
    data = encoded(image, "PNG", exif=exif, icc_profile=b"no profile")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(decode(data, "photo"), COLOUR)
    assert capfd.readouterr().err == ""


def test_a_pil_image_stays_as_it_is() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.open(BytesIO(encoded(Image.fromarray(COLOUR), "PNG", exif=exif)))
    assert from_pil(image, "photo").shape == (56, 40, 3)
    assert image.size == (56, 40)
    assert image.getexif()[0x0112] == 6
    np.testing.assert_array_equal(np.asarray(image), COLOUR)


def test_the_palette_of_a_pil_image_stays_as_it_is() -> None:
    image = Image.open(BytesIO(png((2, 2, 8, 3), INDEX_ROWS, (b"PLTE", PALETTE), (b"tRNS", bytes([0, 128])))))
    image.load()
    before = image.im.getpalette("RGBA", "RGBA")
    assert from_pil(image, "photo")[0, 0, 3] == 0
    assert image.im.getpalette("RGBA", "RGBA") == before
    assert image.info["transparency"] == bytes([0, 128])


def test_the_frame_that_a_pil_image_stands_at_is_read() -> None:
    frames = [Image.new("RGB", (6, 5), colour) for colour in ("red", "lime")]
    image = Image.open(BytesIO(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])))
    image.seek(1)
    assert (from_pil(image, "photo")[..., :3] == [0, 255, 0]).all()
    assert image.tell() == 1


def test_a_closed_pil_image_is_one_line() -> None:
    image = Image.open(BytesIO(encoded(Image.fromarray(COLOUR), "PNG")))
    image.close()
    with pytest.raises(UserError, match=r"^photo is damaged"):
        from_pil(image, "photo")


def test_too_many_pixels_are_refused_before_they_are_decoded_whatever_pillow_s_limit_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("must not be decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
    for limit in (1, 10**8, None):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        for width in (8001, 9500, 60_000):
            with pytest.raises(
                UserError, match=r"^photo has too many pixels; right would be at most 64,000,000 in all$"
            ):
                decode(png((width, 8000, 8, 2), b""), "photo")
        assert limit == Image.MAX_IMAGE_PIXELS


def test_a_pil_image_of_too_many_pixels_is_refused_with_its_size() -> None:
    with pytest.raises(UserError, match=r"^photo has 64000001 x 1 pixels; right would be at most 64,000,000 in all$"):
        from_pil(Image.new("1", (MAX_PIXELS + 1, 1)), "photo")


def test_a_picture_of_exactly_the_limit_is_not_refused_for_its_size() -> None:
    with pytest.raises(UserError, match="cut off"):
        decode(png((8000, 8000, 8, 2), b""), "photo")


def test_an_icon_that_hides_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    inner = png((8001, 8000, 1, 0), b"")
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inner), 22)
    with pytest.raises(UserError, match="too many pixels"):
        decode(struct.pack("<HHH", 0, 1, 1) + entry + inner, "photo")


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM"])
@pytest.mark.parametrize("allowed", [True, False])
def test_a_file_that_was_cut_off_is_never_half_a_picture(
    monkeypatch: pytest.MonkeyPatch, encoding: str, allowed: bool
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", allowed)
    data = encoded(Image.fromarray(COLOUR), encoding)
    for part in (0.2, 0.5, 0.8, 0.95):
        with pytest.raises(UserError, match=r"^photo is "):
            decode(data[: int(len(data) * part)], "photo")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", r"^photo is empty \(0 bytes\); right would be an image file$"),
        (b"<!DOCTYPE html><html>", r"^photo is no image \(JPEG, .*starts with b'<!DOCTYPE ht'$"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "^photo is no image"),
        (b"\xff\xd8\xff\xe0", "no image .* or a damaged one"),
        (b"P5 0 0 255\n", "^photo is "),
    ],
)
def test_what_is_no_image_is_one_line(data: bytes, line: str) -> None:
    with pytest.raises(UserError, match=line) as caught:
        decode(data, "photo")
    assert "\n" not in str(caught.value)


def test_too_many_bytes_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seethrough.images.decode.MAX_BYTES", 9)
    with pytest.raises(UserError, match="photo has 10 bytes; right would be at most 9"):
        decode(b"0123456789", "photo")
