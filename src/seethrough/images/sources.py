"""Where photos come from, as people type it: files, folders, globs and the names of samples."""

import glob
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from seethrough.errors import UserError, closest
from seethrough.images.samples import SAMPLES, sample_path

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".ico"}
)


def expand(sources: Iterable[str | Path]) -> list[Path | str]:
    """Return the files (as paths) and samples (by name) that the sources stand for, in order, each once.

    A source is a file, a folder (the images in it, hidden ones left out), a glob or the name of a sample; what exists
    on disk wins over a sample of that name. Folders and globs are sorted as people count: 9.jpg before 10.jpg.

    >>> expand(["cat", "coffee", "cat"])
    ['cat', 'coffee']
    """
    sources = [sources] if isinstance(sources, str | Path) else sources
    found: dict[Path | str, Path | str] = {}
    for source in sources:
        for each in _expand_one(source):
            found.setdefault(each.resolve() if isinstance(each, Path) else each, each)
    return list(found.values())


def locate(source: str | Path, name: str = "photo") -> Path:
    """Return the path of one photo given by its path or as the name of a sample; a path that exists wins.

    >>> locate("coffee").name
    'coffee.png'
    """
    path = _path(source)
    if str(source) and _exists(path):
        return path
    if str(source) in SAMPLES:
        return sample_path(str(source))
    raise _missing(source, name)


def photo_name(source: str | Path) -> str:
    """Return a short name for a caption.

    >>> photo_name("holiday/IMG_0012.jpg")
    'IMG_0012'
    """
    return Path(source).stem or str(source)


def shown(source: str | Path) -> str:
    """Return a source as it stands in a message: quoted, on one line, the middle of a very long one left out."""
    quoted = repr(str(source))
    return quoted if len(quoted) <= 160 else f"{quoted[:70]}...{quoted[-70:]}"


def _expand_one(source: str | Path) -> list[Path | str]:
    path = _path(source)
    if str(source) and _exists(path):
        return [*_images_in(path)] if path.is_dir() else [path]
    if glob.has_magic(str(source)):
        # Path.glob knows neither absolute patterns nor how to leave hidden files out.
        matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207
        images = sorted(filter(_is_image, matches), key=_as_people_count)
        if not images:
            raise UserError(f"photo {shown(source)} matches no image file; right would be such as 'photos/*.jpg'")
        return [*images]
    if str(source) in SAMPLES:
        return [str(source)]
    raise _missing(source, "photo")


def _images_in(folder: Path) -> list[Path]:
    try:
        images = [path for path in folder.iterdir() if _is_image(path) and not path.name.startswith(".")]
    except OSError as refused:
        raise UserError(f"folder {shown(folder)} cannot be read: {refused.strerror}") from refused
    if not images:
        inside = shown(folder / "**")
        raise UserError(f"folder {shown(folder)} holds no image file of its own; with the folders inside: {inside}")
    return sorted(images, key=_as_people_count)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _as_people_count(path: Path) -> tuple[list[str | int], str]:
    # Splitting at digits leaves text at even places and numbers at odd ones, so text never meets a number.
    pieces = re.split(r"(\d+)", str(path).casefold())
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], str(path)


def _path(source: str | Path) -> Path:
    try:
        return Path(source).expanduser()
    except RuntimeError:  # "~nobody/cat.jpg": no such home
        return Path(source)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):  # not there; a name too long; a null byte
        return False
    return True


def _missing(source: str | Path, name: str) -> UserError:
    path = _path(source)
    if re.match(r"\w+:/", str(source)):
        return UserError(f"{name} {shown(source)} is a web address; download the picture and give its file")
    choices = {} if len(path.parts) > 1 else {sample: sample for sample in SAMPLES}
    if _exists(path.parent) and path.parent.is_dir():
        # Enough of a folder to find a slip of the finger, not all of a data set.
        choices |= {beside.name: str(beside) for beside in islice(path.parent.iterdir(), 1000) if _is_image(beside)}
    elif not _exists(path.parent):
        return UserError(f"{name} {shown(source)} does not exist: there is no folder {shown(path.parent)}")
    near = [choices[choice] for choice in closest(path.name, choices)] if len(path.name) < 256 else []
    right = f"closest: {', '.join(near)}" if near else f"right: an image file, or a sample: {', '.join(SAMPLES)}"
    return UserError(f"{name} {shown(source)} does not exist; {right}")
