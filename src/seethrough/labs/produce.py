"""A document made part by part: the page stands from the first part on, and what is made once is not made again."""

import importlib.metadata
import json
import shutil
import zipfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seethrough.errors import unknown
from seethrough.files import replacing
from seethrough.jobs import Job, Step, job
from seethrough.labs.desk import Desk, folder_at
from seethrough.labs.document import Document, Part, Sections
from seethrough.labs.kept import keep, kept, plain
from seethrough.report import Page, Section, write
from seethrough.see.inner_job import without_remarks

PAGE, NUMBERS, FIGURES, CODE = "index.html", "results.json", "figures", "code"
SHARE = 100
"""Steps a part counts for."""


@dataclass(frozen=True)
class Produced:
    """A document's folder, which parts were made now, which had been kept, and which are missing."""

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def page(self) -> Path:
        """Return the page."""
        return self.folder / PAGE


@job
def produce(document: Document, desk: Desk, out: Path, *, only: Sequence[str] = (), command: str = "") -> Job[Produced]:
    """Make a document's parts, and write its page, its pictures and its numbers anew after each.

    `only` names the parts wanted. A part that was made before from the same network, data, arguments and code is taken from
    where it was kept. Asked to stop, it leaves a page of the parts that are done.
    """
    parts = parts_named(document, only)
    done: dict[str, Sections] = {}
    made: list[str] = []
    stopped = False

    def standing() -> Produced:
        names = [part.name for part in parts]
        missing = tuple(name for name in names if name not in done)
        return Produced(out, tuple(made), tuple(name for name in done if name not in made), missing)

    for place, part in enumerate(parts):
        place_kept = desk.place(f"{part.name}.made")
        sections = kept(place_kept)
        if sections is None:
            _write(document, desk, out, parts, done, command, part.title)
            sections = yield from _made(part, desk, place, len(parts), standing)
            if sections is None:
                stopped = True
                break
            keep(sections, place_kept)
            made.append(part.name)
        done[part.name] = sections
        if (yield Step((place + 1) * SHARE, len(parts) * SHARE, {}, standing)):
            stopped = place + 1 < len(parts)
            break
    _write(document, desk, out, parts, done, command)
    if not stopped:
        for old in set(desk.folder.iterdir()) - {desk.folder / desk.key}:
            shutil.rmtree(old, ignore_errors=True)
    return standing()


def parts_named(document: Document, only: Sequence[str]) -> tuple[Part, ...]:
    """Return the parts of those names, in the document's order; all where none is named."""
    known = [part.name for part in document.parts]
    for name in only:
        if name not in known:
            raise unknown("part", name, known)
    return tuple(part for part in document.parts if not only or part.name in only)


def packed(folder: Path, place: Path) -> Path:
    """Pack a document into a .zip to hand in: the page, the figures, the numbers, and the code behind each figure."""
    files = [folder / PAGE, folder / NUMBERS, *(folder / name for name in sorted(_written(folder)))]
    with replacing(place) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            # Without the time of day: equal documents are equal files.
            entry = zipfile.ZipInfo(str(Path(place.stem, file.relative_to(folder))))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return place


def _made(
    part: Part, desk: Desk, place: int, parts: int, standing: Any
) -> Generator[Step, bool | None, Sections | None]:
    """Make a part, and count its steps as steps of the whole; nothing is made of a part that is asked to stop."""
    work = without_remarks(part.make(desk))
    try:
        step = next(work)
        while True:
            # Its last step is not yet its end: what is asked to stop there is still lost.
            inside = min(int(step.done / max(step.total, 1) * SHARE), SHARE - 1)
            if (yield Step(place * SHARE + inside, parts * SHARE, {}, standing)):
                return None
            step = work.send(None)
    except StopIteration as end:
        sections: Sections = end.value
        return sections
    finally:
        work.close()


def _write(
    document: Document,
    desk: Desk,
    out: Path,
    parts: Sequence[Part],
    done: dict[str, Sections],
    command: str,
    making: str = "",
) -> None:
    """Write the page of the parts that are done, their pictures and code as files, and all numbers."""
    before = _written(out)
    for folder in (FIGURES, CODE):
        folder_at(out / folder)
    told: list[dict[str, Any]] = []
    for name, sections in done.items():
        shown = [picture for section in sections for picture in section.pictures]
        stems = iter(f"{name}-{number}" if len(shown) > 1 else name for number in range(1, len(shown) + 1))
        for section in sections:
            said = plain(section)
            for picture, entry in zip(section.pictures, said["pictures"], strict=True):
                stem = next(stems)
                entry["file"], code = f"{FIGURES}/{stem}.png", picture.code or section.code
                (out / entry["file"]).write_bytes(picture.image)
                if code:
                    # What begins like a command is one.
                    entry["code file"] = f"{CODE}/{stem}{'.sh' if code.startswith('seethrough ') else '.py'}"
                    (out / entry["code file"]).write_text(code + "\n", encoding="utf-8")
            told.append({"part": name, **said})
    missing = [part.title for part in parts if part.name not in done]
    status = f"Still being made: {making}. This page loads itself anew." if making else ""
    sections = tuple(section for made in done.values() for section in made)
    if missing and not making:
        sections += (Section("Not made", "It was stopped before: " + "; ".join(missing) + "."),)
    page = Page(document.title, document.subtitle(desk), (_opening(desk, command), *sections), status)
    heading = {
        "document": document.name,
        "title": document.title,
        "subtitle": page.subtitle,
        "command": command,
        "network": desk.network.name,
        "quick": desk.quick,
        "seed": desk.seed,
        "remarks": list(desk.remarks),
        "missing": missing,
        "versions": {name: importlib.metadata.version(name) for name in ("seethrough", "torch")},
    }
    with replacing(out / NUMBERS) as beside:
        numbers = json.dumps({**heading, "sections": told}, indent=1, ensure_ascii=False, allow_nan=False)
        beside.write_text(numbers + "\n", encoding="utf-8")
    write(page, out / PAGE)
    for stale in before - _written(out):
        (out / stale).unlink(missing_ok=True)


def _opening(desk: Desk, command: str) -> Section:
    totals = desk.network.totals()["total"]
    about = (
        f"The network: {desk.network.name}, {totals['parameters']:,} parameters, "
        f"{desk.network.size[0]} x {desk.network.size[1]} pixels."
    )
    how = "A quick run: fewer steps, fewer pictures." if desk.quick else ""
    same = f"Seed {desk.seed}: the same seed gives the same page."
    text = "\n\n".join(filter(None, [about, *desk.remarks, f"{how} {same}".strip()]))
    return Section("What this page rests on", text, code=command)


def _written(out: Path) -> set[str]:
    """Return the files beside the page that its numbers name."""
    try:
        sections = json.loads((out / NUMBERS).read_text(encoding="utf-8"))["sections"]
        return {
            each[kind]
            for section in sections
            for each in section["pictures"]
            for kind in ("file", "code file")
            if kind in each and Path(each[kind]).parent in (Path(FIGURES), Path(CODE))
        }
    except (OSError, ValueError, KeyError, TypeError):
        return set()
