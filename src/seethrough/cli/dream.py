"""`seethrough dream METHOD ...`: one command a row of the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seethrough.cli import complete
from seethrough.cli.command import Run, command
from seethrough.cli.keep import NUMBERS, Keeper, figure
from seethrough.cli.methods import COMMON_NEEDS, REQUIRED, Needs, print_rows, verb
from seethrough.dream.recipes import RECIPES
from seethrough.dream.table import TABLE
from seethrough.files import IMAGES, PICTURES

if TYPE_CHECKING:
    from seethrough.jobs import Step, Watcher

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
FRAMES = 60
"""Frames in a moving picture at most: when there are more, every other one is left out."""


def _picture(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.images import save_image

    return save_image(result.picture(), path)


def _trace(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.results.store import write_figure

    return write_figure(result.curve(), path)


class Frames:
    """A watcher that keeps the images of some steps, evenly spread over a job whose length it need not know."""

    def __init__(self) -> None:
        """Begin with every step."""
        self.frames: list[Any] = []
        self.every, self.seen = 1, 0

    def __call__(self, step: "Step") -> None:
        """Keep what there is at this step, if it is one of those."""
        if self.seen % self.every == 0 and step.peek is not None:
            from seethrough.results.dream import contact_sheet

            frame = contact_sheet(step.peek().images)
            if self.frames and frame.shape != self.frames[0].shape:
                return
            self.frames.append(frame)
        self.seen += 1
        if len(self.frames) > FRAMES:
            self.frames, self.every = self.frames[::2], self.every * 2


def _moving(result: Any, path: Path, watcher: "Watcher | None") -> Path:
    from seethrough.images.gif import save_gif

    assert isinstance(watcher, Frames)
    last = result.picture()
    frames = watcher.frames or [last]
    # What was seen on the way may be a part of the whole.
    return save_gif([*frames, last] if frames[0].shape == last.shape else frames, path)


def _images(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.images.gif import save_gif

    return save_gif(result.images, path)


KEEPERS: dict[str, Keeper] = {
    "out": Keeper(
        typer.Option("--out", "-o", metavar="FILE", help="The picture itself (.png, .jpg, .webp, ...)."),
        IMAGES,
        _picture,
    ),
    "sheet": figure(typer.Option("--sheet", metavar="FILE", help="The captioned figure (.png, .jpg, .pdf, .svg).")),
    "save": NUMBERS,
    "trace": Keeper(
        typer.Option("--trace", metavar="FILE", help="The curve of the wish over the steps."),
        tuple(PICTURES),
        _trace,
        only=LOOPS,
    ),
    "frames": Keeper(
        typer.Option("--frames", metavar="FILE.gif", help="How it came to be, as a moving picture."),
        (".gif",),
        _moving,
        watch=Frames,
        only=LOOPS,
    ),
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
