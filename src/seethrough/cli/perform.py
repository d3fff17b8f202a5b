"""Performing a method over the photos a person named: read, run with a progress bar, save, report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seethrough.cli.act import call, with_command
from seethrough.cli.command import Run, answer, fail_late, print_json
from seethrough.cli.given import map_method, misled, own_part, region, start, styles
from seethrough.cli.keep import Keeper
from seethrough.errors import UserError
from seethrough.jobs import Watcher
from seethrough.tables import Method

if TYPE_CHECKING:
    from torch import Tensor

    from seethrough.networks.network import Network
    from seethrough.results.result import Result

# Photos in one figure: a sheet of more is not read, and a batch of more takes memory.
SHEET = 8


@dataclass(frozen=True)
class Request:
    """A method, its settings, what a person gave beside them, and where it is to be written."""

    method: Method
    settings: dict[str, Any]
    given: dict[str, Any]
    places: dict[str, Path | None]
    keepers: Mapping[str, Keeper]

    def check_places(self) -> None:
        """Refuse names that nothing can be written to before the work, not after it."""
        for name, place in self.places.items():
            if place is not None:
                self.keepers[name].check(name, place)


@dataclass(frozen=True)
class Sheet:
    """Some photos that go into one figure: which of those asked for they are, where they are from, and their names."""

    places: tuple[int, ...] = ()
    sources: tuple[Path | str, ...] = ()
    names: tuple[str, ...] = ()
    photos: tuple["Tensor", ...] = ()


def perform(session: Run, request: Request) -> None:
    """Run the method, a sheet of photos at a time; what is done is kept when a later photo fails or Ctrl-C is pressed."""
    from seethrough.images import expand, photo_name

    given = dict(request.given)
    asjson, trust = given.pop("json"), given.pop("trust")
    request.check_places()
    photos = given.pop("photos", [])
    sources = expand(photos) if photos else []
    wanted = given.pop("networks", None)
    if wanted:
        pairs = [name.partition("=")[::2] for name in wanted]
        networks = [session.network(name, Path(file) if file else None, trust) for name, file in pairs]
    else:
        networks = [session.network(given.pop("net"), given.pop("weights", None), trust)]
    # A method that takes a folder makes one result of all its photos: none of them is what any image shows.
    nameless = "folder" in request.method.needs
    together = nameless or "photos together" in request.method.needs
    _spared(sources, request)
    size = max(len(sources), 1) if together else 1 if given.get("full_size") else SHEET
    sheets, mistakes = _sheets(sources, size)
    told: list[dict[str, Any]] = []
    stopped = False
    for number, sheet in enumerate(sheets):
        watchers = {
            name: keeper.watch()
            for name, keeper in request.keepers.items()
            if keeper.watch is not None and request.places[name] is not None
        }
        result, stopped = _result(session, request, given, networks, sheet, len(sources), list(watchers.values()))
        if "styles" in given:
            names: dict[str, Any] = {"style_names": tuple(photo_name(source) for source in expand(given["styles"]))}
            result = replace(result, **names)
        result = _named(result, () if nameless else sheet.names)
        files = _saved(result, request, sheet, f"-{number + 1}" if len(sheets) > 1 else "", watchers)
        numbers = {"rows": result.table()} if result.table() else {}
        told.append(
            {"photos": list(sheet.names), "says": result.line(), **numbers, "files": [str(file) for file in files]}
        )
        if not asjson:
            answer().print(result.line(), soft_wrap=True)
            for file in files:
                answer().print(f"  {file}", style="dim", soft_wrap=True)
        if stopped:
            break
    if asjson:
        print_json({"net": ", ".join(one.name for one in networks), "method": request.method.command, "results": told})
    if stopped:
        raise KeyboardInterrupt
    fail_late(mistakes)


def _spared(sources: Sequence[Path | str], request: Request) -> None:
    """Refuse a folder where the images would be written over the photos they are made of."""
    from seethrough.images import photo_name

    folders = [
        place for name, place in request.places.items() if place is not None and not request.keepers[name].endings
    ]
    for folder in folders:
        for source in sources:
            if isinstance(source, Path) and (folder / f"{photo_name(source)}.png").resolve() == source.resolve():
                raise UserError(f"save_images: {str(folder)!r} holds {source.name} itself; name another folder")


def _sheets(sources: Sequence[Path | str], size: int) -> tuple[list[Sheet], list[str]]:
    """Read the photos, in groups of that size that make one sheet each; a method without photos has one empty sheet."""
    if not sources:
        return [Sheet()], []
    from seethrough.images import photo, photo_name

    read: list[tuple[int, Path | str, str, Tensor]] = []
    mistakes: list[str] = []
    stems = [photo_name(source) for source in sources]
    for place, source in enumerate(sources):
        try:
            # Photos of one name in several folders are told apart: files may be written under these names.
            earlier = stems[:place].count(stems[place])
            name = f"{stems[place]}-{earlier + 1}" if earlier else stems[place]
            read.append((place, source, name, photo(source)))
        except UserError as mistake:
            mistakes.append(str(mistake))
    groups = [read[start : start + size] for start in range(0, len(read), size)]
    return [Sheet(*zip(*group, strict=True)) for group in groups], mistakes


def _result(
    session: Run,
    request: Request,
    given: dict[str, Any],
    networks: "list[Network]",
    sheet: Sheet,
    sources: int,
    watchers: Sequence[Watcher],
) -> tuple["Result", bool]:
    """Call the method with all that it takes by name; tell also whether Ctrl-C was pressed meanwhile."""
    needs = request.method.needs
    found: dict[str, Any] = {"network": networks[0], "networks": networks, **request.settings, **given}
    if sheet.photos:
        found["images"] = list(sheet.photos) if "whole photos" in needs else networks[0].frame(sheet.photos)
    if "region" in needs:
        found |= region(found.get("box"), found.get("points"), networks[0], sheet.photos)
    if "start" in needs and "start" in given:
        found["start"] = start(given["start"], networks[0])
    if "styles" in given:
        found["styles"] = styles(given["styles"])
    found |= misled(needs, given, networks[0], sheet.sources, sheet.photos)
    found |= own_part(needs, found, sheet.places, sources)
    stopped = False
    if "heatmap" in needs:
        row = map_method(given["heatmap"])
        found["heatmap"], stopped = call(session, row, {name: found[name] for name in found if name != "on"}, [])
    state, weights = place_to_resume(request), request.given.get("weights")
    if given.get("compare_heatmaps"):
        from seethrough.see.spatial import last_map_layer

        last_map_layer(networks[0])  # what cannot be drawn is said before the work
    result, again = call(session, request.method, found, watchers, state, weights)
    if given.get("compare_heatmaps"):
        from seethrough.fool.heatmaps import with_heatmaps

        result = with_heatmaps(networks[0], result)
    return result, stopped or again


def place_to_resume(request: Request) -> Path | None:
    """Return where long work keeps its state: beside its picture, where that was named."""
    place = request.places.get("out")
    return None if place is None else place.with_suffix(".part.safetensors")


def _named(result: "Result", names: tuple[str, ...]) -> "Result":
    """Write down the names of the photos, also in the heat maps inside, and the command that repeats it."""
    from seethrough.results.named import with_names

    named: Result = with_command(with_names(result, names))
    return named


def _saved(
    result: "Result", request: Request, sheet: Sheet, suffix: str, watchers: Mapping[str, Watcher]
) -> list[Path]:
    """Write what was asked for; the picture always, under a name of its own where none was given."""
    places = {**request.places, "out": request.places["out"] or _name(result, request, sheet)}
    return [
        request.keepers[name].write(
            result, place.with_stem(place.stem + suffix) if request.keepers[name].endings else place, watchers.get(name)
        )
        for name, place in places.items()
        if place is not None
    ]


def _name(result: "Result", request: Request, sheet: Sheet) -> Path:
    """Name a picture after the method and what it is about."""
    named = [request.given.get(name) for name in ("classes", "units", "layer", "unit", "styles")]
    first = next((one if isinstance(one, str) else one[0] for one in named if one), result.network)
    of_photos = sheet.names and "folder" not in request.method.needs
    about = Path(sheet.names[0]).stem if of_photos else re.sub(r"[^\w.@-]+", "-", first)
    return Path(f"{request.method.command}-{about}.png")
