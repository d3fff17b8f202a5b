"""The parts of a data set as one."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError


def joined(parts: Sequence[Dataset]) -> Dataset:
    """Return parts that lie in memory one after the other; they must have the same classes and the same size.

    >>> len(joined([load("digits", "train"), load("digits", "test")]))
    1797
    """
    first = parts[0]
    for part in parts[1:]:
        if part.classes != first.classes or part[0].shape != first[0].shape:
            shapes = " and ".join(f"{len(each.classes)} classes of {tuple(each[0].shape)}" for each in (first, part))
            raise UserError(f"data {first.name!r} has parts of different kinds: {shapes}; right: the same in both")
    pixels = torch.cat([part.pixels for part in parts if part.pixels is not None])
    return replace(first, labels=torch.cat([part.labels for part in parts]), pixels=pixels)
