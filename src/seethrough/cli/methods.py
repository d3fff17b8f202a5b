"""A verb's commands, one a row of its table: a method's needs and settings become its options."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from seethrough.cli import complete
from seethrough.cli.command import Json, Net, Photos, Run, Trust, Weights, answer, command, print_json
from seethrough.cli.keep import Keeper
from seethrough.cli.perform import Request, perform
from seethrough.networks.names import DEFAULT
from seethrough.tables import Method, Setting, Table

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
Unit = Annotated[str | None, typer.Option(metavar="LAYER:UNIT@Y,X", help="A unit in place of a class.")]
Nets = Annotated[
    list[str],
    typer.Argument(metavar="NET[=WEIGHTS]...", help="Networks, with a weights file each where one is needed."),
]
Performed = Callable[[Run, Request], None]
REQUIRED = inspect.Parameter.empty

# What methods of several verbs need, and the options by which a person gives it: name -> (annotation, default).
Needs = Mapping[str, Mapping[str, tuple[Any, Any]]]
COMMON_NEEDS: Needs = {
    "photos": {"photos": (Photos, REQUIRED)},
    "networks": {"networks": (Nets, REQUIRED)},
    "class": {"classes": (Class, None)},
    "layer": {"layer": (Layer, None)},
    "unit": {"unit": (Unit, None)},
}


class Fallback(TyperGroup):
    """A group of commands of which the first is meant where none is named: `train digits` is `train fit digits`."""

    @property
    def fallback(self) -> str:
        """Return the name of that command."""
        return next(name for name in self.commands if name != "list")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the first command's name before arguments that begin with none."""
        if args and args[0] not in {*self.commands, "--help", "-h"}:
            args = [self.fallback, *args]
        return super().parse_args(ctx, args)


def verb(
    name: str,
    says: str,
    table: Table,
    needs: Needs,
    keepers: Mapping[str, Keeper],
    performed: Performed = perform,
    group: type[TyperGroup] | None = None,
) -> typer.Typer:
    """Make the commands of a verb; `keepers` are the options that name a file to write, and how it is written.

    `performed` runs a method as a person asked for it: over photos, unless told.
    """
    app = typer.Typer(name=name, help=says, no_args_is_help=True, cls=group)

    @app.callback()
    def about() -> None:
        pass

    about.__doc__ = says

    def list_methods(run: Run, json: Json = False) -> None:
        """List the methods, with what each shows in one line."""
        rows = {method.command: method.says for method in table.values()}
        if json:
            print_json({"methods": [{"name": one, "says": what} for one, what in rows.items()]})
        else:
            print_rows(("method", "what it shows"), rows)

    command(app, "list")(list_methods)
    for row in table.values():
        command(app, row.command)(method_command(row, needs, keepers, performed))
    return app


def print_rows(head: tuple[str, str], rows: Mapping[str, str]) -> None:
    """Print names with what each is, one a line."""
    from rich.table import Table as Lines

    lines = Lines(box=None, header_style="bold", padding=(0, 1))
    lines.add_column(head[0], no_wrap=True)
    lines.add_column(head[1])
    for name, says in rows.items():
        lines.add_row(name, says)
    answer().print(lines)


def method_command(
    method: Method, needs: Needs, keepers: Mapping[str, Keeper], performed: Performed = perform
) -> Callable[..., None]:
    """Make the command of a method."""
    own = [setting for setting in method.settings if setting.name != "seed"]  # a common option
    asked = {name: option for need in method.needs for name, option in needs[need].items()}
    kept = {name: keeper for name, keeper in keepers.items() if keeper.fits(method)}

    def perform_method(run: Run, **given: Any) -> None:
        chosen = {setting.name: given.pop(setting.name) for setting in own}
        if len(own) < len(method.settings):
            chosen["seed"] = run.seed
        settings = {name: value for name, value in method.check(chosen).items() if value is not None}
        places = {name: given.pop(name) for name in kept}
        given = {name: value for name, value in given.items() if value is not None}
        performed(run, Request(method, settings, given, places, kept))

    options: list[tuple[str, Any, Any]] = [("run", Run, REQUIRED)]
    options += [(name, kind, default) for name, (kind, default) in asked.items()]
    options += [(setting.name, _annotation(setting), setting.default) for setting in own]
    if not {"networks", "own network"} & set(method.needs):
        options += [("net", Net, DEFAULT), ("weights", Weights, None)]
    if "own network" not in method.needs:
        options += [("trust", Trust, False)]
    options += [(name, Annotated[Path | None, keeper.option], None) for name, keeper in kept.items()]
    options += [("json", Json, False)]
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
