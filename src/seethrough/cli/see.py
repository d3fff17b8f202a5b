"""`seethrough see METHOD PHOTO...`: one command a row of the table, its options read from there."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from seethrough.cli import complete
from seethrough.cli.command import Json, Net, Photos, Run, Trust, Weights, answer, command, print_json
from seethrough.cli.perform import Request, perform
from seethrough.networks.names import DEFAULT
from seethrough.see.table import TABLE
from seethrough.tables import Method, Setting

Class = Annotated[
    str | None,
    typer.Option(
        "--class",
        "-c",
        metavar="CLASS",
        help="Index, label or WordNet id; the top guess if not given.",
        autocompletion=complete.classes,
    ),
]
Layer = Annotated[str | None, typer.Option(help="A layer; see `seethrough layers`.", autocompletion=complete.layers)]
Unit = Annotated[str | None, typer.Option(metavar="LAYER:UNIT@Y,X", help="Explain a unit in place of a class.")]
On = Annotated[Literal["logit", "probability"] | None, typer.Option(help="The class's logit, or its probability.")]
MapMethod = Annotated[str, typer.Option("--method", help="What makes the map; see `seethrough see list`.")]
Box = Annotated[str | None, typer.Option(metavar="TOP,LEFT,BOTTOM,RIGHT", help="A box, in the photo's pixels.")]
Points = Annotated[str | None, typer.Option(metavar="Y,X;Y,X;...", help="Points, in the photo's pixels.")]
Nets = Annotated[
    list[str],
    typer.Argument(metavar="NET[=WEIGHTS]...", help="Networks, with a weights file each where one is needed."),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="The picture (.png, .jpg, .pdf, .svg).")]
Save = Annotated[
    Path | None, typer.Option(metavar="FILE.safetensors", help="The numbers, with all it takes to repeat them.")
]

# What a method may need, and the options by which a person gives it.
NEEDS: dict[str, dict[str, tuple[Any, Any]]] = {
    "photos": {"photos": (Photos, inspect.Parameter.empty)},
    "networks": {"networks": (Nets, inspect.Parameter.empty)},
    "class": {"classes": (Class, None)},
    "layer": {"layer": (Layer, None)},
    "unit": {"unit": (Unit, None)},
    "on": {"on": (On, None)},
    "score": {},  # a function: for Python alone
    "heatmap": {"heatmap": (MapMethod, "grad-cam"), "classes": (Class, None)},
    "region": {"box": (Box, None), "points": (Points, None)},
}

app = typer.Typer(
    name="see", help="See what in an image mattered, and what each layer made of it.", no_args_is_help=True
)


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

    def perform_method(run: Run, **given: Any) -> None:
        chosen = {setting.name: given.pop(setting.name) for setting in own}
        if len(own) < len(method.settings):
            chosen["seed"] = run.seed
        settings = {name: value for name, value in method.check(chosen).items() if value is not None}
        perform(run, Request(method, settings, **given))

    options: list[tuple[str, Any, Any]] = [("run", Run, inspect.Parameter.empty)]
    for need in method.needs:
        options += [(name, kind, default) for name, (kind, default) in NEEDS[need].items()]
    options += [(setting.name, _annotation(setting), setting.default) for setting in own]
    if "networks" not in method.needs:
        options += [("net", Net, DEFAULT), ("weights", Weights, None)]
    options += [("trust", Trust, False), ("out", Out, None), ("save", Save, None), ("json", Json, False)]
    perform_method.__name__ = method.name
    perform_method.__doc__ = method.says[0].upper() + method.says[1:] + "."
    perform_method.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, kind, default in options
        ]
    )
    return perform_method


def _annotation(setting: Setting) -> Any:
    kinds: dict[str, Any] = {"int": int, "float": float, "bool": bool}
    kind = Literal[setting.choices] if setting.choices else kinds.get(setting.kind, str)
    says = f"{setting.says} ({setting.range})"
    return Annotated[kind | None if setting.default is None else kind, typer.Option(setting.option, help=says)]


command(app, "list")(list_methods)
for row in TABLE.values():
    command(app, row.command)(method_command(row))
