"""D: the class's probability by the place of a zeroed block."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure
from torch import Tensor

from seethrough import see
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.shown import framed, objects, read_rightly
from seethrough.labs.words import listed
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.report import Section, Table, picture
from seethrough.results.heatmap import Heatmap
from seethrough.see.fill import filled

FILLS = {"zero": "black", "grey": "grey"}
"""Zero in the picture is black; zero in the numbers that the network works with is its mean colour, about grey."""


@dataclass(frozen=True)
class Hit:
    """One map: block and fill, the lowest probability and the block's corner there, shares of the places where it fell.

    `halved` is the share of places at which the probability fell below half of the photo's, `risen` at which it rose;
    `inside` is how much of the worst block lies on the object; `read` what the photo is read as with the block there.
    """

    block: int
    fill: str
    lowest: float
    top: int
    left: int
    halved: float
    risen: float
    inside: float
    read: str = ""


def zeroed(desk: Desk) -> Job[Sections]:
    """Map the probability by the place of a block: black and grey, small and large."""
    network = desk.network
    read = read_rightly(network)[: 1 if desk.quick else 2]
    names = [name for name, _ in read]
    pixels, where = framed(network, names), objects(network, names)
    block = max(min(network.size) // 7, 1)
    apart = block if desk.quick else max(block // 4, 1)
    plans = [(block, apart, "zero"), (block, apart, "grey"), (2 * block, 2 * apart, "zero")]
    if not desk.quick:
        plans.append((max(block // 2, 1), 2 * apart, "zero"))
    maps: list[Heatmap] = []
    for place, (wide, stride, fill) in enumerate(plans):
        work = see.occlusion.job(
            network,
            pixels,
            block=wide,
            stride=stride,
            fill=fill,  # type: ignore[arg-type]
            on="probability",
        )
        found, _ = yield from part_of(work, place, len(plans))
        maps.append(found)
    hits = [[_hit(network, pixels, where, found, place) for found in maps] for place in range(len(names))]
    sure = [probability for _, probability in read]
    labels = [target.label for target in maps[0].targets]
    grid = maps[0].grid
    assert grid is not None
    text = (
        f"{'The photo' if len(names) == 1 else 'The photos'} {listed(names)}: "
        + "; ".join(f"{label} {percent(one)}" for label, one in zip(labels, sure, strict=True))
        + f". A block of {block} x {block} pixels is set to zero at {grid[0].numel()} places, {apart} pixels apart, of the "
        f"{network.size[0]} x {network.size[1]} that the network sees, and the probability of the class is measured for "
        "each.\n\nZero can mean two things: black in the picture, or zero in the numbers that the network works with, which "
        "is its mean colour, nearly grey. Both are tried, and blocks of other sizes."
    )
    answers = (importance(row, label, one) for row, label, one in zip(hits, labels, sure, strict=True))
    return (
        Section(
            "D. The map of a zeroed block",
            text,
            (
                picture(
                    _worst(network, pixels, names, labels, sure, hits),
                    "the photo, and the photo with the block where the probability is lowest",
                    "The photo, and each block where it hurts most.",
                    _command(desk, names, maps[0]),
                ),
                *(picture(found.figure(), *_map_words(found), _command(desk, names, found)) for found in maps),
            ),
            (_table(names, hits),),
            task="Zero a small block at different places of a photo whose class is obvious, and map the class's probability.",
            answer="\n\n".join(answers),
            numbers={
                "photos": names,
                "labels": labels,
                "probabilities": sure,
                "grid": grid.tolist(),
                "hits": [[vars(hit) for hit in row] for row in hits],
            },
        ),
    )


def _command(desk: Desk, names: Sequence[str], found: Heatmap) -> str:
    block, stride, fill = (found.settings[name] for name in ("block", "stride", "fill"))
    return desk.command(
        f"see occlusion {' '.join(names)} --block {block} --stride {stride} --fill {fill} --on probability"
    )


def _map_words(found: Heatmap) -> tuple[str, str]:
    block, fill = found.settings["block"], FILLS[str(found.settings["fill"])]
    return (
        f"the map of a {fill} block of {block} pixels",
        f"A {fill} block of {block} x {block} pixels. In the middle, the loss of probability for each pixel (mean over the "
        "blocks that cover it): red where covering hurts, blue where it helps. On the right, the probability itself by the "
        "block's place: dark where it is low.",
    )


def _worst(
    network: Network,
    pixels: Tensor,
    names: Sequence[str],
    labels: Sequence[str],
    sure: Sequence[float],
    hits: Sequence[Sequence[Hit]],
) -> Figure:
    title = f"The blocks that hurt most ({network.name})"
    figure, panels = sheet(len(names), 1 + len(hits[0]), cell=(2.8, 2.5), title=title)
    for row, pixel, name, label, one, found in zip(panels, pixels, names, labels, sure, hits, strict=True):
        show_image(row[0], pixel, f"{name}\n{label} {percent(one)}")
        for panel, hit in zip(row[1:], found, strict=True):
            show_image(
                panel, _covered(pixel[None], hit)[0], f"{FILLS[hit.fill]}: {percent(hit.lowest)}\nread as {hit.read}"
            )
    return figure


def _table(names: Sequence[str], hits: Sequence[Sequence[Hit]]) -> Table:
    return Table(
        (
            *("photo", "block", "filled with", "lowest probability", "at (down, across)", "read then as"),
            *("places below half", "places where it rose", "of the worst block on the object"),
        ),
        tuple(
            (
                name,
                f"{hit.block} x {hit.block}",
                FILLS[hit.fill],
                percent(hit.lowest),
                f"{hit.top}, {hit.left}",
                hit.read,
                percent(hit.halved),
                percent(hit.risen),
                percent(hit.inside),
            )
            for name, row in zip(names, hits, strict=True)
            for hit in row
        ),
        "Where the probability is lowest: the block's upper left corner, in the pixels the network sees. The object is a box "
        "that a person drew.",
    )


def _hit(network: Network, pixels: Tensor, where: Tensor, found: Heatmap, place: int) -> Hit:
    assert found.grid is not None
    sure = found.targets[place].probability
    assert sure is not None
    grid, block, stride = found.grid[place], int(found.settings["block"]), int(found.settings["stride"])
    height, width = pixels.shape[-2:]
    row, column = divmod(int(grid.argmin()), grid.shape[1])
    top, left = min(row * stride, height - block), min(column * stride, width - block)
    inside = float(where[place, top : top + block, left : left + block].float().mean())
    shares = float((grid < sure / 2).float().mean()), float((grid > sure).float().mean())
    hit = Hit(block, str(found.settings["fill"]), float(grid.min()), top, left, *shares, inside)
    return replace(hit, read=network.classify(_covered(pixels[place : place + 1], hit), top=1)[0][0].label)


def _covered(pixels: Tensor, hit: Hit) -> Tensor:
    covered, cover = pixels.clone(), filled(pixels, hit.fill)  # type: ignore[arg-type]
    down, across = slice(hit.top, hit.top + hit.block), slice(hit.left, hit.left + hit.block)
    covered[..., down, across] = cover[..., down, across]
    return covered


def importance(hits: Sequence[Hit], label: str, sure: float) -> str:
    """Say where the class hangs, whether covering can also help, and whether the fill and the size matter."""
    first = hits[0]
    place = (
        "on the object"
        if first.inside > 0.75
        else "at the edge of the object"
        if first.inside > 0.25
        else "beside the object"
    )
    said = (
        f"{label} falls most, from {percent(sure)} to {percent(first.lowest)}, with the black block of {first.block} pixels at "
        f"{first.top} down and {first.left} across: {place} ({percent(first.inside)} of that block lies in the object's box)."
    )
    if first.halved == 0:
        said += " Nowhere does one block of this size halve it: what speaks for the class lies in several places."
    elif first.halved < 0.15:
        said += f" Only at {percent(first.halved)} of the places it falls below half: the evidence is gathered there."
    else:
        said += f" At {percent(first.halved)} of the places it falls below half: much of the photo counts."
    if first.risen > 0.05:
        said += f" At {percent(first.risen)} of the places the class becomes likelier: what is covered there spoke for others."
    grey = next((hit for hit in hits[1:] if hit.fill == "grey" and hit.block == first.block), None)
    if grey is not None:
        apart = max(abs(grey.top - first.top), abs(grey.left - first.left))
        same = apart <= first.block / 2
        said += (
            f" With a grey block the worst place is {'the same' if same else 'another'}, with {percent(grey.lowest)}"
        )
        said += (
            ": black or grey makes little difference."
            if same and abs(grey.lowest - first.lowest) <= 0.1
            else ": what the block is filled with matters, as a block is a thing too."
        )
    wide = next((hit for hit in hits if hit.fill == "zero" and hit.block > first.block), None)
    if wide is not None:
        said += f" A block of {wide.block} pixels brings it down to {percent(wide.lowest)}"
        said += (
            f", and the photo is read as {wide.read}." if wide.read != label else f"; it is still read as {wide.read}."
        )
    return said
