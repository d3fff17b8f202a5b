"""Performing a method over the photos a person named: read, run with a progress bar, save, report."""

import inspect
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seethrough.cli.command import Run, answer, fail_late, print_json
from seethrough.errors import UserError
from seethrough.files import PICTURES
from seethrough.jobs import JobFunction, interruptible, progress_bar, run
from seethrough.networks.names import DEFAULT
from seethrough.see.table import TABLE
from seethrough.tables import Method

if TYPE_CHECKING:
    from torch import Tensor

    from seethrough.networks.network import Network
    from seethrough.results.result import Result

# Photos in one figure: a sheet of more is not read, and a batch of more takes memory.
SHEET = 8


@dataclass(frozen=True)
class Request:
    """A method, its settings, and what a person gave beside them."""

    method: Method
    settings: dict[str, Any]
    photos: Sequence[str] = ()
    networks: Sequence[str] = ()
    net: str = DEFAULT
    weights: Path | None = None
    trust: bool = False
    classes: str | None = None
    layer: str | None = None
    unit: str | None = None
    on: str | None = None
    heatmap: str = ""
    box: str | None = None
    points: str | None = None
    out: Path | None = None
    save: Path | None = None
    json: bool = False


@dataclass(frozen=True)
class Sheet:
    """Some photos that go into one figure, and their names."""

    names: tuple[str, ...] = ()
    photos: tuple["Tensor", ...] = ()


def perform(session: Run, request: Request) -> None:
    """Run the method, a sheet of photos at a time; what is done is kept when a later photo fails or Ctrl-C is pressed."""
    from seethrough.images import expand

    _check_places(request)
    sources = expand(request.photos) if request.photos else []
    if request.networks:
        pairs = [name.partition("=")[::2] for name in request.networks]
        networks = [session.network(name, Path(file) if file else None, request.trust) for name, file in pairs]
    else:
        networks = [session.network(request.net, request.weights, request.trust)]
    sheets, mistakes = _sheets(sources)
    told: list[dict[str, Any]] = []
    stopped = False
    for number, sheet in enumerate(sheets):
        result, stopped = _result(session, request, networks, sheet)
        result = _named(result, sheet.names)
        files = _saved(result, request, sheet, f"-{number + 1}" if len(sheets) > 1 else "")
        told.append({"photos": list(sheet.names), "says": result.line(), "files": [str(file) for file in files]})
        if not request.json:
            answer().print(result.line(), soft_wrap=True)
            for file in files:
                answer().print(f"  {file}", style="dim", soft_wrap=True)
        if stopped:
            break
    if request.json:
        print_json({"net": ", ".join(one.name for one in networks), "method": request.method.command, "results": told})
    if stopped:
        raise KeyboardInterrupt
    fail_late(mistakes)


def _check_places(request: Request) -> None:
    """Refuse a name that nothing can be saved under before the work, not after it."""
    for name, place, endings in (("out", request.out, tuple(PICTURES)), ("save", request.save, (".safetensors",))):
        if place is not None and place.suffix.lower() not in endings:
            raise UserError(f"{name}: {str(place)!r} should end in one of {', '.join(endings)}")
        if place is not None and place.is_dir():
            raise UserError(f"{name}: {str(place)!r} is a folder; give the name of a file")


def _sheets(sources: Sequence[Path | str]) -> tuple[list[Sheet], list[str]]:
    """Read the photos, in groups that make one sheet each; a method without photos has one empty sheet."""
    if not sources:
        return [Sheet()], []
    from seethrough.images import photo, photo_name

    read: list[tuple[str, Tensor]] = []
    mistakes: list[str] = []
    for source in sources:
        try:
            read.append((photo_name(source), photo(source)))
        except UserError as mistake:
            mistakes.append(str(mistake))
    groups = [read[start : start + SHEET] for start in range(0, len(read), SHEET)]
    return [Sheet(*zip(*group, strict=True)) for group in groups], mistakes


def _result(session: Run, request: Request, networks: "list[Network]", sheet: Sheet) -> tuple["Result", bool]:
    """Call the method with all that it takes by name; tell also whether Ctrl-C was pressed meanwhile."""
    needs = request.method.needs
    given: dict[str, Any] = {"network": networks[0], "networks": networks, **request.settings}
    if sheet.photos:
        given["images"] = networks[0].frame(sheet.photos)
    goal = ("classes", "layer", "unit", "on")
    given |= {name: value for name in goal if (value := getattr(request, name)) is not None}
    if "region" in needs:
        given |= _region(request, networks[0], sheet.photos)
    stopped = False
    if "heatmap" in needs:
        row = TABLE[request.heatmap]
        if row.makes != "Heatmap" or "class" not in row.needs:
            raise UserError(
                f"method {row.command!r} makes no map of a class; for example: grad-cam, gradient, occlusion"
            )
        given["heatmap"], stopped = _call(session, row, {name: given[name] for name in given if name != "on"})
    result, again = _call(session, request.method, given)
    return result, stopped or again


def _call(session: Run, method: Method, given: dict[str, Any]) -> tuple[Any, bool]:
    function = method.load()
    taken = inspect.signature(function).parameters
    arguments = {name: value for name, value in given.items() if name in taken}
    if not isinstance(function, JobFunction):
        return function(**arguments), False
    with interruptible() as interrupted, progress_bar(method.command, quiet=session.quiet) as bar:
        return run(function.job(**arguments), bar, interrupted), interrupted.seen


def _region(request: Request, network: "Network", photos: "Sequence[Tensor]") -> dict[str, Any]:
    """Turn a box or points of the photo into those of what the network sees of it."""
    from seethrough.networks.frame import Box

    if (request.box is None) == (request.points is None):
        raise UserError("give --box TOP,LEFT,BOTTOM,RIGHT or --points 'Y,X;Y,X', one of the two")
    if len(photos) > 1:
        raise UserError(f"a box or points belong to one photo; {len(photos)} are given")
    if request.box is not None:
        return {"region": network.frame.to_frame(Box(*_numbers(request.box, "box", 4)), photos[0])}
    found = []
    for pair in (request.points or "").split(";"):
        y, x = _numbers(pair, "points", 2)
        seen = network.frame.to_frame(Box(y, x, y + 1, x + 1), photos[0])
        found.append(((seen.top + seen.bottom) / 2, (seen.left + seen.right) / 2))
    return {"points": found}


def _numbers(text: str, name: str, count: int) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count:
        raise UserError(f"{name}: {text!r} does not fit; it takes {count} numbers with commas between them")
    return found


def _named(result: "Result", names: tuple[str, ...]) -> "Result":
    """Write down the names of the photos, also in the heat maps inside, and the command that repeats it."""
    command = shlex.join(["seethrough", *sys.argv[1:]])
    named: Result = _with_names(result, names)
    return replace(named, settings={**named.settings, "command": command})


def _with_names(value: Any, names: tuple[str, ...]) -> Any:
    from seethrough.results.heatmap import Heatmap
    from seethrough.results.result import Result

    if isinstance(value, tuple):
        return tuple(_with_names(item, names) for item in value)
    if not isinstance(value, Result) or not names:
        return value
    inner = {field.name: getattr(value, field.name) for field in fields(value)}
    changed = {
        name: _with_names(item, names)
        for name, item in inner.items()
        if isinstance(item, Result) or (isinstance(item, tuple) and item and isinstance(item[0], Result))
    }
    if "photos" in inner:
        # Some methods make several maps of each photo.
        each = len(value) // len(names) if isinstance(value, Heatmap) else 1
        changed["photos"] = tuple(name for name in names for _ in range(each))
    return replace(value, **changed)


def _saved(result: "Result", request: Request, sheet: Sheet, suffix: str) -> list[Path]:
    about = Path(sheet.names[0]).stem if sheet.names else result.network.replace(":", "-").replace(", ", "-")
    picture = request.out or Path(f"{request.method.command}-{about}.png")
    files = [result.save(picture.with_stem(picture.stem + suffix))]
    if request.save is not None:
        files.append(result.save(request.save.with_stem(request.save.stem + suffix)))
    return files
