"""How much one request may ask for: settings whose cost in memory has no end on the command line end here."""

import re
from collections.abc import Mapping
from typing import Any

from seethrough.errors import UserError
from seethrough.tables import Method

MOST = {
    "size": 1024,
    "each": 32,
    "diversity": 16,
    "batch": 16,
    "count": 64,
    "zoom": 100,
    "starts": 16,
    "candidates": 50,
    "shift": 1024,
}
WORDS, LETTERS = 64, 400
"""Words in one text, those of a range such as 0-31 among them, and letters."""
FEW = {"on": 4}
"""Texts of which each word takes a copy of the photo through the whole method."""
VIEWS = 64
"""Views of images that differ from one another: they go through the network together."""
PIXELS = 8_000_000
"""Pixels of all images that are dreamt at once."""
USUAL = 256
"""The size that counts where none is asked for."""


def check_bounds(method: Method, settings: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse what would take more memory than one request may."""
    for name, most in MOST.items():
        _check(name, settings.get(name), most)
    for setting in method.settings:
        text = settings.get(setting.name)
        if setting.kind == "text" and isinstance(text, str):
            if len(text) > LETTERS:
                raise UserError(f"{setting.name}: {len(text)} letters are too many; right would be at most {LETTERS}")
            _check(f"words of {setting.name}", counted(text), FEW.get(setting.name, WORDS))
    if method.name == "sweep":
        _check_sweep(settings)
    wishes = max([len(value) for value in given.values() if isinstance(value, list)], default=1)
    images = wishes * (settings.get("diversity") or 1) * (settings.get("starts") or 1)
    if (settings.get("diversity") or 1) > 1:
        _check("diversity (images times views of each)", images * (settings.get("each") or 1), VIEWS)
    _check("pixels of all images together", images * (settings.get("size") or USUAL) ** 2, PIXELS)


def counted(text: str) -> int:
    """Count the words of a text with commas between them, and all that a range stands for.

    >>> counted("0-31,40"), counted("blocks.4.2:0-15")
    (33, 16)
    """
    words = 0
    for word in text.split(","):
        ends = re.search(r"(\d+)-(\d+)$", word.strip())
        # A range of more digits than that is too long whatever it says.
        words += 1 if ends is None else max(int(ends[2][:9]) - int(ends[1][:9]) + 1, 1)
    return words


def _check(name: str, value: Any, most: int) -> None:
    if isinstance(value, int) and value > most:
        raise UserError(
            f"{name}: {value:,} is too much for the page; it takes at most {most:,} (the command line more)"
        )


def _check_sweep(settings: Mapping[str, Any]) -> None:
    """Hold the values that are swept over to the same bounds, and the images to one sheet."""
    cells = 1
    for axis in ("rows", "columns"):
        name, _, listed = str(settings.get(axis, "")).partition("=")
        values = listed.split(",")
        cells *= len(values)
        for value in values:
            if value.strip().isdigit():
                _check(f"{name.strip()} in {axis}", int(value.strip()[:12]), MOST.get(name.strip(), 10**11))
    _check("rows times columns", cells, WORDS)
