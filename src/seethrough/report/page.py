"""A page to show: sections of words, figures and tables as one HTML file that needs nothing but itself."""

import base64
import functools
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image, UnidentifiedImageError

from seethrough.errors import UserError
from seethrough.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NUMBER = re.compile(r"[<>±+−-]*\s?\d[\d.,]*(e[+-]?\d+)?(\s?(%|[a-zA-Zµ²/]{1,5}))?")
"""A number as people write one, its unit with it."""
Cell = str | int | float
LARGE = 100_000
"""Bytes of a PNG from which on a page holds it as a JPEG, if that is less than half of it."""


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG, what it shows in words for who cannot see it, what stands under it, and the code that repeats it."""

    image: bytes
    alt: str
    caption: str = ""
    code: str = ""


@dataclass(frozen=True)
class Table:
    """Names of columns, and rows of words and numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """One heading and what is under it, in this order; texts are paragraphs, which blank lines part.

    `task` is what was asked for, and `answer` what was found: both stand out. `code` repeats what is shown. `numbers` are the
    measured ones by name, for programs. A section of `level` 3 is a part of the one of level 2 before it.
    """

    title: str
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    code: str = ""
    task: str = ""
    answer: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    level: int = 2


@dataclass(frozen=True)
class Page:
    """A title and the sections under it; `status` says what a page that is still being made lacks."""

    title: str
    subtitle: str = ""
    sections: tuple[Section, ...] = ()
    status: str = ""


def picture(figure: "Figure", alt: str, caption: str = "", code: str = "") -> Picture:
    """Draw a figure for a page.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> picture(figure, "a blank panel").image[1:4]
    b'PNG'
    """
    from seethrough.plots import png

    return Picture(png(figure), alt, caption, code)


def render(page: Page) -> str:
    """Write a page as one HTML document: no script, and nothing fetched from anywhere.

    >>> render(Page("Espresso?", sections=(Section("Guesses", "A cup."),))).startswith("<!doctype html>")
    True
    """
    return TEMPLATES.get_template("page.html.j2").render(page=page)


def write(page: Page, path: str | Path) -> Path:
    """Write a page to an .html file, whole or not at all."""
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"path {str(path)!r} should end in .html")
    html = render(page)
    with replacing(path) as beside:
        beside.write_text(html, encoding="utf-8")
    return path


def paragraphs(text: str) -> list[str]:
    """Part a text at its blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


@functools.lru_cache(maxsize=256)  # a page is written anew with every part that is added to it
def measured(shown: Picture) -> dict[str, str | int]:
    """Return a picture's width and height in pixels, and itself as an address that holds it."""
    try:
        with Image.open(io.BytesIO(shown.image), formats=("PNG", "JPEG")) as opened:
            width, height, form = opened.width, opened.height, str(opened.format).lower()
            image = shown.image
            if form == "png" and len(image) > LARGE and (smaller := _as_jpeg(opened)) and 2 * len(smaller) < len(image):
                image, form = smaller, "jpeg"
    except UnidentifiedImageError:
        raise UserError(f"picture {shown.alt!r} should be the bytes of a PNG or JPEG") from None
    address = f"data:image/{form};base64,{base64.b64encode(image).decode()}"
    return {"width": width, "height": height, "address": address}


def _as_jpeg(image: Image.Image) -> bytes | None:
    """Write a picture as a JPEG that looks the same, where it has nothing to be seen through."""
    if image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return None
    drawn = io.BytesIO()
    image.convert("RGB").save(drawn, "JPEG", quality=90, subsampling=0)
    return drawn.getvalue()


def cell(value: Cell) -> str:
    """Write a table's cell: numbers with four digits, words as they are."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def numeric(table: Table, column: int) -> bool:
    """Tell whether a column holds numbers alone, which line up at the right."""
    cells = [cell(row[column]).strip() for row in table.rows if column < len(row)]
    return any(cells) and all(NUMBER.fullmatch(text) or text in ("", "nan", "inf", "-inf", "–", "—") for text in cells)


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(paragraphs=paragraphs, measured=measured, cell=cell)
TEMPLATES.tests["numeric_in"] = lambda column, table: numeric(table, column)
