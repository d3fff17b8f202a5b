"""Tiny data sets that can be learned in no time, for any test of training."""

from functools import cache
from pathlib import Path

import torch

from seethrough import datasets
from seethrough.datasets.dataset import Dataset
from seethrough.images import save_image
from seethrough.train.learn import Pictures


@cache
def _digits(split: str) -> Dataset:
    return datasets.load("digits", split)


def digits(count: int, split: str = "train") -> Dataset:
    """Return the first digits of a part."""
    return _digits(split).part(range(count))


def shades(count: int = 24, classes: int = 3, channels: int = 3, size: tuple[int, int] = (8, 10)) -> Dataset:
    """Return noisy pictures in turn of each class, the brighter the later the class."""
    noise = torch.randint(0, 60, (count, channels, *size), generator=torch.Generator().manual_seed(count))
    labels = torch.arange(count) % classes
    pixels = noise + labels.view(-1, 1, 1, 1) * (190 // max(classes - 1, 1))
    return Dataset("shades", tuple(f"shade {label}" for label in range(classes)), labels, pixels.to(torch.uint8))


def pictures(count: int = 24, classes: int = 3, channels: int = 3, size: tuple[int, int] = (8, 10)) -> Pictures:
    """Return the same as a training holds them."""
    data = shades(count, classes, channels, size)
    assert data.pixels is not None
    return Pictures(data.pixels, data.labels)


def class_folders(root: Path, each: int = 4, broken: tuple[str, ...] = ()) -> Path:
    """Write class folders of photos of many sizes, dark and bright; some files are no pictures."""
    generator = torch.Generator().manual_seed(0)
    for label, name in enumerate(("dark", "light")):
        for place in range(each):
            height, width = (int(torch.randint(30, 70, (), generator=generator)) for _ in range(2))
            file = root / name / f"{place}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            if f"{name}/{place}" in broken:
                file.write_bytes(b"no picture")
            else:
                save_image(torch.rand(3, height, width, generator=generator) * 0.3 + 0.6 * label, file)
    return root
