"""Sections kept on disk, so that a document that was stopped, or is asked for again, need not make them anew."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from seethrough.files import replacing
from seethrough.labs.document import Sections
from seethrough.report import Picture, Section, Table

SECTIONS = "sections.json"


def keep(sections: Sections, folder: Path) -> None:
    """Write sections into a folder: their pictures first, then the file that says they are whole."""
    for place, section in enumerate(sections):
        for number, picture in enumerate(section.pictures):
            with replacing(folder / _file(place, number)) as beside:
                beside.write_bytes(picture.image)
    with replacing(folder / SECTIONS) as beside:
        beside.write_text(json.dumps([plain(section) for section in sections]), encoding="utf-8")


def kept(folder: Path) -> Sections | None:
    """Read sections back, or say that there are none, or none that can be read."""
    try:
        found = json.loads((folder / SECTIONS).read_text(encoding="utf-8"))
        return tuple(_section(one, place, folder) for place, one in enumerate(found))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def plain(section: Section) -> dict[str, Any]:
    """Return a section in words and numbers: all but the pictures themselves."""
    said = {each.name: getattr(section, each.name) for each in fields(Section)}
    said["pictures"] = [{k: v for k, v in asdict(shown).items() if k != "image"} for shown in section.pictures]
    said["tables"] = [asdict(table) for table in section.tables]
    found: dict[str, Any] = _plain(said)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    # What is no number is nothing in JSON.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _section(said: dict[str, Any], place: int, folder: Path) -> Section:
    pictures = tuple(
        Picture(image=(folder / _file(place, number)).read_bytes(), **shown)
        for number, shown in enumerate(said.pop("pictures"))
    )
    tables = tuple(
        Table(tuple(table["head"]), tuple(tuple(row) for row in table["rows"]), table["caption"])
        for table in said.pop("tables")
    )
    return Section(pictures=pictures, tables=tables, **said)


def _file(place: int, number: int) -> str:
    return f"{place + 1}-{number + 1}.png"
