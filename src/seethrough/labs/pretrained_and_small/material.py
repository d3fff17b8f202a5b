"""What the problems are done on: photos, and data sets where they are; what stands in for them where they are not."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch

from seethrough import datasets, photo
from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.labs.desk import Desk
from seethrough.networks.frame import Box
from seethrough.networks.network import Network

SMALL = ("cifar10-cnn", "cifar10-cnn-bn", "cifar10-best")
"""The networks of problem 3, in its order."""


@dataclass(frozen=True)
class Subject:
    """A photo, what it may rightly be read as, and where the thing is: top, left, bottom, right as shares of the photo."""

    name: str
    source: str
    shows: tuple[str, ...]
    box: tuple[float, float, float, float]

    def within(self, network: Network) -> Box:
        """Return where the thing is in the pixels that a network sees."""
        shown = photo(self.source)
        height, width = shown.shape[-2:]
        top, left, bottom, right = self.box
        return network.frame.to_frame(Box(top * height, left * width, bottom * height, right * width), shown)


PEPPERS = Subject("peppers", "", ("bell pepper",), (0.1, 0, 0.85, 1))
STAND_IN = Subject("cat", "cat", ("tabby", "tiger cat", "Egyptian cat"), (0, 0.16, 1, 0.84))
OTHERS = (
    Subject("coffee", "coffee", ("espresso", "cup", "coffee mug"), (0, 0.26, 0.8, 0.72)),
    Subject("rocket", "rocket", ("missile", "projectile"), (0.26, 0.47, 1, 0.54)),
    Subject("moped", "moped", ("moped", "motor scooter"), (0.1, 0.16, 0.96, 0.84)),
)
SHUTTLE = 812
"""The class of a space shuttle."""
TARGETS: tuple[int | str, ...] = (SHUTTLE, "goldfish", "volcano", "ostrich")
"""What the four photos are to be taken for."""


def subjects(desk: Desk) -> tuple[Subject, ...]:
    """Return the four photos; the first is peppers, where that photo is among the data."""
    found = peppers(desk.root)
    return (STAND_IN if found is None else replace(PEPPERS, source=str(found)), *OTHERS)


def peppers(root: Path) -> Path | None:
    """Return the photo of peppers, where it lies under the root or in a folder of photos there."""
    places = (root / folder / f"peppers.{ending}" for folder in ("", "photos") for ending in ("png", "jpg", "jpeg"))
    return next((place for place in places if place.is_file()), None)


def missing_peppers(desk: Desk) -> str:
    """Say what stands in for the photo of peppers, where it is not there."""
    if peppers(desk.root) is not None:
        return ""
    return (
        f"The photo of peppers (peppers.png or peppers.jpg) was not found among the data; the bundled photo "
        f"{STAND_IN.name!r} stands in for it."
    )


def pets(desk: Desk) -> tuple[Dataset, Dataset] | None:
    """Return the pets to learn from and those to be tested on, where they are."""
    try:
        return (
            datasets.load("oxford-pets", "train", root=desk.root),
            datasets.load("oxford-pets", "test", root=desk.root),
        )
    except UserError:
        return None


@cache
def cifar10(root: Path) -> Dataset | None:
    """Return the test pictures of CIFAR-10, where they are: as torchvision lays them, or as test.npz in a folder cifar10."""
    for name, where in (("cifar10", root), (root / "cifar10", None)):
        try:
            return datasets.load(name, "test", root=where)
        except UserError:
            continue
    return None


def some_of_each(data: Dataset, count: int) -> Dataset:
    """Return the first pictures of each class, so many of each."""
    places = [(data.labels == index).nonzero()[:count, 0] for index in range(len(data.classes))]
    return data.part(torch.cat(places).sort().values)
