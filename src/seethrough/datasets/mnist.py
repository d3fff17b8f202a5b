"""MNIST and the sets that came in its form, as torchvision lays them out: `raw` with two files a split."""

from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.idx import read_idx
from seethrough.datasets.known import CLASSES, known_set
from seethrough.datasets.state import missing, state
from seethrough.errors import UserError

PREFIXES = {"train": "train", "test": "t10k"}


def mnist(root: Path, split: str | None, name: str) -> Dataset:
    """Read a split, or both, from the files of 1998, packed with gzip or not.

    >>> len(mnist(Path("data"), "test", "mnist"))
    10000
    """
    folder = root / known_set(name).folder / "raw"
    images, labels = [], []
    for prefix in PREFIXES.values() if split is None else [PREFIXES[split]]:
        try:
            pixels = read_idx(folder / f"{prefix}-images-idx3-ubyte", sides=3)
            numbers = read_idx(folder / f"{prefix}-labels-idx1-ubyte", sides=1)
        except FileNotFoundError as absent:
            found = state(known_set(name), root)
            raise missing(known_set(name), root, found.says or f"{absent.filename} is missing") from None
        if len(pixels) != len(numbers):
            raise UserError(
                f"data {str(folder)!r} has {len(pixels):,} images and {len(numbers):,} labels in its {prefix} files; "
                "they do not belong together, or one is damaged"
            )
        if len(numbers) and int(numbers.max()) >= len(CLASSES[name]):
            raise UserError(
                f"data {str(folder)!r} has a label {int(numbers.max())} in its {prefix} files; right: 0 to 9"
            )
        images.append(pixels[:, None])
        labels.append(numbers.long())
    return Dataset(name, CLASSES[name], torch.cat(labels), torch.cat(images))
