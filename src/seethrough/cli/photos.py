"""`seethrough photos`: the photos that come with it."""

from seethrough.cli.command import Json, Run, answer, print_json


def photos(run: Run, json: Json = False) -> None:
    """List the bundled photos; their names go wherever a photo goes."""
    from seethrough.images import SAMPLES

    if json:
        print_json(
            {
                "photos": [
                    {"name": sample.name, "shows": sample.shows, "credit": sample.credit} for sample in SAMPLES.values()
                ]
            }
        )
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1))
    table.add_column("photo")
    table.add_column("shows")
    table.add_column("whose", style="dim")
    for sample in SAMPLES.values():
        table.add_row(sample.name, sample.shows, sample.credit)
    answer().print(table)
