"""A data set by its name, or from a folder or a file."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from seethrough.datasets.arrays import arrays
from seethrough.datasets.cifar import cifar
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.digits import digits
from seethrough.datasets.folders import folders, one_part
from seethrough.datasets.joined import joined
from seethrough.datasets.known import KNOWN, known_set
from seethrough.datasets.mnist import mnist
from seethrough.datasets.pets import pets
from seethrough.datasets.root import data_root
from seethrough.errors import UserError

SPLITS = ("train", "test", None)

READERS: dict[str, Callable[[Path, str | None], Dataset]] = {
    "digits": lambda root, split: digits(split),
    "mnist": partial(mnist, name="mnist"),
    "fashion-mnist": partial(mnist, name="fashion-mnist"),
    "cifar10": partial(cifar, name="cifar10", loader="CIFAR10"),
    "cifar100": partial(cifar, name="cifar100", loader="CIFAR100"),
    "oxford-pets": pets,
}


def load(name: str | Path, split: str | None = "train", *, root: str | Path | None = None) -> Dataset:
    """Return a known data set from where they are kept, or one from a folder or an .npz; never from the network.

    `split` is "train", "test", or None for all there is. `root` is where known ones are kept: else SEETHROUGH_DATA, else
    torchvision's place. A name with a slash in it, or that ends in .npz, is a path; any other is first a known name.

    >>> len(load("digits", "test"))
    360
    """
    if split not in SPLITS:
        raise UserError(f"split is {split!r}; right would be 'train', 'test', or None for all")
    path = Path(name).expanduser()
    if not _is_path(name) and (str(name) in KNOWN or not path.exists()):
        return READERS[known_set(str(name)).name](data_root(root), split)
    return _from_path(path, split)


def _is_path(name: str | Path) -> bool:
    return isinstance(name, os.PathLike) or os.sep in name or "/" in name or name.endswith(".npz")


def _from_path(path: Path, split: str | None) -> Dataset:
    if not path.is_dir():
        if split == "test":
            raise one_part(path)
        return arrays(path)
    for known in KNOWN.values():
        if path.absolute().name == known.folder and (path / known.layout).exists():
            return READERS[known.name](path.absolute().parent, split)
    if (path / "train.npz").is_file():
        parts = [arrays(path / f"{part}.npz", path.name) for part in ([split] if split else ["train", "test"])]
        return joined(parts)
    return folders(path, split)
