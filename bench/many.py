"""Many photos for a bench: of a folder named on the command line, else the ImageNet samples, else the bundled ones."""

import os
import sys
from itertools import cycle, islice
from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.images import SAMPLES, sample_path

SHARED = Path(os.environ.get("SEETHROUGH_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def photos(count: int) -> Dataset:
    """Return so many photos; where there are fewer, they are gone through again."""
    named = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "data" / "imagenet-1k-samples"
    found = sorted(path for path in named.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    found = found or [sample_path(name) for name in SAMPLES]
    return Dataset("photos", (), torch.full((count,), -1), files=tuple(islice(cycle(found), count)))


def peak() -> float:
    """Return the most memory this process ever took, in MB; what its parent took is not in it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
