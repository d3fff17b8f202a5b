"""Many photos for a bench: the ImageNet samples, else the bundled ones, gone through again as often as needed."""

import os
from itertools import cycle, islice
from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.images import SAMPLES, sample_path

SHARED = Path(os.environ.get("SEETHROUGH_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def many_photos(count: int) -> Dataset:
    """Return so many photos; where there are fewer, they are gone through again."""
    found = sorted((SHARED / "data" / "imagenet-1k-samples").rglob("*.jpg"))
    found = found or [sample_path(name) for name in SAMPLES]
    return Dataset("photos", (), torch.full((count,), -1), files=tuple(islice(cycle(found), count)))
