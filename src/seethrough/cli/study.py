"""`seethrough study METHOD DATA...`: one command a row of the table."""

from dataclasses import replace
from typing import Annotated

import typer

from seethrough.cli import complete
from seethrough.cli.command import Run
from seethrough.cli.keep import NUMBERS, Keeper, figure
from seethrough.cli.methods import COMMON_NEEDS, REQUIRED, Needs, verb
from seethrough.cli.over_data import DATA_NEEDS, perform_over_data
from seethrough.cli.perform import Request
from seethrough.cli.train import RUN_NEEDS, perform_training
from seethrough.networks.names import DEFAULT
from seethrough.study.table import TABLE

Queries = Annotated[
    list[str] | None,
    typer.Option("--query", metavar="PHOTO", help="Whose neighbours: photos; a few of DATA if not given."),
]
SeveralNets = Annotated[
    list[str],
    typer.Option(
        "--net", metavar="NET[=WEIGHTS]", help="The network; several to compare.", autocompletion=complete.networks
    ),
]
MaybePhotos = Annotated[
    list[str] | None, typer.Argument(metavar="[PHOTO...]", help="Photos of objects; drawn shapes if not given.")
]
One = Annotated[str, typer.Option("--one", metavar="CLASS", help="A class of the data, by name or number.")]
Other = Annotated[str, typer.Option("--other", metavar="CLASS", help="Another class of the data.")]

NEEDS: Needs = {
    **COMMON_NEEDS,
    **DATA_NEEDS,
    **RUN_NEEDS,
    "queries": {"queries": (Queries, None)},
    "networks": {"networks": (SeveralNets, [DEFAULT])},
    "objects": {"photos": (MaybePhotos, None)},
    "two classes": {"class_a": (One, REQUIRED), "class_b": (Other, REQUIRED)},
}
KEEPERS: dict[str, Keeper] = {
    # What trains writes a folder instead, which has the same name.
    "out": replace(
        figure(typer.Option("--out", "-o", metavar="FILE", help="The figure (.png, .jpg, .pdf, .svg).")),
        only=tuple(row.makes for row in TABLE.values() if "run" not in row.needs),
    ),
    "save": NUMBERS,
}


def perform_study(session: Run, request: Request) -> None:
    """Train where the method trains; else go over the data once."""
    (perform_training if "run" in request.method.needs else perform_over_data)(session, request)


app = verb("study", "See what a network knows, across a data set.", TABLE, NEEDS, KEEPERS, performed=perform_study)
"""The commands."""
