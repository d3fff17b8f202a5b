"""A data set in one .npz file: `images` uint8 [N, H, W, C] or [N, H, W], `labels` [N], and `classes` if they have names."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError


def arrays(file: Path, name: str | None = None) -> Dataset:
    """Read the pictures of an .npz file; no object of Python is ever unpickled from it.

    >>> np.savez("two.npz", images=np.zeros((2, 40, 56, 3), np.uint8), labels=[0, 1], classes=["cat", "dog"])
    >>> arrays(Path("two.npz")).classes
    ('cat', 'dog')
    """
    content = _read(file)
    images, labels = content["images"], content["labels"]
    _check_images(images, file)
    classes = _classes(content.get("classes"), file)
    numbers = _labels(labels, len(images), len(classes), file)
    pixels = torch.from_numpy(
        images[:, None] if images.ndim == 3 else np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    )
    if not classes:
        classes = tuple(str(number) for number in range(int(numbers.max(initial=-1)) + 1))
    return Dataset(name or file.stem, classes, torch.from_numpy(numbers), pixels)


def _read(file: Path) -> dict[str, NDArray[Any]]:
    try:
        opened = np.load(file, allow_pickle=False)
        if not isinstance(opened, np.lib.npyio.NpzFile):
            raise UserError(f"data {str(file)!r} is one plain array; right: an .npz with images and labels")
        with opened:
            for wanted in ("images", "labels"):
                if wanted not in opened.files:
                    held = ", ".join(opened.files) or "nothing"
                    raise UserError(f"data {str(file)!r} has no {wanted!r}, but {held}; right: images and labels")
            return {name: opened[name] for name in ("images", "labels", "classes") if name in opened.files}
    except FileNotFoundError:
        raise UserError(f"data {str(file)!r} does not exist") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as damaged:
        reason = " ".join(str(damaged).split())
        raise UserError(f"data {str(file)!r} is damaged, cut off or no .npz file: {reason}") from damaged
    except ValueError as refused:
        if isinstance(refused, UserError):
            raise
        line = f"data {str(file)!r} is no .npz file, or holds Python objects, which are never read; right: plain arrays"
        raise UserError(line) from refused


def _check_images(images: NDArray[Any], file: Path) -> None:
    if images.dtype != np.uint8:
        line = f"data {str(file)!r} has images of type {images.dtype}; right would be uint8, 0 to 255"
        raise UserError(f"{line} (floats in [0, 1]: times 255, rounded)" if images.dtype.kind == "f" else line)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        right = "right would be [N, H, W], or [N, H, W, C] with 1 or 3 channels"
        raise UserError(f"data {str(file)!r} has images of shape {images.shape}; {right}")
    if 0 in images.shape:
        raise UserError(f"data {str(file)!r} has images of shape {images.shape}: it holds no pictures")


def _classes(names: NDArray[Any] | None, file: Path) -> tuple[str, ...]:
    if names is None:
        return ()
    if names.ndim != 1 or names.dtype.kind not in "US":
        shown = f"{names.dtype} of shape {names.shape}"
        raise UserError(f"data {str(file)!r} has classes of type {shown}; right would be a list of names")
    return tuple(str(name) for name in names.astype(str).tolist())


def _labels(labels: NDArray[Any], images: int, classes: int, file: Path) -> NDArray[np.int64]:
    if labels.shape != (images,):
        raise UserError(
            f"data {str(file)!r} has labels of shape {labels.shape}; right: ({images},), one for each image"
        )
    if labels.dtype.kind not in "iu":
        line = f"data {str(file)!r} has labels of type {labels.dtype}; right would be whole numbers"
        raise UserError(f"{line}, places in classes")
    numbers = labels.astype(np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    if low < -1 or (classes and high >= classes):
        right = f"0 to {classes - 1}" if classes else "0 and up"
        raise UserError(f"data {str(file)!r} has labels from {low} to {high}; right: {right}, or -1 for not known")
    return numbers
