"""`seethrough lab`: the assignments of courses, end to end."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from seethrough.cli import complete
from seethrough.cli.command import Json, Run, Trust, Weights, answer, command, print_json
from seethrough.cli.document import KEPT, make, parts_wanted, the_network
from seethrough.labs.table import LABS, Lab

app = typer.Typer(name="lab", help="Course assignments, done end to end.", no_args_is_help=True)

Net = Annotated[
    str | None,
    typer.Option(help="The network, where the assignment's own is not wanted.", autocompletion=complete.networks),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="ROOT", help="Where data sets are kept; else SEETHROUGH_DATA, else torchvision's place."
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where the page goes; the lab's name, if not said.")
]
Quick = Annotated[bool, typer.Option("--quick", help="All of it in a minute: fewer steps, fewer pictures.")]
Only = Annotated[str, typer.Option("--only", metavar="PARTS", help="Some parts alone, with commas between.")]
Zip = Annotated[bool, typer.Option("--zip", help="Pack page, figures, numbers and code into one file to hand in.")]


def list_(run: Run, json: Json = False) -> None:
    """List the labs."""
    if json:
        print_json({"labs": [{"name": lab.name, "says": lab.says, "data": lab.data} for lab in LABS.values()]})
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1))
    for heading in ("lab", "what it asks for", "data, where it is there"):
        table.add_column(heading)
    for lab in LABS.values():
        table.add_row(lab.name, lab.says, ", ".join(lab.data))
    answer().print(table)


def one(lab: Lab) -> Callable[..., None]:
    """Return the command of a lab."""

    def run_lab(
        run: Run,
        net: Net = None,
        weights: Weights = None,
        data: Data = None,
        out: Out = None,
        quick: Quick = False,
        only: Only = "",
        zip: Zip = False,
        json: Json = False,
        trust: Trust = False,
    ) -> None:
        document, folder = lab.load(), out or Path(lab.name)
        wanted = parts_wanted(document, only, folder)
        from seethrough.labs.desk import Desk

        network, words, remarks = the_network(run, document, net, weights, trust)
        desk = Desk(network, folder / KEPT, quick=quick, seed=run.seed, data=data, words=words, remarks=remarks)
        make(run, document, desk, folder, wanted, json, zip)

    run_lab.__doc__ = f"{lab.says[0].upper()}{lab.says[1:]}."
    return run_lab


command(app, "list")(list_)
for lab in LABS.values():
    command(app, lab.name)(one(lab))
