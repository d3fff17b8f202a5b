"""Browsers: each has photos, masks and results of its own, which no other browser can name."""

import functools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from torch import Tensor

from seethrough.app.kept import Kept
from seethrough.app.made import Made
from seethrough.errors import UserError
from seethrough.images import photo, photo_name
from seethrough.images.samples import SAMPLES

OWN = "own-"
"""How the id of a photo begins that was brought."""
MOST_VISITORS = 64
MOST_PIXELS = 16_000_000
"""Pixels of an uploaded photo at most."""
PHOTO_BYTES, MASK_BYTES, MADE_BYTES = 400_000_000, 50_000_000, 400_000_000
"""What all browsers together may have kept here."""


@dataclass(frozen=True)
class Photo:
    """A photo one can look at: its id, what it is called, and its pixels."""

    id: str
    name: str
    pixels: Tensor
    own: bool = True


@dataclass(frozen=True)
class Shelves:
    """What all browsers have brought and made, by browser and id: together it stays within so many bytes."""

    photos: Kept[tuple[str, str], Photo] = field(
        default_factory=lambda: Kept(PHOTO_BYTES, lambda one: one.pixels.nbytes)
    )
    masks: Kept[tuple[str, str], Tensor] = field(default_factory=lambda: Kept(MASK_BYTES, lambda one: one.nbytes))
    made: Kept[tuple[str, str], Made] = field(default_factory=lambda: Kept(MADE_BYTES, lambda one: one.bytes))


@dataclass(frozen=True)
class Visitor:
    """One browser: what is its own, it alone can name."""

    id: str
    shelves: Shelves

    def add_photo(self, data: bytes, name: str) -> Photo:
        """Keep an uploaded photo."""
        called = plain_name(name)
        pixels = _bounded(photo(data, name=called), called)
        added = Photo(f"{OWN}{secrets.token_urlsafe(12)}", called, pixels)
        self.shelves.photos[self.id, added.id] = added
        return added

    def add_mask(self, data: bytes) -> str:
        """Keep a drawn mask, and return its id."""
        drawn = _bounded(photo(data, name="mask"), "mask")
        name = secrets.token_urlsafe(12)
        self.shelves.masks[self.id, name] = drawn
        return name

    def add_made(self, made: Made) -> None:
        """Keep something made."""
        self.shelves.made[self.id, made.id] = made

    def photo(self, name: str) -> Photo:
        """Return one of this browser's photos, or a bundled one."""
        found = self.shelves.photos.get((self.id, name))
        if found is not None:
            return found
        if name in SAMPLES:
            return bundled(name)
        if name.startswith(OWN):
            raise UserError("photo: it was brought in another browser, or long ago; choose one, or bring it again")
        raise UserError(f"photo {name[:60]!r} is not known; right would be one of: {', '.join(SAMPLES)}")

    def photos(self) -> list[Photo]:
        """Return the bundled photos, and this browser's own after them."""
        own = [one for key, one in self.shelves.photos.items() if key[0] == self.id]
        return [*(bundled(name) for name in SAMPLES), *own]

    def forget_photo(self, name: str) -> None:
        """Forget one of this browser's photos."""
        self.shelves.photos.pop((self.id, name))

    def mask(self, name: str) -> Tensor:
        """Return a mask that was drawn in this browser."""
        found = self.shelves.masks.get((self.id, name))
        if found is None:
            raise UserError("mask: it was drawn in another browser, or long ago, and is no longer kept; draw it again")
        return found

    def find(self, made: str) -> Made:
        """Return something this browser made."""
        found = self.shelves.made.get((self.id, made))
        if found is None:
            raise UserError("made: it was made in another browser, or long ago, and is no longer kept; make it again")
        return found


class Visitors:
    """The browsers that came; when there are too many, the one longest away is forgotten."""

    def __init__(self, cookie: str = "seethrough") -> None:
        """Begin with none; a server on another port needs a cookie of another name, as cookies know no ports."""
        self.cookie = cookie
        self._all: Kept[str, Visitor] = Kept(MOST_VISITORS, lambda one: 1)
        self._shelves = Shelves()

    def nobody(self) -> Visitor:
        """Return whoever shows no cookie: nothing is its own."""
        return Visitor("", self._shelves)

    def known(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Return the browser that shows this cookie."""
        return self._all.get(cookies.get(self.cookie, ""))

    def new(self) -> Visitor:
        """Give a browser an id that nobody can guess."""
        visitor = Visitor(secrets.token_urlsafe(24), self._shelves)
        self._all[visitor.id] = visitor
        return visitor


@functools.lru_cache(maxsize=len(SAMPLES))
def bundled(name: str) -> Photo:
    """Return a bundled photo."""
    return Photo(name, name, photo(name), own=False)


def _bounded(pixels: Tensor, name: str) -> Tensor:
    height, width = pixels.shape[-2:]
    if height * width > MOST_PIXELS:
        raise UserError(f"{name} has {width} x {height} pixels; right would be at most {MOST_PIXELS:,} in all")
    return pixels


def plain_name(name: str) -> str:
    """Return a file's name without folders, ending and odd characters: it is for captions and commands alone.

    >>> plain_name("../../etc/my cat.JPG")
    'my cat'
    """
    last = PurePath(name.replace("\\", "/")).name
    return re.sub(r"[^\w .()-]+", "", photo_name(last) if last else "")[:60].strip(" .") or "photo"
