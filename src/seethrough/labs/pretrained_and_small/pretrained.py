"""Problem 1: a pretrained network on a photo, and what its layers make of it."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seethrough import photo, see
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.pretrained_and_small.material import STAND_IN, Subject, missing_peppers, subjects
from seethrough.labs.pretrained_and_small.measures import at_rest, flat, matched
from seethrough.labs.words import counted, listed, moved
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.guesses import Guess

TOP = 3
MAPS = 5
CLEAR = 0.5
"""A correlation from which on a map is said to follow something."""


@dataclass(frozen=True)
class MapSeen:
    """One map: how much of it rests, and which look of the photo it goes with most."""

    depth: str
    layer: str
    unit: int
    rest: float
    follows: str
    correlation: float


@dataclass(frozen=True)
class LayerSeen:
    """All maps of a layer: how many of which size, and how they go with the looks of the photo and of another one.

    `field` is how many pixels across a cell sees, nothing where that is not known. `own` and `other` are medians over the maps
    of the largest |correlation|.
    """

    depth: str
    layer: str
    total: int
    side: int
    field: int | None
    rest: float
    flat: int
    own: float
    other: float


def top_three(desk: Desk) -> Job[Sections]:
    """Run the network on the photo."""
    network, subject = desk.network, subjects(desk)[0]
    found = network.classify(network.frame(photo(subject.source)), TOP, photos=[subject.name])
    yield Step(1, 1)
    guesses = found[0]
    rows = tuple((place, one.label, one.index, percent(one.probability)) for place, one in enumerate(guesses, 1))
    return (
        Section(
            f"Problem 1, Part 1. A pretrained network on {_called(subject)}",
            "\n\n".join(filter(None, [missing_peppers(desk), preparation(network)])),
            (
                picture(
                    found.figure(),
                    f"The photo of {subject.name} beside bars of its likeliest classes",
                    f"What {network.name} sees of the photo, and its {len(guesses)} likeliest classes.",
                    desk.command(f"classify {shlex.quote(subject.source)} --top {TOP}"),
                ),
            ),
            (Table(("place", "class", "its number", "probability"), rows, f"The top {len(guesses)}."),),
            task="Run a network that was trained on ImageNet on the photo, prepared as the network needs it, and give the "
            "three likeliest classes with their probabilities.",
            answer=reading(guesses, subject.shows, len(network.labels.names)),
            numbers={
                "network": network.name,
                "photo": subject.name,
                "top": [{"index": one.index, "label": one.label, "probability": one.probability} for one in guesses],
                "right": guesses[0].label in subject.shows,
            },
        ),
    )


def preparation(network: Network) -> str:
    """Say which network it is, and what is done to a photo before it sees it."""
    resize, (height, width) = network.frame.resize, network.size
    brought = f"{resize[0]} x {resize[1]} pixels" if isinstance(resize, tuple) else f"{resize} pixels on its short side"
    mean, std = (", ".join(f"{value:.4g}" for value in values) for values in (network.mean, network.std))
    return (
        f"The network is {network.name}, with {network.totals()['total']['parameters']:,} parameters and "
        f"{len(network.labels.names):,} classes. The photo is brought to {brought} ({network.frame.interpolation} "
        f"interpolation), and the {height} x {width} in the middle are cut out. Its values lie between 0 and 1; the mean of "
        f"each colour ({mean}) is taken away, and the rest is divided by {std}, as when the network was trained."
    )


def reading(guesses: Sequence[Guess], shows: Sequence[str], classes: int) -> str:
    """Say whether the likeliest class is right, and how sure the network is of it."""
    first, second = guesses[0], guesses[1]
    right = "which is right" if first.label in shows else f"which is wrong: the photo shows {listed(shows, 'or')}"
    times = first.probability / max(second.probability, 1e-12)
    ahead = f"{times:.0f} times as likely as" if times >= 1.5 else "hardly likelier than"
    rest = 1 - sum(one.probability for one in guesses)
    return (
        f"The network takes it for {first.label} ({percent(first.probability)}), {right}. That is {ahead} the next, "
        f"{second.label} ({percent(second.probability)}). The other {classes - len(guesses):,} classes share "
        f"{percent(max(rest, 0.0))}."
    )


def feature_maps(desk: Desk) -> Job[Sections]:
    """Show five maps each of an early, a middle and a late layer, and measure how they are built."""
    network, subject = desk.network, subjects(desk)[0]
    another = "coffee" if subject.name != "coffee" else STAND_IN.source
    pixels = network.frame([photo(subject.source), photo(another)])
    strip = see.layers_strip(network, pixels[:1], count=MAPS)
    maps, layers = [], []
    for place, part in enumerate(strip.layers):
        whole = see.feature_maps(network, pixels[:1], part.layer, count=part.total).maps[0]
        words, shares = matched(whole, pixels[0])
        rest, same = at_rest(whole), flat(whole)
        maps += [
            MapSeen(part.depth, part.layer, unit, float(rest[unit]), words[unit], float(shares[unit]))
            for unit in part.units[0]
        ]
        field = network.layers[part.layer].field
        layers.append(
            LayerSeen(
                part.depth,
                part.layer,
                part.total,
                whole.shape[-1],
                None if field is None else field.size[1],
                float(rest.mean()),
                int(same.sum()),
                float(shares.abs()[~same].median()),
                float(matched(whole, pixels[1])[1].abs()[~same].median()),
            )
        )
        yield Step(place + 1, len(strip.layers))
    return (
        Section(
            f"Problem 1, Part 2. Feature maps of {_called(subject)}",
            "A feature map is what one unit of a layer answers at each place of the photo. Each is stretched from its own "
            "least to its own largest value, which stand below it: a bright map may be a weak one. The five of a layer are "
            "picked by a measure of how much there is to see, contrast times smoothness, passing over near copies.",
            (
                picture(
                    strip.figure(),
                    f"The photo of {subject.name}, and five maps each of an early, a middle and a late layer",
                    "; ".join(
                        f"{one.depth}: {one.layer}, {one.total} maps of {one.side} cells across" for one in layers
                    )
                    + ".",
                    desk.command(f"see layers-strip {shlex.quote(subject.source)} --count {MAPS}"),
                ),
            ),
            (
                Table(
                    ("depth", "unit", "at rest", "goes most with", "correlation"),
                    tuple((one.depth, one.unit, percent(one.rest), one.follows, one.correlation) for one in maps),
                    "The maps shown. At rest: the share of cells within 1 % of the layer's largest value from zero. Each map "
                    "is compared with six looks of the photo that can be read off its pixels: brightness, edges, how much "
                    "lighter it gets to the right and downwards, redness (red less green), yellowness (red and green less "
                    "blue). The one it goes with most is named; a correlation below 0 is the opposite of it.",
                ),
                Table(
                    ("depth", "maps", "cells across", "a cell sees", "at rest", "flat maps", "this photo", another),
                    tuple(
                        (
                            one.depth,
                            one.total,
                            one.side,
                            "unknown" if one.field is None else f"{one.field} px",
                            percent(one.rest),
                            one.flat,
                            one.own,
                            one.other,
                        )
                        for one in layers
                    ),
                    f"All maps of the three layers. The last two columns: the correlation with the best of the six, median "
                    f"over the maps; once with this photo, and, for what chance gives, with the photo {another!r} that was not "
                    "shown.",
                ),
            ),
            task="Show five interesting feature maps each from early, in the middle and near the end of the network, and "
            "discuss how they are built and how hard they are to read.",
            answer="\n\n".join((structure(maps, layers, network.size[1]), challenges(layers, network.size[1]))),
            numbers={"maps": [asdict(one) for one in maps], "layers": [asdict(one) for one in layers]},
        ),
    )


def structure(maps: Sequence[MapSeen], layers: Sequence[LayerSeen], across: int) -> str:
    """Say how the maps change from early to late, by what was measured."""
    early, late = layers[0], layers[-1]
    said = [
        f"From {early.layer} to {late.layer} the maps go from {early.total} of {early.side} cells across to {late.total} of "
        f"{late.side}: a cell stands for {across / early.side:.0f} pixels across at first, and for {across / late.side:.0f} at "
        f"last. The share of cells at rest {moved(early.rest, late.rest)}, {percent(early.rest)} and {percent(late.rest)}."
    ]
    for layer in layers:
        here = [one for one in maps if one.layer == layer.layer]
        clear = [one for one in here if abs(one.correlation) >= CLEAR]
        told = listed([f"unit {one.unit}, {one.follows} ({one.correlation:+.2f})" for one in clear])
        what = f": {told}" if clear else ""
        said.append(
            f"{layer.depth.capitalize()}: {counted(len(clear), len(here), 'maps shown')} with a correlation beyond {CLEAR} "
            f"(or below -{CLEAR}) with a look of the photo{what}."
        )
    gaps = [layer.own - layer.other for layer in layers]
    if gaps[0] > gaps[-1] + 0.05:
        said.append(
            f"Over all maps of a layer, the correlation with this photo exceeds that with a photo not shown by {gaps[0]:.2f} "
            f"early and {gaps[-1]:.2f} late: early maps follow colours and edges of the photo more closely than late ones, "
            "whose meaning is not in single pixels."
        )
    else:
        said.append(
            f"Over all maps of a layer, the correlation with this photo exceeds that with a photo not shown by {gaps[0]:.2f} "
            f"early and {gaps[-1]:.2f} late: by this measure late maps do not follow the pixels less than early ones."
        )
    return " ".join(said)


def challenges(layers: Sequence[LayerSeen], across: int) -> str:
    """Say what makes the maps hard to read."""
    early, late = layers[0], layers[-1]
    said = [f"What is hard: {MAPS} of {late.total} late maps are shown, so the choice decides what one sees."]
    dead = [f"{one.flat} of {one.total} in {one.layer}" for one in layers if one.flat]
    if dead:
        said.append(f"Some are flat for this photo ({listed(dead)}), which says nothing of what they are for.")
    if late.field is not None and late.field >= across:
        said.append(
            f"A cell of {late.layer} can see {late.field} pixels across, more than the photo has ({across}): where it is "
            "bright need not be where its cause is."
        )
    if late.other > early.other:
        said.append(
            f"With {late.side} x {late.side} cells even a photo that was not shown correlates by {late.other:.2f} (early: "
            f"{early.other:.2f}), so a likeness means less there."
        )
    said.append("And one photo cannot tell what a unit is for: that takes the photos that excite it most.")
    return " ".join(said)


def _called(subject: Subject) -> str:
    return subject.name if subject.name == "peppers" else f"{subject.name!r}, in place of peppers"
