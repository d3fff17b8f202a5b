"""The one way out: from an image to a file."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from seethrough.errors import UserError
from seethrough.files import replacing
from seethrough.images.arrays import in_range

WRITERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"lossless": True}),
    ".bmp": ("BMP", {}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
}


def save_image(image: Tensor, path: str | Path) -> Path:
    """Write a float image, [C, H, W] or [1, C, H, W] with C 1 or 3, at 8 bits a value, each rounded to the nearest.

    The suffix chooses the format; all but JPEG give back the very levels that were written.
    The file is there whole or not at all. Return its path.

    >>> photo(save_image(photo("coffee"), "coffee.png")).equal(photo("coffee"))
    True
    """
    path = Path(path)
    if path.suffix.lower() not in WRITERS:
        raise UserError(f"path {str(path)!r} ends in {path.suffix!r}; right would be one of: {', '.join(WRITERS)}")
    encoding, options = WRITERS[path.suffix.lower()]
    picture = as_pil(image)
    with replacing(path) as temporary:
        try:
            picture.save(temporary, encoding, **options)
        except (OSError, ValueError) as error:
            size = f"{picture.width} x {picture.height}"
            raise UserError(f"path {str(path)!r}: {size} pixels cannot be written as {encoding}: {error}") from error
    return path


def as_pil(image: Tensor) -> Image.Image:
    """Return a float image as a PIL image of 8 bits a value, each rounded to the nearest."""
    shape = tuple(image.shape)
    single = image[0] if len(shape) == 4 and shape[0] == 1 else image
    if single.ndim != 3 or single.shape[0] not in (1, 3) or 0 in shape:
        raise UserError(f"image has shape {shape}; right would be [C, H, W] or [1, C, H, W] with 1 or 3 channels")
    if not image.is_floating_point():
        raise UserError(f"image has values of type {image.dtype}; right would be floats in [0, 1]")
    values = in_range(single.float().numpy(force=True), "image")
    levels = np.rint(values * 255).astype(np.uint8)
    return Image.fromarray(levels[0] if len(levels) == 1 else np.moveaxis(levels, 0, 2))
