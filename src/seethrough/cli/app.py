"""The commands."""

from typing import Annotated

import typer

from seethrough import __version__
from seethrough.cli.classify import classify
from seethrough.cli.command import command
from seethrough.cli.data import app as data
from seethrough.cli.dream import app as dream
from seethrough.cli.fool import app as fool
from seethrough.cli.inspect import inspect
from seethrough.cli.lab import app as lab
from seethrough.cli.layers import layers
from seethrough.cli.nets import nets
from seethrough.cli.photos import photos
from seethrough.cli.see import app as see
from seethrough.cli.study import app as study
from seethrough.cli.train import app as train
from seethrough.cli.tune import tune
from seethrough.cli.web import app as web

app = typer.Typer(
    name="seethrough",
    help="See what an image classifier sees, and how it can be fooled.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"seethrough {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """See what an image classifier sees, and how it can be fooled."""


for function in (inspect, web, classify, layers, nets, photos, tune):
    command(app)(function)
app.add_typer(see)
app.add_typer(dream)
app.add_typer(fool)
app.add_typer(train)
app.add_typer(study)
app.add_typer(lab)
app.add_typer(data)
