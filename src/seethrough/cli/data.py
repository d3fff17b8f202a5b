"""`seethrough data`: which data sets there are, and how to get one."""

from pathlib import Path
from typing import Annotated

import typer

from seethrough.cli.command import Json, Run, answer, command, print_json

app = typer.Typer(name="data", help="Data sets: which there are, and how to get one.", no_args_is_help=True)

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="ROOT", help="Where they are kept; else SEETHROUGH_DATA, else torchvision's place."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="See `seethrough data list`.")]


def list_(run: Run, data: Data = None, json: Json = False) -> None:
    """List the data sets one can name, and whether they are there."""
    from seethrough.datasets.known import KNOWN
    from seethrough.datasets.root import data_root
    from seethrough.datasets.state import state

    root = data_root(data)
    found = [(known, state(known, root)) for known in KNOWN.values()]
    if json:
        rows = [
            {
                "name": known.name,
                "says": known.says,
                "pictures": known.pictures,
                "classes": known.classes,
                "size": known.size,
                "condition": there.condition,
                "where": str(there.where),
                "remark": there.says,
            }
            for known, there in found
        ]
        print_json({"root": str(root), "data": rows})
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1))
    for heading in ("data", "what it is", "pictures", "classes", "size", "here"):
        table.add_column(heading, justify="right" if heading in ("pictures", "classes") else "left")
    for known, there in found:
        table.add_row(known.name, known.says, f"{known.pictures:,}", str(known.classes), known.size, there.condition)
    answer().print(table)
    for known, there in found:
        if there.says and there.condition != "missing":
            answer().print(f"{known.name}: {there.says}", soft_wrap=True, markup=False)
    run.remark(f"looked for in {root}; seethrough data get NAME brings one")
    run.remark("also: a folder of class folders, one that holds train and test, or an .npz with images and labels")


def get(run: Run, name: Name, data: Data = None) -> None:
    """Download a data set, unless it is there already; what is damaged or half downloaded is fetched anew."""
    from seethrough.datasets.fetch import fetch
    from seethrough.datasets.known import known_set
    from seethrough.datasets.root import data_root
    from seethrough.datasets.state import state
    from seethrough.jobs import interruptible, progress_bar
    from seethrough.jobs import run as run_job

    root = data_root(data)
    before = state(known_set(name), root)
    if before.condition == "damaged":
        run.remark(f"{before.where}: {before.says}; fetching again what is wrong")
    with interruptible() as interrupted, progress_bar(f"{name} (MB)", quiet=run.quiet) as watch:
        after = run_job(fetch.job(name, root), watch, interrupted)
    if interrupted.seen:
        raise KeyboardInterrupt
    note = f" ({after.says})" if after.says else ""
    answer().print(f"{name}: {after.where}{note}", soft_wrap=True, markup=False)


command(app, "list")(list_)
command(app)(get)
