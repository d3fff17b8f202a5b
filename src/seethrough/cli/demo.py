"""`seethrough demo`: the main job on what comes with the product."""

from pathlib import Path
from typing import Annotated

import typer

from seethrough.cli.command import Run, answer


def demo(
    run: Run, out: Annotated[Path, typer.Option(metavar="DIR", help="Where the page goes.")] = Path("seethrough-demo")
) -> None:
    """Show the main job on the bundled photos and network, as one web page that needs nothing else."""
    from seethrough.images import SAMPLES, photo
    from seethrough.report.page import Page, Picture, Section, Table, picture, write

    network = run.network()
    sections = []
    for sample in SAMPLES.values():
        run.remark(f"{sample.name}: {sample.shows}")
        guesses = network.classify(network.frame(photo(sample.name)), photos=(sample.name,))
        best = guesses[0][0]
        drawn: Picture = picture(guesses.figure(), f"{sample.name} beside bars of what the network takes it for")
        sections.append(
            Section(
                title=f"{sample.name}: {best}",
                text=f"The photo shows {sample.shows} ({sample.credit}). On the left is what the network sees of it.",
                pictures=(drawn,),
                code=f"seethrough classify {sample.name}",
            )
        )
    counts = network.totals()
    made_of = Section(
        title="What the network is made of",
        text=f"{network.name} has {len(network.layers)} layers that can be looked into.",
        tables=(
            Table(
                ("layers", "parameters", "neurons"),
                tuple((family, f"{one['parameters']:,}", f"{one['neurons']:,}") for family, one in counts.items()),
            ),
        ),
        code="seethrough layers",
    )
    page = Page("What a network sees", f"{network.name} on the bundled photos", (*sections, made_of))
    path = write(page, out / "index.html")
    answer().print(f"the page is at {path.resolve()}", soft_wrap=True)
