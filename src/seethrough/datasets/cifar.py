"""CIFAR-10 and CIFAR-100, read by torchvision: their files are pickles, and it checks each one's MD5 first."""

from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.known import known_set
from seethrough.datasets.state import missing, state


def cifar(root: Path, split: str | None, name: str, loader: str) -> Dataset:
    """Read a split, or both, with the torchvision loader of that name, or say which file is missing or damaged.

    >>> cifar(Path("data"), "test", "cifar10", "CIFAR10").pixels.shape
    torch.Size([10000, 3, 32, 32])
    """
    import torchvision

    try:
        parts = [
            getattr(torchvision.datasets, loader)(root, train=part == "train")
            for part in ([split] if split else ["train", "test"])
        ]
    except RuntimeError as absent:
        raise missing(known_set(name), root, state(known_set(name), root).says or str(absent)) from absent
    pixels = torch.cat([torch.from_numpy(part.data).permute(0, 3, 1, 2) for part in parts]).contiguous()
    labels = torch.tensor([label for part in parts for label in part.targets])
    return Dataset(name, tuple(parts[0].classes), labels, pixels)
