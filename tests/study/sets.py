"""Small data sets whose classes are known, for any test of study to use."""

from pathlib import Path

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.images import save_image
from tests.nets import random_photos


def in_memory(count: int = 12, classes: int = 3, channels: int = 3, size: tuple[int, int] = (40, 56)) -> Dataset:
    """Return random pictures, class after class in turn."""
    pixels = (random_photos(count, channels, size) * 255).round().to(torch.uint8)
    names = tuple(f"class {index}" for index in range(classes))
    return Dataset("random", names, torch.arange(count) % classes, pixels=pixels)


def in_files(folder: Path, count: int = 12, broken: tuple[int, ...] = (), classes: int = 3) -> Dataset:
    """Return random pictures of the network's size as files, some of which are none."""
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(folder / f"{place:02d}.png" for place in range(count))
    for place, (file, picture) in enumerate(zip(files, random_photos(count), strict=True)):
        if place in broken:
            file.write_bytes(b"no picture")
        else:
            save_image(picture, file)
    names = tuple(f"class {index}" for index in range(classes))
    return Dataset("files", names, torch.arange(count) % classes, files=files, root=folder)


def pixels_of(data: Dataset) -> Tensor:
    """Return all pictures [N, C, H, W]."""
    return torch.stack([data[place] for place in range(len(data))])
