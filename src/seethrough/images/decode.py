"""Image files and PIL images to arrays of pixels: upright, in RGB, whole."""

from contextlib import nullcontext
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from seethrough.errors import UserError
from seethrough.images.quiet import no_stderr, quiet

# No EPS, WMF and the like: Pillow would start a program to read them.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "AVIF", "ICO")
MAX_PIXELS = 64_000_000
MAX_BYTES = 200_000_000

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(data: bytes, name: str) -> NDArray[Any]:
    """Return the pixels of an encoded image, of the first frame if it moves: [H, W, 3 or 4], uint8 or float32.

    >>> decode(sample_path("coffee").read_bytes(), "coffee").shape
    (400, 600, 3)
    """
    if not data:
        raise UserError(f"{name} is empty (0 bytes); right would be an image file")
    if len(data) > MAX_BYTES:
        raise too_many_bytes(len(data), name)
    try:
        with quiet(MAX_PIXELS), Image.open(BytesIO(data), formats=FORMATS) as image:
            return _pixels(image, name)
    except UnidentifiedImageError:
        known, start = ", ".join(FORMATS), data[:12]
        raise UserError(f"{name} is no image ({known}) or a damaged one; it starts with {start!r}") from None
    except Exception as error:
        raise _undecodable(error, name) from error


def from_pil(image: Image.Image, name: str) -> NDArray[Any]:
    """Return the pixels of a PIL image as `decode` does; the image stays as it is."""
    try:
        with quiet(MAX_PIXELS):
            return _pixels(image, name)
    except Exception as error:
        raise _undecodable(error, name) from error


def too_many_bytes(count: int, name: str) -> UserError:
    """Build the error for a file too large to be a photo."""
    return UserError(f"{name} has {count:,} bytes; right would be at most {MAX_BYTES:,}")


def _undecodable(error: Exception, name: str) -> UserError:
    # Pillow's plugins raise nearly every built-in exception on damaged files.
    if isinstance(error, UserError):
        return error
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return UserError(f"{name} has too many pixels; right would be at most {MAX_PIXELS:,} in all")
    reason = " ".join(str(error).split()) or type(error).__name__
    return UserError(f"{name} is damaged, cut off or of a kind that is not read: {reason}")


def _pixels(image: Image.Image, name: str) -> NDArray[Any]:
    _check_size(image, name)
    with no_stderr() if image.format == "TIFF" else nullcontext():
        image.load()
    image = _upright(image)
    if image.mode.startswith("I;16"):
        return _three_channels(np.asarray(image) / np.float32(65535))
    if image.mode == "I":
        return _three_channels(_sixteen_bits(np.asarray(image), name))
    if image.mode == "F":
        values = np.asarray(image)
        return _three_channels(values / _white(float(values.max())))
    if image.mode == "P":
        # Turning a palette to RGBA writes its alpha into the palette that it came from.
        image = image.copy()
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    if not width * height:
        raise UserError(f"{name} has no pixels: it is {width} wide and {height} high")
    if width * height > MAX_PIXELS:
        raise UserError(f"{name} has {width} x {height} pixels; right would be at most {MAX_PIXELS:,} in all")


def _upright(image: Image.Image) -> Image.Image:
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    except Exception:
        # Damaged notes about the camera are no reason to refuse a whole picture.
        return image
    return image if turn is None else image.transpose(turn)


def _sixteen_bits(values: NDArray[Any], name: str) -> NDArray[Any]:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise UserError(f"{name} holds grey values from {low} to {high}; right would be 16 bits: 0 to 65535")
    return values / np.float32(65535)


def _white(high: float) -> np.float32:
    # Files of floats do not say what white is. Up to twice a white is taken for that white overshot, and refused later
    # on, rather than for a nearly black picture under the next one.
    return np.float32(next((white for white in (1, 255, 65535) if high <= 2 * white), 1))


def _three_channels(grey: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(grey.astype(np.float32)[..., None], 3, axis=2)
