"""`seethrough see METHOD PHOTO...`: one command a row of the table."""

from typing import Annotated, Literal

import typer

from seethrough.cli.keep import NUMBERS, figure
from seethrough.cli.methods import COMMON_NEEDS, Class, Needs, verb
from seethrough.see.table import TABLE

On = Annotated[Literal["logit", "probability"] | None, typer.Option(help="The class's logit, or its probability.")]
MapMethod = Annotated[str, typer.Option("--method", help="What makes the map; see `seethrough see list`.")]
Box = Annotated[str | None, typer.Option(metavar="TOP,LEFT,BOTTOM,RIGHT", help="A box, in the photo's pixels.")]
Points = Annotated[str | None, typer.Option(metavar="Y,X;Y,X;...", help="Points, in the photo's pixels.")]

NEEDS: Needs = {
    **COMMON_NEEDS,
    "on": {"on": (On, None)},
    "score": {},  # a function: for Python alone
    "heatmap": {"heatmap": (MapMethod, "grad-cam"), "classes": (Class, None)},
    "region": {"box": (Box, None), "points": (Points, None)},
}

app = verb(
    "see",
    "See what in an image mattered, and what each layer made of it.",
    TABLE,
    NEEDS,
    {
        "out": figure(typer.Option("--out", "-o", metavar="FILE", help="The picture (.png, .jpg, .pdf, .svg).")),
        "save": NUMBERS,
    },
)
