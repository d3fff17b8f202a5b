"""Question 4, bonus: the same maps by another network."""

from collections.abc import Sequence

from seethrough import see
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.saliency import Lies, drawn, lies_numbers, lies_table, lying, mapped
from seethrough.labs.gradients.second import at_second
from seethrough.labs.shown import SHOWN
from seethrough.report import Section, picture
from seethrough.results.heatmap import Heatmap
from seethrough.see.ranking import spearman


def saliency_second(desk: Desk) -> Job[Sections]:
    """Map the photos with both networks, and compare."""
    names = list(SHOWN)
    other, why = at_second(desk)
    first, _ = mapped(desk, names)
    yield Step(1, 4)
    second, pixels = mapped(other, names)
    rows, mine = lying(other, names, second), lying(desk, names, first)
    same = float(spearman(first.values, second.values).nanmean()) if _comparable(first, second) else None
    areas = []
    for part, (one, maps) in enumerate(((desk, first), (other, second))):
        work = see.deletion_insertion.job(one.network, maps.images, maps, steps=8)
        curves, _ = yield from part_of(work, part + 1, 4)
        areas.append(float(curves.deletion_area.mean()))
    return (
        Section(
            "Question 4 (bonus): another network",
            f"{why} The same photos, the same measures as in question 1.",
            (
                picture(
                    drawn(second),
                    f"the photos and their saliency maps by {other.network.name}",
                    f"The same photos as {other.network.name} sees them ({pixels.shape[-2]} x {pixels.shape[-1]} pixels).",
                    other.command(f"see gradient {' '.join(names)}"),
                ),
            ),
            (lies_table(rows, f"By {other.network.name}; as in question 1."),),
            task="Try another network, and comment.",
            answer=between(desk.network.name, other.network.name, mine, rows, same),
            numbers={
                "network": other.network.name,
                "photos": lies_numbers(rows),
                "correlation": same,
                "deletion": areas,
            },
            level=3,
        ),
    )


def _comparable(one: Heatmap, other: Heatmap) -> bool:
    """Tell whether two maps lie over the same pixels."""
    return one.images.shape == other.images.shape and bool((one.images - other.images).abs().max() < 0.02)


def between(first: str, second: str, mine: Sequence[Lies], theirs: Sequence[Lies], same: float | None) -> str:
    """Say which network's gradient gathers more on the objects, and how alike the maps are."""
    dense, other = (sum(row.density for row in rows) / len(rows) for rows in (mine, theirs))
    known = [row for row in theirs if row.known]
    right = sum(row.read_so for row in known)
    if abs(dense - other) < 0.1 * max(dense, other):
        said = (
            f"On these photos both networks' gradients gather on the objects alike ({dense:.1f} and {other:.1f} times as "
            "dense as beside them)."
        )
    else:
        more, less = (first, second) if dense > other else (second, first)
        said = (
            f"The gradient of {more} gathers more on the objects ({max(dense, other):.1f} times as dense as beside them, mean "
            f"of the photos) than that of {less} ({min(dense, other):.1f} times)."
        )
    said += f" {second} has a class for what {len(known)} of the {len(theirs)} photos show"
    said += f", and reads {right} of these rightly." if known else "."
    if same is not None:
        said += f" The two networks' maps of a photo have a rank correlation of {same:.2f}: " + (
            "they go by the same places."
            if same > 0.6
            else "they agree in part."
            if same > 0.25
            else "they go by different pixels, though they may give the same answer."
        )
    else:
        said += " They see photos at different sizes, so the maps cannot be laid over one another pixel by pixel."
    return said
