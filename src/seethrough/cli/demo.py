"""`seethrough demo`: the main job on what comes with the product."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seethrough.cli.command import Run, answer
from seethrough.errors import UserError
from seethrough.percent import percent

if TYPE_CHECKING:
    from seethrough.images import Sample
    from seethrough.networks.network import Network
    from seethrough.report.page import Section

# Ways of looking that take a second together, and show how differently one may ask "where".
METHODS = "gradient,guided-backprop,grad-cam"


def demo(
    run: Run, out: Annotated[Path, typer.Option(metavar="DIR", help="Where the page goes.")] = Path("seethrough-demo")
) -> None:
    """Show the main job on the bundled photos and network, as one web page that needs nothing else."""
    from seethrough.images import SAMPLES
    from seethrough.report.page import Page, write

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UserError(f"out: {str(out)!r} cannot be a folder: {refused.strerror}") from refused
    network = run.network()
    sections = []
    for sample in SAMPLES.values():
        run.remark(f"{sample.name}: {sample.shows}")
        sections.append(_about_photo(network, sample))
    run.remark("what the layers make of coffee, what covering a part of it does, and how little it takes to mislead")
    sections += [_inside(network), _covered(network), _misled(network), _made_of(network)]
    page = Page("What a network sees", f"{network.name} on the bundled photos", tuple(sections))
    path = write(page, out / "index.html")
    answer().print(f"the page is at {path.resolve()}", soft_wrap=True)


def _about_photo(network: "Network", sample: "Sample") -> "Section":
    from seethrough import photo, see
    from seethrough.report.page import Section, picture

    pixels = network.frame(photo(sample.name))
    guesses = network.classify(pixels, photos=(sample.name,))
    maps = see.compare(network, pixels, methods=METHODS)
    where = (
        "The same question asked in three ways: where in the photo does this answer come from? The better a map finds it, "
        "the sooner the score falls as its hottest pixels go (del) and rises as they come back (ins)."
    )
    return Section(
        title=f"{sample.name}: {guesses[0][0]}",
        text=f"The photo shows {sample.shows} ({sample.credit}). On the left is what the network sees of it.",
        pictures=(
            picture(guesses.figure(), f"{sample.name} beside bars of what the network takes it for"),
            picture(maps.figure(), f"{sample.name} beside three maps of what mattered in it", where),
        ),
        code=f"seethrough classify {sample.name}\nseethrough see compare {sample.name} --methods {METHODS}",
    )


def _inside(network: "Network") -> "Section":
    from seethrough import photo, see
    from seethrough.report.page import Section, picture

    strip = see.layers_strip(network, network.frame(photo("coffee")))
    return Section(
        title="What the layers make of coffee",
        text="Early layers keep edges and colours in their places; late ones keep little but where the object is.",
        pictures=(picture(strip.figure(), "five feature maps each of an early, a middle and a late layer"),),
        code="seethrough see layers-strip coffee",
    )


def _covered(network: "Network") -> "Section":
    from seethrough import photo, see
    from seethrough.report.page import Section, picture

    found = see.occlusion(network, network.frame(photo("coffee")), block=48, stride=16, on="probability")
    assert found.grid is not None
    least, clean = float(found.grid.min()), found.targets[0].probability or 0.0
    return Section(
        title="Coffee with a part of it covered",
        text=(
            f"A black block of 48 pixels, moved over the photo in steps of 16. Where it hurts most, the network is "
            f"{percent(least)} sure of {found.targets[0].label}; without the block it is {percent(clean)} sure."
        ),
        pictures=(
            picture(found.figure(), "the photo, how much covering each part hurts, and the probability by place"),
        ),
        code="seethrough see occlusion coffee --block 48 --stride 16 --on probability",
    )


def _misled(network: "Network") -> "Section":
    from dataclasses import replace

    from seethrough import fool, photo
    from seethrough.report.page import Section, picture

    names, to = ("coffee", "moped"), ("goldfish", "ostrich")
    pixels = network.frame([photo(name) for name in names])
    found = replace(fool.pgd(network, pixels, to=to, eps="2/255", until=0.9, eight_bit=True), photos=names)
    lasting = fool.survival(network, found)
    return Section(
        title="How little it takes to mislead it",
        text=(
            "No pixel moved by more than 2 of 255, and the network is sure of something else. The pictures are whole "
            f"numbers of 255: as files they mislead too. Most other changes undo it; {lasting.by_change()}."
        ),
        pictures=(picture(found.figure(), "two photos, the noise added to each, and what they are read as then"),),
        code="seethrough fool pgd coffee moped --to goldfish --to ostrich --eps 2/255 --until 0.9 --eight-bit",
    )


def _made_of(network: "Network") -> "Section":
    from seethrough.report.page import Section, Table

    head = ("layers", "parameters", "neurons")
    rows = tuple((name, f"{one['parameters']:,}", f"{one['neurons']:,}") for name, one in network.totals().items())
    return Section(
        title="What the network is made of",
        text=f"{network.name} has {len(network.layers)} layers that can be looked into.",
        tables=(Table(head, rows),),
        code="seethrough layers",
    )
