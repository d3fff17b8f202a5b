"""`seethrough inspect`: everything about one photo, on one page."""

from pathlib import Path
from typing import Annotated

import typer

from seethrough.cli.command import Json, Net, Run, Trust, Weights
from seethrough.cli.document import KEPT, make, parts_wanted, the_network
from seethrough.networks.names import DEFAULT

PHOTO = typer.Argument(metavar="PHOTO", help="A file, or a bundled sample.")


def inspect(
    run: Run,
    photo: Annotated[str, PHOTO],
    net: Net = DEFAULT,
    weights: Weights = None,
    to: Annotated[str | None, typer.Option(metavar="CLASS", help="What it is to be misread as.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the page goes; PHOTO-inspected, if not said.")
    ] = None,
    only: Annotated[
        str, typer.Option(metavar="PARTS", help="Some parts alone: guesses,see,layers,dream,invert,fool.")
    ] = "",
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Inspect a photo: what it is taken for, why, what the layers keep of it, and how little it takes to mislead them.

    One page that needs nothing else, with the pictures and all numbers beside it. The page stands from the first part on.
    """
    from seethrough.images import photo as read
    from seethrough.images import photo_name
    from seethrough.labs.desk import Desk
    from seethrough.labs.inspect import DOCUMENT

    # What cannot be done is said before a network is loaded.
    read(photo)
    folder = out or Path(f"{photo_name(photo)}-inspected")
    wanted = parts_wanted(DOCUMENT, only, folder)
    network, words, _ = the_network(run, DOCUMENT, None if (net, weights) == (DEFAULT, None) else net, weights, trust)
    if to is not None:
        network.resolve_class(to)
    desk = Desk(network, folder / KEPT, seed=run.seed, photo=photo, to=to, words=words)
    make(run, DOCUMENT, desk, folder, wanted, json, zipped=False)
