"""Data sets in folders: of class folders, of train and test, or of photos alone."""

from collections.abc import Sequence
from pathlib import Path

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.images import expand
from seethrough.images.sources import SUFFIXES

TESTS = ("test", "val")


def folders(folder: Path, split: str | None) -> Dataset:
    """Read a folder of class folders, one that holds such folders as train and test (or val), or one of photos alone.

    Classes are in the order of the alphabet. Pictures may lie deeper in a class folder; hidden files are left out. Photos
    without class folders have the label -1.

    >>> load("pets").classes                            # pets/cat/*.jpg, pets/dog/*.jpg
    ('cat', 'dog')
    """
    parts = _parts(folder)
    if parts is None:
        if split == "test":
            raise one_part(folder)
        inside = _inside(folder)
        if [one.name for one in inside] == ["train"] and _inside(inside[0]):
            return folders(inside[0], split)  # one part that says so, no class of that name
        return _labelled(folder, folder, [folder], [one.name for one in inside]) if inside else _photos(folder)
    train, test = parts
    chosen = {"train": [train], "test": [test], None: [train, test]}[split]
    # The names of the classes are those of the training part, whichever part is asked for.
    return _labelled(folder, folder if split is None else chosen[0], chosen, [one.name for one in _inside(train)])


class OnePartError(UserError):
    """A test part was asked for where there is one part only."""


def one_part(path: Path) -> OnePartError:
    """Build the error for a test part that is not there."""
    right = "a folder that holds train and test; or load it with split=None and take data.part(places)"
    return OnePartError(f"split is 'test', and data {str(path)!r} has one part only; right would be {right}")


def _parts(folder: Path) -> tuple[Path, Path] | None:
    """Return train and test where there are both, with folders in them: a class may be called train, too."""
    train = folder / "train"
    for test in (folder / name for name in TESTS):
        if all(part.is_dir() and _inside(part) for part in (train, test)):
            return train, test
    return None


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    except OSError as refused:
        raise UserError(f"data {str(folder)!r} cannot be read: {refused.strerror}") from refused


def _labelled(folder: Path, root: Path, parts: Sequence[Path], classes: Sequence[str]) -> Dataset:
    files: list[Path] = []
    labels: list[int] = []
    for part in parts:
        for one in _inside(part):
            if one.name not in classes:
                raise UserError(f"data {str(one)!r} is a class that train has no folder for; it has {_some(classes)}")
            found = _pictures(one)
            if not found:
                raise UserError(
                    f"data {str(one)!r} is an empty class folder: it holds no pictures; give it some, or take it out"
                )
            files += found
            labels += [classes.index(one.name)] * len(found)
    return Dataset(folder.name, tuple(classes), torch.tensor(labels), files=tuple(files), root=root)


def _pictures(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def _photos(folder: Path) -> Dataset:
    files = tuple(Path(file) for file in expand([folder]))
    return Dataset(folder.name, (), torch.full((len(files),), -1), files=files, root=folder)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
