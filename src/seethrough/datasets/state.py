"""Whether a known data set is there, whole or damaged. Files are looked at; torch is not loaded."""

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seethrough.datasets.digits_file import digits_file
from seethrough.datasets.known import WITHOUT_NETWORK, Download, File, Known
from seethrough.datasets.root import data_root
from seethrough.errors import UserError


@dataclass(frozen=True)
class State:
    """How a data set stands in a folder, and what is wrong with it or to be known of it."""

    condition: Literal["there", "damaged", "missing"]
    where: Path
    says: str = ""


def state(known: Known, root: Path) -> State:
    """Look at every file the data set needs: whether it is there, has the published MD5, and is no half download.

    >>> state(known_set("digits"), data_root()).condition
    'there'
    """
    if not known.downloads:
        try:
            return State("there", digits_file())
        except UserError as without:
            return State("missing", root, str(without))
    folder = root / known.folder
    wrong = [problem for file in known.files if (problem := _wrong(folder, file))]
    absent = [problem for problem in wrong if problem.endswith("is missing")]
    if not wrong:
        return _pictures(known, folder)
    half = [problem for download in known.downloads if (problem := half_downloaded(root, download))]
    if len(absent) == len(known.files) and not half:
        return State("missing", folder, f"{known.folder} is missing")
    return State("damaged", folder, _first(half or [problem for problem in wrong if problem not in absent] or wrong))


def missing(known: Known, root: Path, problem: str) -> UserError:
    """Build the one line for a data set that is not there or not whole: what, where, what brings it, what works offline."""
    place = "" if root == data_root() else f" --data {shlex.quote(str(root))}"
    brings = f"bring it with: seethrough data get {known.name}{place}"
    return UserError(f"data {known.name!r} was looked for in {str(root)!r}: {problem}; {brings}; {WITHOUT_NETWORK}")


def half_downloaded(root: Path, download: Download) -> str:
    """Say what is wrong with a downloaded archive that lies there, or nothing."""
    file = root / download.path
    if not file.name.endswith(".tar.gz") or not file.is_file() or md5(file) == download.md5:
        return ""
    there, whole = file.stat().st_size, download.size
    return f"{file.name} is damaged or half downloaded ({there:,} of {whole:,} bytes)"


def md5(file: Path) -> str:
    """Return the MD5 of a file: against damage, not against malice."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _wrong(folder: Path, file: File) -> str:
    path = folder / file.path
    plain = path.with_suffix("") if file.unpacked else path
    if file.unpacked and plain.is_file() and plain.stat().st_size == file.unpacked:
        return ""
    if path.is_file():
        return f"{path.name} is damaged or half downloaded" if file.md5 and md5(path) != file.md5 else ""
    if plain.is_file():
        return f"{plain.name} is damaged: {plain.stat().st_size:,} of {file.unpacked:,} bytes"
    return f"{path.name} is missing"


def _pictures(known: Known, folder: Path) -> State:
    """Look at each picture the lists name."""
    if not known.lists:
        return State("there", folder)
    files = [file for name in known.lists for file in listed(folder, name)]
    wrong = [f"{file.name} is missing or empty" for file in files if not file.is_file() or not file.stat().st_size]
    if wrong:
        return State("damaged", folder, _first(wrong))
    part = "" if len(files) >= known.pictures else f"a part: {len(files):,} of {known.pictures:,} pictures"
    return State("there", folder, part)


def listed(folder: Path, name: str) -> Iterator[Path]:
    """Return the pictures that a list names, one a line, after which comes what they show."""
    for line in (folder / name).read_text(encoding="utf-8", errors="replace").splitlines():
        if line.strip() and not line.startswith("#"):
            yield folder / "images" / f"{line.split()[0]}.jpg"


def _first(problems: list[str]) -> str:
    return problems[0] + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")
