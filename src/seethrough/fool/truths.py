"""What photos really show, as their folders tell it."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.labels import imagenet
from seethrough.networks.network import ClassLike, Network

Known: TypeAlias = ClassLike | Sequence[ClassLike | None] | Tensor | None
"""What photos show: one class for all, or one for each; None where it is not known."""

LIST = "labels.csv"
FILE, CLASS, INDEX = "file", "class", "imagenet_index"


def truths(sources: Sequence[Path | str], network: Network) -> list[int | None]:
    """Return the class of each photo, or None where nothing tells it.

    A `labels.csv` beside the photo tells it: its column `file` names the photo, and `class` is a label, an index or a WordNet
    id. In place of `class` there may be `imagenet_index`, for networks with the classes of ImageNet; of a photo that shows
    several (242|243|282) it does not say which one to leave, so that counts as not known. Or the folder it lies in tells it,
    whose name then is a class; once one folder's name is one, all of them have to be. The samples (by name) are not known.

    >>> truths([Path("photos/n01443537/1.jpg"), Path("photos/ostrich/2.jpg")], load())
    [1, 9]
    """
    paths = [source if isinstance(source, Path) else None for source in sources]
    listed = cache(lambda folder: _listed(folder, network))
    found = [None if path is None else listed(path.parent).get(path.name, path) for path in paths]
    classes = _classes([one.parent for one in found if isinstance(one, Path)], network)
    return [classes.get(one.parent) if isinstance(one, Path) else one for one in found]


def known_classes(network: Network, classes: Known, count: int) -> list[int | None]:
    """Return the index of the class that each of `count` photos shows, as far as it was given.

    >>> known_classes(load(), ["goldfish", None], 2)
    [1, None]
    """
    if isinstance(classes, Tensor):
        classes = classes.reshape(-1).tolist()
    named = [classes] * count if classes is None or isinstance(classes, int | str) else list(classes)
    if len(named) != count:
        raise UserError(f"classes: {len(named)} given for {count} images; give one, or one for each image")
    return [None if one is None else network.resolve_class(one) for one in named]


def _listed(folder: Path, network: Network) -> Mapping[str, int | None]:
    """Return the class of every photo that a folder's list tells of: None for those that show several."""
    place = folder / LIST
    if not place.is_file():
        return {}
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as damage:
        raise UserError(f"{place} cannot be read as a list of classes: {damage}") from None
    found: dict[str, int | None] = {}
    for row in rows:
        name, own, index = ((row.get(column) or "").strip() for column in (FILE, CLASS, INDEX))
        if name and own:
            found[name] = _class(place, name, own, network)
        elif name and index and len(network.labels) == len(imagenet()):
            found[name] = _index(place, name, index)
    return found


def _class(place: Path, name: str, said: str, network: Network) -> int:
    try:
        return network.resolve_class(said)
    except UserError as no_class:
        raise UserError(f"{place}: {name}: {no_class}") from None


def _index(place: Path, name: str, said: str) -> int | None:
    several = said.split("|")
    for one in several:
        if not (one.strip().isdecimal() and int(one) < len(imagenet())):
            raise UserError(f"{place}: {name} has {INDEX} {said!r}; it takes 0 to {len(imagenet()) - 1}")
    return int(said) if len(several) == 1 else None


def _classes(folders: Sequence[Path], network: Network) -> dict[Path, int]:
    """Return the class that each folder is named after: of all of them, or of none."""
    classes: dict[Path, int] = {}
    refused: list[str] = []
    for folder in dict.fromkeys(folders):
        try:
            classes[folder] = network.resolve_class(folder.resolve().name)
        except UserError as no_class:
            refused.append(f"folder {str(folder)!r} is not named after a class, as others are: {no_class}")
    if classes and refused:
        raise UserError(refused[0])
    return classes
