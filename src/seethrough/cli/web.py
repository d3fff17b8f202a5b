"""`seethrough app`: look inside a network by hand, in the browser."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from seethrough.cli.command import Net, Run, Trust, Weights, answer
from seethrough.networks.names import DEFAULT, check_name


def app(
    run: Run,
    net: Net = DEFAULT,
    weights: Weights = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to answer; 0 for any that is free.")] = 8765,
    host: Annotated[str, typer.Option(help="The address to answer at: this machine alone, unless told.")] = "127.0.0.1",
    study: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Strongest patches to show with units: of `study patches --save`."),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    trust: Trust = False,
) -> None:
    """Look inside a network by hand, in the browser: its units on a photo, heat maps, dreams and attacks, live.

    The page is served from this machine to this machine, and asks nothing of any other. Ctrl-C ends it.
    """
    check_name(net)
    from seethrough.app.networks import Given
    from seethrough.app.serve import serve

    run.set_threads()

    def ready(address: str) -> None:
        answer().print(f"the page is at {address} (Ctrl-C ends it)", soft_wrap=True)
        sys.stdout.flush()  # who started this may wait for the line

    serve(
        Given(net, weights, trust, run.device),
        host=host,
        port=port,
        studies=list(study or ()),
        ready=ready,
        open_browser=open_browser,
    )
