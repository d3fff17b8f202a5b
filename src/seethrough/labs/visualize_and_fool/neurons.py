"""A, first half: units of conv and fully connected layers brought to a desired activation, the image's norm kept small."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.visualize_and_fool.units import Wanted, units_to_reach
from seethrough.labs.vivid import vivid
from seethrough.labs.words import counted
from seethrough.networks.network import Network
from seethrough.plots import sheet, show_image
from seethrough.report import Picture, Section, Table, picture
from seethrough.results.dream import Dream

NORMS = (0.0, 1e-3, 1e-2)
"""Weights of the norm that are compared."""


def neurons(desk: Desk) -> Job[Sections]:
    """Bring units to a value above any photo's, and say what the norm does."""
    network, steps = desk.network, 12 if desk.quick else 100
    wanted = units_to_reach(network, 3 if desk.quick else 5, 1 if desk.quick else 2)
    work = dream.unit.job(
        network,
        [one.unit for one in wanted],
        value=[one.value for one in wanted],
        recipe="simonyan",
        steps=steps,
        seed=desk.seed,
    )
    found, _ = yield from part_of(work, 0, 2)
    last, norms = wanted[-1], []
    for place, norm in enumerate(NORMS):
        work = dream.unit.job(
            network, last.unit, value=last.value, recipe="simonyan", norm=norm, steps=steps, seed=desk.seed
        )
        one, _ = yield from part_of(work, len(NORMS) + place, 2 * len(NORMS))
        norms.append((norm, float(sizes(network, one.images)[0]), float(one.reached[0])))
    return (
        Section(
            "A. Neurons by optimising the image",
            "An image of pixels begins as the network's mean colour and is changed step by step along the gradient, until a "
            "chosen unit says what it was asked to say.\n\n"
            "What is minimised: ((activation - desired value) / desired value)², plus 0.001 times the squared L2 norm of "
            f"the image, taken about the mean colour. {steps} steps of length 1 (pixels go from 0 to 1), then Newton's steps "
            "of the image until it is within 1 % of the value.",
            task="Show what neurons of conv and fully connected layers ask for, by optimising the image to a desired "
            "activation with a regulariser.",
        ),
        _reached(desk, wanted, found, steps),
        _norms(desk, last, norms, steps),
    )


def _reached(desk: Desk, wanted: Sequence[Wanted], found: Dream, steps: int) -> Section:
    rows = tuple(
        (str(one.unit), one.kind, round(one.photos, 3), one.value, float(got), "yes" if close else "NO")
        for one, got, close in zip(wanted, found.reached, found.close(), strict=True)
    )
    listed = [str(one.unit) for one in wanted]
    code = desk.python(
        f"units = {listed!r}",
        f"values = {[round(one.value, 4) for one in wanted]!r}",
        f"found = dream.unit(network, units, value=values, recipe='simonyan', steps={steps}, seed={desk.seed})",
        "print(found.reached.tolist())",
        "found.save('neurons.png')",
        uses="dream",
    )
    placed = [place for place, one in enumerate(wanted) if one.unit.position]
    shown = [
        picture(
            drawn(desk.network, found),
            f"{len(wanted)} images, each made for one unit",
            "Above each image: layer:unit, what it reached, and what was wanted. A unit with @y,x is one neuron of a map. "
            "With x 5 the difference from the mean colour is drawn five times as strong, to be seen at all.",
            code,
        )
    ]
    if placed:
        shown.append(_close_up(desk, found, [wanted[place] for place in placed], placed, code))
    reached = sum(found.close())
    return Section(
        "The desired value, and the value reached",
        "The units are those that one of the bundled photos excites most beyond the others. The desired value lies above "
        "what any of these photos gets from the unit. A whole channel says the mean of its map; a neuron is one place, the "
        "middle of the map; numbers of conv layers are those of the convolution itself, before normalisation and ReLU.",
        tuple(shown),
        (
            Table(
                ("unit", "kind", "most of any photo", "desired", "reached", "within 5 %"),
                rows,
                "What each unit was to say, and what it says to the image made for it.",
            ),
        ),
        answer=reaching(reached, len(wanted)),
        numbers={
            "units": listed,
            "kinds": [one.kind for one in wanted],
            "photos": [one.photos for one in wanted],
            "desired": [one.value for one in wanted],
            "reached": found.reached.tolist(),
            "within": found.close(),
        },
        level=3,
    )


def drawn(network: Network, found: Dream) -> Figure:
    """Draw the images, faint ones amplified."""
    across = 4 if len(found) > 3 else len(found)
    rows = -(-len(found) // across)
    figure, panels = sheet(rows, across, cell=(2.5, 2.3), title=f"Units brought to a value ({network.name})")
    for place, (panel, image) in enumerate(zip(panels.flat, found.images, strict=False)):
        shown, factor = vivid(image, network.mean_colour)
        show_image(panel, shown, f"{found.title(place)}{factor}")
    return figure


def _close_up(desk: Desk, found: Dream, wanted: Sequence[Wanted], places: Sequence[int], code: str) -> Picture:
    return picture(
        close_up(desk.network, found.images[list(places)], wanted),
        "the part of the image that each single neuron sees, enlarged",
        "The single neurons again: only the part that the neuron can see (its receptive field), enlarged. "
        "The rest of the image keeps the mean colour, as nothing there can reach the neuron.",
        code,
    )


def close_up(network: Network, images: Tensor, wanted: Sequence[Wanted]) -> Figure:
    """Draw of each image what its neuron sees."""
    figure, panels = sheet(1, len(wanted), cell=(2.7, 2.4), title=f"What single neurons see ({network.name})")
    for panel, image, one in zip(panels[0], images, wanted, strict=True):
        top, left, bottom, right = seen_by(network, one, image)
        shown, factor = vivid(image[:, top:bottom, left:right], network.mean_colour)
        show_image(panel, shown, f"{one.unit}\n{bottom - top} x {right - left} pixels{factor}")
    return figure


def seen_by(network: Network, one: Wanted, image: Tensor) -> tuple[int, int, int, int]:
    """Return the part of an image that a neuron sees: top, left, bottom, right."""
    height, width = image.shape[-2:]
    field = network.layers[one.unit.layer].field
    if field is None or one.unit.position is None or 0 in field.stride:
        return 0, 0, height, width
    top, left, bottom, right = field.box(*one.unit.position)
    return max(top, 0), max(left, 0), min(bottom, height), min(right, width)


def sizes(network: Network, images: Tensor) -> Tensor:
    """Return the L2 norm of images about the network's mean colour [B]."""
    found: Tensor = (images - network.mean_colour.view(1, -1, 1, 1)).flatten(1).norm(dim=1)
    return found


def _norms(desk: Desk, last: Wanted, norms: Sequence[tuple[float, float, float]], steps: int) -> Section:
    options = f"value={last.value:.4g}, recipe='simonyan', steps={steps}, seed={desk.seed}"
    return Section(
        "What the norm does",
        f"The same unit, {last.unit}, the same desired value {last.value:.4g}, with three weights of the norm.",
        tables=(
            Table(
                ("weight of the norm", "norm of the image", "value reached"),
                tuple((f"{weight:g}", size, value) for weight, size, value in norms),
                "The L2 norm is taken about the mean colour, of pixels from 0 to 1.",
            ),
        ),
        answer=holding(norms, last.value),
        code=desk.python(
            f"for norm in {NORMS}:",
            f"    found = dream.unit(network, '{last.unit}', norm=norm, {options})",
            "    print(norm, float((found.images - network.mean_colour.view(1, -1, 1, 1)).norm()), float(found.reached))",
            uses="dream",
        ),
        numbers={
            "unit": str(last.unit),
            "desired": last.value,
            "weights": [one[0] for one in norms],
            "norms": [one[1] for one in norms],
            "reached": [one[2] for one in norms],
        },
        level=3,
    )


def reaching(reached: int, of: int) -> str:
    """Say how many units were brought to their value.

    >>> reaching(2, 2)
    'In this run all 2 units came to within 5 % of the desired value: an activation above that of any photo can be had.'
    """
    said = f"In this run {counted(reached, of, 'units')} came to within 5 % of the desired value"
    if reached == of:
        return f"{said}: an activation above that of any photo can be had."
    if reached == 0:
        return f"{said}: these values are out of reach for such images, or the steps are too few."
    return f"{said}; for the others it is out of reach for an image with pixels from 0 to 1, or the steps are too few."


def holding(norms: Sequence[tuple[float, float, float]], desired: float) -> str:
    """Say whether a larger weight gave a smaller image, and whether the value was still reached."""
    without, with_most = norms[0], norms[-1]
    share = with_most[1] / without[1] - 1 if without[1] else 0.0
    there = all(abs(value - desired) <= 0.05 * abs(desired) for _, _, value in norms)
    if share < -0.02:
        said = f"The norm works as it should: with weight {with_most[0]:g} the image is {-share:.0%} smaller than without it."
    elif share > 0.02:
        said = f"Here the norm did not make the image smaller: with weight {with_most[0]:g} it is {share:.0%} larger."
    else:
        said = f"Here the norm made hardly a difference: with weight {with_most[0]:g} the size changed by {abs(share):.1%}."
    kept = "The desired value was reached with every weight" if there else "With some weight the value was missed"
    return f"{said} {kept}."
