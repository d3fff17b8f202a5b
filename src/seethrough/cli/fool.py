"""`seethrough fool METHOD PHOTO...`: one command a row of the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seethrough.cli import complete, loops
from seethrough.cli.keep import NUMBERS, Keeper, figure
from seethrough.cli.methods import COMMON_NEEDS, REQUIRED, Needs, verb
from seethrough.cli.see import Box
from seethrough.files import PICTURES
from seethrough.fool.table import TABLE

if TYPE_CHECKING:
    from seethrough.jobs import Watcher

TO = typer.Option(
    "--to",
    metavar="CLASS",
    help="What they are to be read as: one, or one for each photo (--to A --to B).",
    autocompletion=complete.classes,
)
To = Annotated[list[str] | None, TO]
ToOne = Annotated[list[str], TO]
ToSome = Annotated[
    list[str],
    typer.Option("--to", metavar="CLASS", help="The classes: several, or all.", autocompletion=complete.classes),
]
Away = Annotated[bool | None, typer.Option("--away", help="Away from what they show: so without --to.")]
Shown = Annotated[
    str | None,
    typer.Option(
        "--class",
        "-c",
        metavar="CLASS",
        help="What the photos show; what they are read as if not given.",
        autocompletion=complete.classes,
    ),
]
Classes = Annotated[
    list[str],
    typer.Argument(metavar="CLASS...", help="Index, label or WordNet id; or all.", autocompletion=complete.classes),
]
FullSize = Annotated[
    bool, typer.Option("--full-size", help="Change the photo at its own size, seen through the network's frame.")
]
Heatmaps = Annotated[bool, typer.Option("--compare-heatmaps", help="Draw Grad-CAM before and after beside it.")]
Mask = Annotated[
    str | None, typer.Option(metavar="FILE", help="A picture of the photo's shape, white where pixels may change.")
]
LearnOn = Annotated[str | None, typer.Option(metavar="PHOTO", help="What the noises are learned on; the first photo.")]

NEEDS: Needs = {
    **COMMON_NEEDS,
    "goal": {"to": (To, None), "away": (Away, None), "classes": (Shown, None)},
    "to": {"to": (ToOne, REQUIRED)},
    "to some": {"to": (ToSome, ["all"])},
    "class": {"classes": (Shown, None)},
    "truth": {"classes": (Shown, None)},
    "dreamt": {"classes": (Classes, REQUIRED)},
    "learn on": {"learn_on": (LearnOn, None)},
    "mask": {"mask": (Mask, None)},
    "full size": {"full_size": (FullSize, False)},
    "heatmaps": {"compare_heatmaps": (Heatmaps, False)},
    "photos together": COMMON_NEEDS["photos"],
    "folder": COMMON_NEEDS["photos"],
    "box": {"box": (Box, None)},
}
LOOPS = ("Fooling", "ClassNoise")


def _images(result: Any, folder: Path, _: "Watcher | None") -> Path:
    """Write each image as a PNG under the name of its photo, and a list of what the photos show."""
    from seethrough.fool.files import save_images

    return save_images(result, folder)


def _summary(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.results.store import write_figure

    return write_figure(result.summary(), path)


KEEPERS: dict[str, Keeper] = {
    "out": figure(typer.Option("--out", "-o", metavar="FILE", help="The sheet (.png, .jpg, .pdf, .svg).")),
    "save_images": Keeper(
        typer.Option("--save-images", metavar="DIR", help="A folder for the misleading images, as PNGs."),
        (),
        _images,
        only=("Fooling",),
    ),
    "summary": Keeper(
        typer.Option("--summary", metavar="FILE", help="How many images each change leaves misread, as bars."),
        tuple(PICTURES),
        _summary,
        only=("Survival",),
    ),
    "save": NUMBERS,
    "trace": loops.trace(LOOPS),
    "frames": loops.frames(LOOPS),
}

app = verb("fool", "Make images that mislead the network, and see how well they last.", TABLE, NEEDS, KEEPERS)
