"""Tiny data sets in the layouts of the known ones, for any test to write down."""

import gzip
import pickle
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def idx(values: np.ndarray) -> bytes:
    """Return an array as the files of MNIST hold it, written down by hand: 0, 0, 8, sides, the sizes, the bytes."""
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def mnist_files(root: Path, train: int = 7, test: int = 3, packed: bool = True, folder: str = "MNIST") -> None:
    """Write a tiny MNIST: picture i of a part is filled with i, and shows i % 10."""
    raw = root / folder / "raw"
    raw.mkdir(parents=True)
    for prefix, count in (("train", train), ("t10k", test)):
        images = np.repeat(np.arange(count, dtype=np.uint8), 28 * 28).reshape(count, 28, 28)
        for kind, values in (("images-idx3", images), ("labels-idx1", np.arange(count, dtype=np.uint8) % 10)):
            content = idx(values)
            file = raw / f"{prefix}-{kind}-ubyte{'.gz' if packed else ''}"
            file.write_bytes(gzip.compress(content) if packed else content)


def cifar_files(root: Path, seed: int = 0) -> dict[str, np.ndarray]:
    """Write a tiny CIFAR-10 of 4 pictures a file; return the pixels of each file [4, 3, 32, 32]."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    written = {}
    for name in [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]:
        pixels = generator.integers(0, 256, (4, 3072), dtype=np.uint8)
        (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": [3, 1, 4, 1]}))
        written[name] = pixels.reshape(4, 3, 32, 32)
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [f"thing {number}" for number in range(10)]}))
    return written


PETS = {"trainval": ["Bengal_2 2 1 2", "american_bulldog_7 1 2 1"], "test": ["american_bulldog_9 1 2 1"]}


def pets_files(root: Path, lists: Mapping[str, Sequence[str]] = PETS) -> Path:
    """Write a tiny Oxford-IIIT Pet; the red of a picture is ten times its number."""
    folder = root / "oxford-iiit-pet"
    for name in ("images", "annotations"):
        (folder / name).mkdir(parents=True)
    for name, rows in lists.items():
        (folder / "annotations" / f"{name}.txt").write_text("".join(f"{row}\n" for row in rows))
        for row in rows:
            picture = row.split()[0]
            picture_file(folder / "images" / f"{picture}.jpg", 10 * int(picture.rpartition("_")[2]))
    return folder


def picture_file(file: Path, red: int = 0, size: tuple[int, int] = (40, 56)) -> Path:
    """Write a picture of one colour, its height and width given."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size[1], size[0]), (red, 0, 0)).save(file)
    return file
