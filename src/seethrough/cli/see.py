"""`seethrough see METHOD PHOTO...`: one command a row of the table, its options read from there."""

import inspect
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seethrough.cli import complete
from seethrough.cli.command import Json, Net, Photos, Run, Trust, Weights, answer, command, fail_late, print_json
from seethrough.errors import UserError
from seethrough.jobs import JobFunction, interruptible, progress_bar, run
from seethrough.networks.names import DEFAULT
from seethrough.see.table import TABLE
from seethrough.tables import Method, Setting

if TYPE_CHECKING:
    from torch import Tensor

    from seethrough.networks.network import Network
    from seethrough.results.heatmap import Heatmap
    from seethrough.results.result import Result

app = typer.Typer(
    name="see", help="What in this image mattered, and what each layer made of it.", no_args_is_help=True
)

# Photos in one figure: a sheet of more is not read, and a batch of more takes memory.
SHEET = 8

Class = Annotated[
    str | None,
    typer.Option("--class", "-c", metavar="CLASS", help="Index, label or WordNet id; the top guess if not given.",
                 autocompletion=complete.classes),
]  # fmt: skip
Layer = Annotated[str | None, typer.Option(help="A layer; see `seethrough layers`.", autocompletion=complete.layers)]
Unit = Annotated[str | None, typer.Option(metavar="LAYER:UNIT@Y,X", help="Explain a unit in place of a class.")]
On = Annotated[Literal["logit", "probability"] | None, typer.Option(help="Explain the class's logit or its probability.")]
MapMethod = Annotated[str, typer.Option("--method", help="The method that makes the map; see `seethrough see list`.")]
Box = Annotated[str | None, typer.Option(metavar="TOP,LEFT,BOTTOM,RIGHT", help="A box, in the photo's pixels.")]
Points = Annotated[str | None, typer.Option(metavar="Y,X;Y,X;...", help="Points, in the photo's pixels.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="The picture (.png, .jpg, .pdf, .svg).")]
Save = Annotated[Path | None, typer.Option(metavar="FILE.safetensors", help="The numbers, with all it takes to repeat them.")]

# What a method may need, and the options by which a person gives it.
NEEDS: dict[str, dict[str, tuple[Any, Any]]] = {
    "photos": {"photos": (Photos, inspect.Parameter.empty)},
    "class": {"class_": (Class, None)},
    "layer": {"layer": (Layer, None)},
    "unit": {"unit": (Unit, None)},
    "on": {"on": (On, None)},
    "score": {},
    "heatmap": {"method": (MapMethod, "grad-cam")},
    "region": {"box": (Box, None), "points": (Points, None)},
}


@app.callback()
def see() -> None:
    """See what in an image mattered, and what each layer made of it."""


def list_methods(run: Run, json: Json = False) -> None:
    """List the methods, with what each shows in one line."""
    if json:
        print_json({"methods": [{"name": method.command, "says": method.says} for method in TABLE.values()]})
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1))
    table.add_column("method", no_wrap=True)
    table.add_column("what it shows")
    for method in TABLE.values():
        table.add_row(method.command, method.says)
    answer().print(table)


def method_command(method: Method) -> Callable[..., None]:
    """Make the command of a method: its needs and settings become its options."""
    own = [setting for setting in method.settings if setting.name != "seed"]  # a common option

    def perform(run: Run, **given: Any) -> None:
        shared = {name: given.pop(name) for name in ("net", "weights", "trust", "out", "save", "json")}
        chosen = {setting.name: given.pop(setting.name) for setting in own}
        network = run.network(shared["net"], shared["weights"], shared["trust"])
        if any(setting.name == "seed" for setting in method.settings):
            chosen["seed"] = run.seed
        chosen = {name: value for name, value in method.check(chosen).items() if value is not None}
        _Performance(run, method, network, chosen, given).go(shared["out"], shared["save"], shared["json"])

    options = [("run", Run, inspect.Parameter.empty)]
    for need in method.needs:
        options += [(name, kind, default) for name, (kind, default) in NEEDS[need].items()]
    options += [(setting.name, _annotation(setting), setting.default) for setting in own]
    options += [("net", Net, DEFAULT), ("weights", Weights, None), ("trust", Trust, False)]
    options += [("out", Out, None), ("save", Save, None), ("json", Json, False)]
    perform.__name__ = method.name
    perform.__doc__ = method.says[0].upper() + method.says[1:] + "."
    perform.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, kind, default in options
        ]
    )
    return perform


def _annotation(setting: Setting) -> Any:
    kinds: dict[str, Any] = {"int": int, "float": float, "bool": bool}
    kind = Literal[setting.choices] if setting.choices else kinds.get(setting.kind, str)  # type: ignore[valid-type]
    return Annotated[kind | None if setting.default is None else kind, typer.Option(help=f"{setting.says} ({setting.range})")]


class _Performance:
    """One run of a method over the photos a person named, a sheet at a time."""

    def __init__(
        self, run: Run, method: Method, network: "Network", settings: dict[str, Any], given: dict[str, Any]
    ) -> None:
        self.run, self.method, self.network, self.settings, self.given = run, method, network, settings, given
        self.stopped = False

    def go(self, out: Path | None, save: Path | None, json: bool) -> None:
        """Perform, save and report each sheet; what is done is kept when a later photo fails or Ctrl-C is pressed."""
        sheets, mistakes = self._sheets()
        from seethrough.results.heatmap import Heatmap

        told: list[dict[str, Any]] = []
        for number, (names, photos) in enumerate(sheets):
            result = self._perform(photos)
            known = {field.name for field in fields(result)}
            extra: dict[str, Any] = {"settings": {**result.settings, "command": shlex.join(["seethrough", *sys.argv[1:]])}}
            if "photos" in known:
                # Some methods make several maps of each photo.
                each = len(result) // max(len(names), 1) if isinstance(result, Heatmap) else 1
                extra["photos"] = tuple(name for name in names for _ in range(each))
            result = replace(result, **extra)
            suffix = f"-{number + 1}" if len(sheets) > 1 else ""
            stem = self.method.command + (f"-{Path(names[0]).stem}" if names else f"-{self.network.name.replace(':', '-')}")
            target = out or Path(f"{stem}.png")
            files = [result.save(target.with_stem(target.stem + suffix))]
            if save is not None:
                files.append(result.save(save.with_stem(save.stem + suffix)))
            told.append({"photos": names, "says": result.line(), "files": [str(file) for file in files]})
            if not json:
                answer().print(result.line(), soft_wrap=True)
                for file in files:
                    answer().print(f"  {file}", style="dim", soft_wrap=True)
            if self.stopped:
                break
        if json:
            print_json({"net": self.network.name, "method": self.method.command, "results": told})
        if self.stopped:
            raise KeyboardInterrupt
        fail_late(mistakes)

    def _sheets(self) -> tuple[list[tuple[list[str], "list[Tensor]"]], list[str]]:
        """Read the photos, in groups that make one sheet each."""
        if "photos" not in self.method.needs:
            return [([], [])], []
        from seethrough.images import expand, photo, photo_name

        names: list[str] = []
        pictures: list[Tensor] = []
        mistakes: list[str] = []
        for source in expand(self.given["photos"]):
            try:
                pictures.append(photo(source))
                names.append(photo_name(source))
            except UserError as mistake:
                mistakes.append(str(mistake))
        if not pictures:
            fail_late(mistakes)
        groups = range(0, len(names), SHEET)
        return [(names[start : start + SHEET], pictures[start : start + SHEET]) for start in groups], mistakes

    def _perform(self, photos: "list[Tensor]") -> "Result":
        arguments: list[Any] = [self.network]
        named: dict[str, Any] = dict(self.settings)
        if "photos" in self.method.needs:
            arguments.append(self.network.frame(photos))
        goal = {name: self.given.get(name) for name in ("unit", "on", "layer")}
        if "heatmap" in self.method.needs:
            arguments.append(self._heatmap(arguments[1]))
        elif "class" in self.method.needs and self.given.get("class_") is not None:
            named["classes"] = self.given["class_"]
        named |= {name: value for name, value in goal.items() if value is not None and name in self.method.needs}
        if "region" in self.method.needs:
            named |= self._region(photos)
        return self._call(self.method, arguments, named)

    def _heatmap(self, images: "Tensor") -> "Heatmap":
        row = TABLE[self.given["method"]]
        if row.makes != "Heatmap":
            raise UserError(f"method {row.command!r} makes no heat map; for example: grad-cam, gradient, occlusion")
        named = {"classes": self.given.get("class_")} if "class" in row.needs else {}
        found: Heatmap = self._call(row, [self.network, images], named)
        return found

    def _region(self, photos: "list[Tensor]") -> dict[str, Any]:
        """Turn a box or points of the photo into those of what the network sees of it."""
        frame = self.network.frame
        box, points = _numbers(self.given["box"], "box", 4), self.given["points"]
        if (not box) == (points is None):
            raise UserError("give --box TOP,LEFT,BOTTOM,RIGHT or --points 'Y,X;Y,X', one of the two")
        if len(photos) > 1:
            raise UserError(f"a box or points belong to one photo; {len(photos)} are given")
        if box:
            return {"region": frame.seen(box, photos[0])}
        pairs = [_numbers(pair, "points", 2) for pair in points.split(";")]
        return {"points": [frame.seen((y, x, y, x), photos[0])[:2] for y, x in pairs]}

    def _call(self, method: Method, arguments: Sequence[Any], named: dict[str, Any]) -> Any:
        function = method.load()
        if not isinstance(function, JobFunction):
            return function(*arguments, **named)
        with interruptible() as interrupted, progress_bar(method.command, quiet=self.run.quiet) as bar:
            result = run(function.job(*arguments, **named), bar, interrupted)
        self.stopped = self.stopped or interrupted.seen
        return result


def _numbers(text: str | None, name: str, count: int) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count:
        raise UserError(f"{name}: {text!r} does not fit; it takes {count} numbers with commas between them")
    return found


command(app, "list")(list_methods)
for row in TABLE.values():
    command(app, row.command)(method_command(row))
