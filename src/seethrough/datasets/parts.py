"""What to learn from and what to be tested on, from what a person named."""

from collections.abc import Sequence
from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.folders import OnePartError
from seethrough.datasets.load import load
from seethrough.errors import UserError
from seethrough.networks.streams import image_streams

SHARE = 0.2


def parts(
    name: str | Path, *, root: str | Path | None = None, share: float = SHARE, seed: int = 0
) -> tuple[Dataset, Dataset]:
    """Return the training and the test part of a data set; where there is none, a `share` of every class drawn by seed.

    >>> [len(part) for part in parts("digits")]
    [1437, 360]
    """
    try:
        return load(name, "train", root=root), load(name, "test", root=root)
    except OnePartError:
        return parted(load(name, None, root=root), share, seed)


def parted(data: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Set a share of every class aside as the test part, at least one picture of each where there are two."""
    if not 0 < share < 1:
        raise UserError(f"share is {share}; the test part takes more than 0 and less than 1 of the pictures")
    (stream,) = image_streams(seed, 1)
    order = torch.randperm(len(data), generator=stream)
    aside = torch.zeros(len(data), dtype=torch.bool)
    for label in torch.unique(data.labels).tolist():
        own = order[data.labels[order] == label]
        aside[own[: min(max(round(share * len(own)), 1), len(own) - 1)]] = True
    if not aside.any():
        raise UserError(f"data {data.name!r} has one picture a class; a test part takes classes of two or more")
    places = torch.arange(len(data))
    return data.part(places[~aside], f"{data.name} train"), data.part(places[aside], f"{data.name} test")


def drawn(data: Dataset, count: int | None, seed: int) -> Dataset:
    """Return so many pictures drawn by seed, in the order of the data set; all without a count."""
    if count is None or count >= len(data):
        return data
    (stream,) = image_streams(seed, 1)
    return data.part(torch.randperm(len(data), generator=stream)[:count].sort().values)


def gathered(names: Sequence[str | Path], split: str | None, root: str | Path | None) -> Dataset:
    """Return one data set of several: classes of one name are one class, and a folder of photos alone is a class by itself."""
    if len(names) == 1:
        return load(names[0], split, root=root)
    found = [load(name, split, root=root) for name in names]
    if any(one.pixels is not None for one in found):
        raise UserError(
            f"data: {', '.join(map(str, names))} cannot be taken together; several have to be folders of photos"
        )
    classes: list[str] = []
    labels = []
    for one, name in zip(found, names, strict=True):
        own = one.classes or (Path(name).resolve().name,)
        classes += [label for label in own if label not in classes]
        places = torch.tensor([classes.index(label) for label in own])
        labels.append(places[one.labels.clamp_min(0)])
    files = tuple(file for one in found for file in one.files)
    return Dataset(" + ".join(one.name for one in found), tuple(classes), torch.cat(labels), files=files)
