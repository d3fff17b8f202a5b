"""`seethrough dream METHOD ...`: one command a row of the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seethrough.cli import complete
from seethrough.cli.command import Run, command
from seethrough.cli.keep import NUMBERS, Keeper, figure
from seethrough.cli.loops import frames, picture, trace
from seethrough.cli.methods import COMMON_NEEDS, REQUIRED, Needs, print_rows, verb
from seethrough.dream.recipes import RECIPES
from seethrough.dream.table import TABLE

if TYPE_CHECKING:
    from seethrough.jobs import Watcher

Units = Annotated[list[str], typer.Argument(metavar="LAYER:UNIT[@Y,X]...", help="Units, such as blocks.4.2:37.")]
Classes = Annotated[
    list[str],
    typer.Argument(metavar="CLASS...", help="Index, label or WordNet id.", autocompletion=complete.classes),
]
OneClass = Annotated[
    str, typer.Argument(metavar="CLASS", help="Index, label or WordNet id.", autocompletion=complete.classes)
]
MaybeClass = Annotated[
    str | None,
    typer.Option("--class", "-c", metavar="CLASS", help="Index, label or WordNet id.", autocompletion=complete.classes),
]
OneLayer = Annotated[
    str, typer.Argument(metavar="LAYER", help="See `seethrough layers`.", autocompletion=complete.layers)
]
Layers = Annotated[str | None, typer.Option(help="Layers, with commas between them.", autocompletion=complete.layers)]
Start = Annotated[str | None, typer.Option(metavar="PHOTO|noise|mean|black", help="What the image begins as.")]
Styles = Annotated[
    list[str], typer.Option("--style", metavar="PAINTING", help="A picture whose style it takes; several mix.")
]
Paintings = Annotated[list[str], typer.Argument(metavar="PAINTING...", help="Pictures whose style it takes.")]

NEEDS: Needs = {
    **COMMON_NEEDS,
    "units": {"units": (Units, REQUIRED)},
    "dreamt": {"classes": (Classes, REQUIRED)},
    "class": {"classes": (MaybeClass, None)},
    "one dreamt": {"classes": (OneClass, REQUIRED)},
    "one layer": {"layer": (OneLayer, REQUIRED)},
    "layers": {"layers": (Layers, None)},
    "start": {"start": (Start, None)},
    "folder": COMMON_NEEDS["photos"],
    "whole photos": COMMON_NEEDS["photos"],
    "paintings": {"styles": (Paintings, REQUIRED)},
    "styles": {"styles": (Styles, REQUIRED)},
}
LOOPS = ("Dream", "Styled", "Inversion")
"""The kinds of result that keep how the loop went."""


def _images(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.images.gif import save_gif

    return save_gif(result.images, path)


KEEPERS: dict[str, Keeper] = {
    "out": picture(typer.Option("--out", "-o", metavar="FILE", help="The picture itself (.png, .jpg, .webp, ...).")),
    "sheet": figure(typer.Option("--sheet", metavar="FILE", help="The captioned figure (.png, .jpg, .pdf, .svg).")),
    "save": NUMBERS,
    "trace": trace(LOOPS),
    "frames": frames(LOOPS),
    "gif": Keeper(
        typer.Option("--gif", metavar="FILE.gif", help="The images one after another: a zoom, an atlas."),
        (".gif",),
        _images,
        only=("Dream",),
    ),
}

app = verb("dream", "Make images by optimisation: what units, classes and layers ask for.", TABLE, NEEDS, KEEPERS)


def list_recipes(run: Run) -> None:
    """List the recipes that `--recipe` takes."""
    print_rows(("recipe", "what it is"), {name: recipe.says for name, recipe in RECIPES.items()})


command(app, "recipes")(list_recipes)
