"""The Oxford-IIIT pets, as torchvision lays them out: photos as files, and lists of what they show."""

from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.known import known_set
from seethrough.datasets.state import missing, state
from seethrough.errors import UserError

LISTS = {"train": "trainval", "test": "test"}


def pets(root: Path, split: str | None) -> Dataset:
    """Return the photos of a split (train is the official trainval), or of both, with their breeds.

    >>> pets(Path("data"), "test").classes[:2]
    ('Abyssinian', 'American Bulldog')
    """
    known = known_set("oxford-pets")
    found = state(known, root)
    if found.condition != "there":
        raise missing(known, root, found.says)
    folder = root / known.folder
    # Both lists name the breeds, so that both parts have the same.
    rows = {part: _rows(folder / "annotations" / f"{name}.txt") for part, name in LISTS.items()}
    breeds = {number: name.rpartition("_")[0] for part in rows.values() for name, number in part}
    classes = tuple(
        breeds.get(number, f"breed {number}").replace("_", " ").title() for number in range(1, max(breeds) + 1)
    )
    chosen = [row for part in ([split] if split else LISTS) for row in rows[part]]
    return Dataset(
        known.name,
        classes,
        torch.tensor([number - 1 for _, number in chosen], dtype=torch.long),
        files=tuple(folder / "images" / f"{name}.jpg" for name, _ in chosen),
        root=folder / "images",
    )


def _rows(file: Path) -> list[tuple[str, int]]:
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, breed = (*line.split(), "", "")[:2]
        if not breed.isdigit() or int(breed) < 1:
            raise UserError(
                f"data file {str(file)!r}, line {number}: {line!r} is not: picture, number of its breed, ..."
            )
        rows.append((name, int(breed)))
    if not rows:
        raise UserError(f"data file {str(file)!r} names no pictures; it is damaged or half downloaded")
    return rows
