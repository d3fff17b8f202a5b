"""What the parts of a document work with."""

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import seethrough
from seethrough.datasets.root import data_root
from seethrough.errors import UserError
from seethrough.images import photo
from seethrough.networks.names import DEFAULT
from seethrough.networks.network import Network
from seethrough.networks.weights import checksum


@dataclass(frozen=True)
class Desk:
    """A network, where data sets lie, and how thorough to be; the photo and the class of an inspection.

    `folder` keeps between runs what parts put into their places there: trainings, features. `words` are what a command line
    needs to name this network: "--net timm:resnet18". `remarks` say what had to stand in for what was not at hand.
    """

    network: Network
    folder: Path
    quick: bool = False
    seed: int = 0
    data: Path | None = None
    photo: str | None = None
    to: str | None = None
    words: str = ""
    remarks: tuple[str, ...] = field(default=())

    @property
    def root(self) -> Path:
        """Return where data sets lie."""
        return data_root(self.data)

    def place(self, name: str) -> Path:
        """Return a place for what a part wants to find again when it was stopped, and for what parts share.

        It holds for this network, data, arguments and code alone.
        """
        return folder_at(self.folder / self.key) / name

    def command(self, line: str) -> str:
        """Return a command that repeats something with this network.

        >>> desk.command("see grad-cam coffee")
        'seethrough see grad-cam coffee --net timm:resnet18'
        """
        return " ".join(filter(None, ["seethrough", line, self.words, f"--seed {self.seed}" if self.seed else ""]))

    def python(self, *lines: str, uses: str = "") -> str:
        """Return lines of Python after those that bring this network as `network`, and what of seethrough they use."""
        names = ", ".join(["load", *filter(None, (name.strip() for name in uses.split(",")))])
        return "\n".join([f"from seethrough import {names}", "", f"network = {self.loading}", *lines])

    @property
    def loading(self) -> str:
        """Return the Python that loads this network."""
        said = re.sub(r"--(\w+) ", r"\1=", self.words)
        given = {"net": DEFAULT} | dict(part.split("=", 1) for part in shlex.split(said))
        rest = "".join(f", {name}={value!r}" for name, value in given.items() if name != "net")
        return "load()" if (given["net"], rest) == (DEFAULT, "") else f"load({given['net']!r}{rest})"

    def told(self) -> Mapping[str, Any]:
        """Return all that the parts' results rest on: equal words, equal results."""
        return {
            "network": f"{self.network.name} {self.network.size} {checksum(self.network.module)} {self.words}",
            "quick": self.quick,
            "seed": self.seed,
            # An inspection is of a photo, and of nothing else.
            "data": _listing(self.root) if self.photo is None else None,
            "photo": None if self.photo is None else _photo_sum(self.photo),
            "to": self.to,
            "code": code_version(),
        }

    @cached_property
    def key(self) -> str:
        """Return `told` as one short word."""
        return hashlib.sha256(repr(self.told()).encode()).hexdigest()[:24]


def folder_at(place: Path) -> Path:
    """Return a folder, made where it is not there."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UserError(f"out: {str(place)!r} cannot be a folder: {refused.strerror}") from refused
    return place


def code_version() -> str:
    """Return a word for this very code and what is bundled with it."""
    house = Path(seethrough.__file__).parent
    files = sorted(path for path in house.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    found = hashlib.sha256()
    for path in files:
        found.update(str(path.relative_to(house)).encode() + path.read_bytes())
    return found.hexdigest()


def _listing(root: Path) -> str:
    """Return a word for what lies in a folder of data: names, sizes and times, as reading it all would take minutes."""
    try:
        found = sorted((str(path), path.stat()) for path in root.rglob("*") if path.is_file())
    except OSError as refused:
        raise UserError(f"data: {str(root)!r} cannot be read: {refused.strerror}") from refused
    said = repr([(name, entry.st_size, entry.st_mtime_ns) for name, entry in found])
    return hashlib.sha256(said.encode()).hexdigest()


def _photo_sum(source: str) -> str:
    return hashlib.sha256(photo(source).numpy().tobytes()).hexdigest()
