"""The one way in: from a file, bytes, a PIL image, an array or a sample to an image."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images.arrays import from_array
from seethrough.images.decode import MAX_BYTES, decode, from_pil, too_many_bytes
from seethrough.images.sources import locate, shown

Source = str | os.PathLike[str] | bytes | Image.Image | NDArray[Any] | Tensor


def photo(source: Source, *, name: str = "photo") -> Tensor:
    """Read a picture as float32 [C, H, W] in [0, 1].

    A file (or the name of a sample), its bytes or a PIL image gives RGB: upright by its EXIF note, transparency laid
    over white, the first frame of an animation, 16 bits kept; colour profiles are not applied. An array or a tensor
    keeps its 1 or 3 channels: floats in [0, 1], integers 0..255, uint16 0..65535, in the order [H, W, C] or [C, H, W].
    `name` is what errors call the picture.

    >>> photo("coffee").shape
    torch.Size([3, 400, 600])
    """
    if isinstance(source, str | os.PathLike):
        path = locate(Path(source) if isinstance(source, os.PathLike) else source, name)
        named = f"{name} {shown(os.fspath(source))}"
        return from_array(decode(_read(path, named), named), named)
    if isinstance(source, bytes | bytearray | memoryview):
        named = f"{name} ({len(source)} bytes)"
        return from_array(decode(bytes(source), named), named)
    if isinstance(source, Image.Image):
        return from_array(from_pil(source, name), name)
    if isinstance(source, np.ndarray | Tensor):
        return from_array(source, name)
    kind = type(source).__name__
    raise UserError(
        f"{name} is of type {kind}; right: a path, bytes, a PIL image, an array, a tensor or a sample's name"
    )


def _read(path: Path, name: str) -> bytes:
    # Reading a pipe or a device might never end.
    if path.is_dir():
        raise UserError(f"{name} is a folder; right would be one image file in it")
    try:
        if not path.is_file():
            raise UserError(f"{name} is not a regular file; right would be an image file")
        if path.stat().st_size > MAX_BYTES:
            raise too_many_bytes(path.stat().st_size, name)
        return path.read_bytes()
    except OSError as refused:
        raise UserError(f"{name} cannot be read: {refused.strerror or refused}") from refused
