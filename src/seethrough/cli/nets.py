"""`seethrough nets`: which networks there are."""

from typing import Annotated

import typer

from seethrough.cli.command import Json, Run, answer, print_json
from seethrough.errors import unknown
from seethrough.networks.names import NETS, architectures, names


def nets(
    run: Run,
    pattern: Annotated[
        str | None, typer.Argument(help="List every network whose name contains this, for example resnet50.")
    ] = None,
    json: Json = False,
) -> None:
    """List the networks one can name, and what each needs."""
    if pattern is not None:
        found = [name for name in names() if pattern.lower() in name]
        if not found:
            raise unknown("network", pattern, names())
        if json:
            print_json({"nets": found})
        else:
            answer().print("\n".join(found))
        return
    counts = {library: len(architectures(library)) for library in ("torchvision", "timm")}
    if json:
        print_json(
            {
                "nets": [{"name": net.name, "says": net.says, "needs": net.needs} for net in NETS],
                "architectures": counts,
            }
        )
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1))
    for heading in ("network", "what it is", "needs"):
        table.add_column(heading)
    for net in NETS:
        count = counts.get(net.name.partition(":")[0])
        table.add_row(net.name, net.says + (f" ({count:,} of them)" if count else ""), net.needs)
    answer().print(table)
    run.remark("seethrough nets PATTERN lists the architectures whose name contains it")
