"""The handwritten digits that come with scikit-learn, laid out as those of MNIST are."""

import gzip

import numpy as np
import torch
from torch.nn import functional

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.digits_file import digits_file
from seethrough.datasets.known import DIGITS
from seethrough.networks.frame import cut

TESTED = 36  # of each digit; the scarcest has 174
LEVELS = 16
INK, SIZE = 20, 28  # as in MNIST: a digit of 20 pixels in the middle of 28


def digits(split: str | None = None) -> Dataset:
    """Read the 1,797 digits of 8 x 8 pixels (Alpaydin and Kaynak 1998), enlarged to 20 and framed in black to 28.

    The split is ours and always the same: 36 of each digit, drawn by a fixed seed, are the test part.

    >>> len(digits("train")), len(digits("test"))
    (1437, 360)
    """
    with gzip.open(digits_file(), "rt") as file:
        rows = np.loadtxt(file, delimiter=",")
    small = torch.tensor(rows[:, :-1], dtype=torch.float32).view(-1, 1, 8, 8) / LEVELS
    labels = torch.tensor(rows[:, -1], dtype=torch.long)
    enlarged = cut(functional.interpolate(small, (INK, INK), mode="bicubic"))
    pixels = (functional.pad(enlarged, [(SIZE - INK) // 2] * 4) * 255).round().to(torch.uint8)
    whole = Dataset("digits", DIGITS, labels, pixels)
    if split is None:
        return whole
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    tested = torch.cat([order[labels[order] == digit][:TESTED] for digit in range(len(DIGITS))])
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    chosen[tested] = True
    return whole.part((chosen if split == "test" else ~chosen).nonzero().flatten())
