"""Question 1: saliency maps of photos, and how much of the gradient lies on the object."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure
from torch import Tensor

from seethrough import see
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.second import classes_shown
from seethrough.labs.shown import SHOWN, framed, objects, right
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.report import Section, Table, picture
from seethrough.results.heatmap import Heatmap

WITHIN = 0.995
"""Colours end where that share of the pixels lies, so that a few do not grey all others."""


@dataclass(frozen=True)
class Lies:
    """Of one photo: the class explained, whether the network reads it so, the share of the gradient inside the object's box,
    the share of the photo that the box is, whether the largest gradient is inside, and whether the network has a class for
    what the photo shows at all.
    """

    photo: str
    label: str
    probability: float
    read_so: bool
    inside: float
    area: float
    peak: bool
    known: bool = True

    @property
    def density(self) -> float:
        """Return how many times as dense the gradient is inside the box as outside."""
        if self.area in (0, 1) or self.inside == 1:
            return float("nan")
        return self.inside / self.area / ((1 - self.inside) / (1 - self.area))


def mapped(desk: Desk, names: Sequence[str]) -> tuple[Heatmap, Tensor]:
    """Return the saliency maps of photos for the classes they show, and the photos as the network sees them."""
    pixels = framed(desk.network, names)
    found = see.gradient(desk.network, pixels, classes_shown(desk.network, names, pixels))
    return replace(found, photos=tuple(names)), pixels


def drawn(found: Heatmap) -> Figure:
    """Draw photos, maps, and the signed gradient about grey, small enough to be seen together."""
    assert found.raw is not None
    figure, panels = sheet(len(found), 3, cell=(2.3, 2.2), title=f"Saliency ({found.network})")
    for place, row in enumerate(panels):
        raw = found.raw[place]
        most = float(raw.abs().flatten().kthvalue(max(int(raw.numel() * WITHIN), 1)).values)
        show_image(row[0], found.images[place], found.photos[place])
        found.draw(row[1], place, str(found.targets[place]), colorbar=False)
        show_image(row[2], (raw / (2 * most or 1.0) + 0.5).clamp(0, 1), "with its signs")
    return figure


def lying(desk: Desk, names: Sequence[str], found: Heatmap) -> list[Lies]:
    """Measure where the maps lie."""
    where = objects(desk.network, names)
    measured = see.agreement(found, where)
    guesses = desk.network.classify(found.images, top=1)
    assert measured.inside is not None and measured.peak is not None
    return [
        Lies(
            name,
            target.label,
            float(target.probability or 0),
            guesses[place][0].label == target.label,
            float(measured.inside[place]),
            float(where[place].float().mean()),
            bool(measured.peak[place]),
            right(desk.network, name, target.label) is not None,
        )
        for place, (name, target) in enumerate(zip(names, found.targets, strict=True))
    ]


def lies_table(rows: Sequence[Lies], caption: str) -> Table:
    """Return the table of where maps lie."""
    return Table(
        (
            *("photo", "class", "probability", "read so", "gradient on the object", "the object's share of the photo"),
            *("times as dense", "largest inside"),
        ),
        tuple(
            (
                *(
                    row.photo,
                    row.label,
                    percent(row.probability),
                    _read(row),
                ),
                *(percent(row.inside), percent(row.area), round(row.density, 2), "yes" if row.peak else "no"),
            )
            for row in rows
        ),
        caption,
    )


def _read(row: Lies) -> str:
    if not row.known:
        return "no class for it"
    return "yes" if row.read_so else "NO"


def lies_numbers(rows: Sequence[Lies]) -> list[dict[str, object]]:
    """Return the rows as plain numbers."""
    return [{**vars(row), "density": row.density} for row in rows]


def saliency(desk: Desk) -> Job[Sections]:
    """Draw the maps, and measure whether they lie on the object."""
    names = list(SHOWN)
    found, _ = mapped(desk, names)
    yield Step(1, 2)
    rows = lying(desk, names, found)
    return (
        Section(
            "Section 1 – Saliency maps",
            "Near a photo, the score of a class is nearly a straight function of the pixels; its slope, the gradient, says "
            "for every pixel how much the score would change if that pixel changed a little. Of the three colours the "
            "largest absolute value is taken, which leaves one number for each place (Simonyan et al. 2014).",
            task="Map the impact of every pixel on the score of the correct class: the gradient's absolute value, and of the "
            "three colours the largest.",
        ),
        Section(
            "Question 1 (★): the maps, and what they say",
            "On the right the same gradient with its signs and colours, about grey. Each map explains the class that is right "
            "for its photo: of several right ones (tabby, tiger cat) the one with the highest score.",
            (
                picture(
                    drawn(found),
                    f"photos of {listed(names)}, the saliency map of each, and the signed gradient as a picture",
                    "The photo, the saliency map (bright is much), and the signed gradient as a picture about grey. The scale "
                    "ends where 99.5 % of the pixels lie, so that a few do not darken all others.",
                    desk.command(f"see gradient {' '.join(names)}"),
                ),
            ),
            (
                lies_table(
                    rows,
                    "The object is a box that a person drew (of the cat, its face). Times as dense: the mean gradient inside "
                    "the box, as a multiple "
                    "of that outside; 1 is what a map gets that knows nothing.",
                ),
            ),
            task="Show and interpret the maps.",
            answer=where_it_lies(rows),
            numbers={"photos": lies_numbers(rows)},
            level=3,
        ),
    )


def where_it_lies(rows: Sequence[Lies]) -> str:
    """Say on which photos the gradient gathers on the object."""
    on = [row for row in rows if row.density > 1.25]
    off = [row for row in rows if row.density < 0.8]
    rest = [row.photo for row in rows if row not in on and row not in off]
    said = []
    if on:
        each = listed([f"{row.photo} ({row.density:.1f} times)" for row in on])
        said.append(f"The gradient gathers on the object in {each}: it is denser there than elsewhere.")
    if off:
        each = listed([f"{row.photo} ({row.density:.1f} times)" for row in off])
        said.append(f"It is thinner on the object than beside it in {each}: the score hangs on the surroundings too.")
    if rest:
        said.append(f"It favours neither the object nor what is around it in {listed(rest)}.")
    peaks = [row.photo for row in rows if row.peak]
    said.append(
        f"The single largest slope lies on the object in {listed(peaks)}."
        if peaks
        else "In no photo does the single largest slope lie on the object."
    )
    wrong = [f"{row.photo} ({row.label}, {percent(row.probability)})" for row in rows if row.known and not row.read_so]
    if wrong:
        said.append(f"Not read as the class explained: {listed(wrong)}; there the map says what little speaks for it.")
    said.append(
        "The maps are speckled: neighbouring pixels may have very different slopes. They say roughly where, not what shape."
    )
    return " ".join(said)
