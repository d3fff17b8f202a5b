"""What the layers see: feature maps early, midway and late."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.inspect.subject import subject
from seethrough.labs.words import listed, moved
from seethrough.networks.receptive import ReceptiveField
from seethrough.percent import percent
from seethrough.report import Section, Table, picture

TITLE = "What the layers see"
TASK = "What do maps of an early, a middle and a late layer look like for this photo?"
EACH = 5


@dataclass(frozen=True)
class Depth:
    """A layer's depth in words, its maps, the places of each, which pixels a place sees, and what the photo does in them."""

    depth: str
    layer: str
    maps: int
    rows: int
    columns: int
    sees: str
    above_zero: float
    flat: int


def layered(desk: Desk) -> Job[Sections]:
    """Show five maps each of three layers, and measure how many places of all their maps are above zero."""
    about, network = subject(desk), desk.network
    try:
        strip = see.layers_strip(network, about.pixels, count=EACH)
    except UserError as refusal:
        yield Step(1, 1)
        return (Section(TITLE, task=TASK, answer=no_maps(str(refusal), len(network.layers))),)
    depths = []
    for done, each in enumerate(strip.layers):
        yield Step(done, len(strip.layers))
        maps = see.feature_maps(network, about.pixels, each.layer, count=each.total).maps[0]
        flat = int((maps.flatten(1).amax(1) == maps.flatten(1).amin(1)).sum())
        sees = _sees(network.layers[each.layer].field, network.size)
        rows, columns = maps.shape[1:]
        above = float((maps > 0).float().mean())
        depths.append(Depth(each.depth, each.layer, each.total, rows, columns, sees, above, flat))
    yield Step(len(depths), len(depths))
    table = Table(
        ("depth", "layer", "maps", "places of each", "a place sees", "above zero", "maps without differences"),
        tuple(
            (one.depth, one.layer, one.maps, f"{one.rows} x {one.columns}", one.sees, percent(one.above_zero), one.flat)
            for one in depths
        ),
    )
    section = Section(
        TITLE,
        task=TASK,
        text=(
            "A layer turns the photo into maps: each says, place by place, how much of one thing it finds there. Yellow is "
            "much, dark is little, each map on its own scale, which stands below it. Shown are the most telling ones: with "
            "much contrast, smooth, and unlike one another."
        ),
        pictures=(
            picture(
                strip.figure(),
                f"the photo beside {EACH} maps of each of {len(depths)} layers, early to late",
                "Rows go from early to late.",
                desk.command(f"see layers-strip {about.quoted}"),
            ),
        ),
        tables=(table,),
        answer=from_early_to_late(depths),
        numbers={"layers": [asdict(one) for one in depths]},
    )
    return (section,)


def from_early_to_late(depths: Sequence[Depth]) -> str:
    """Say what changes with depth: places, maps, what a place sees, how much is above zero."""
    first, last = depths[0], depths[-1]
    if len(depths) == 1:
        return f"The network has one layer with maps, {first.layer}: {first.maps} of {first.rows} x {first.columns} places."
    where, what = last.rows * last.columns - first.rows * first.columns, last.maps - first.maps
    said = [
        f"From {first.layer} to {last.layer} the places of a map go from {first.rows} x {first.columns} to "
        f"{last.rows} x {last.columns}, and the maps from {first.maps:,} to {last.maps:,}."
    ]
    if where < 0 < what:
        said.append("So the network gives up where things are, and gains what they are.")
    elif where < 0:
        said.append("So the network gives up where things are; kinds of things are not more in number.")
    elif what > 0:
        said.append("So all places are kept, and more kinds of things are told apart.")
    said.append(f"A place sees {first.sees} early, and {last.sees} late.")
    way = moved(first.above_zero, last.above_zero, 0.1)
    shares = f"{percent(first.above_zero)} of all values are above zero early, {percent(last.above_zero)} late"
    if way == "fell":
        said.append(f"The answers get rarer: {shares}.")
    elif way == "rose":
        said.append(f"The answers get more frequent: {shares}.")
    else:
        said.append(f"About as many places answer: {shares}.")
    silent = [one for one in depths if one.flat]
    if silent:
        counts = listed([f"{one.flat:,} of the {one.maps:,} maps of {one.layer}" for one in silent])
        said.append(f"The same everywhere, and so silent about this photo, are {counts}.")
    return " ".join(said)


def no_maps(refusal: str, layers: int) -> str:
    """Say why there is nothing to show of a network without maps."""
    return f"There are no maps to show: {refusal}. Its {layers} layers do not look at the photo place by place."


def _sees(field: ReceptiveField | None, size: tuple[int, int]) -> str:
    if field is None:
        return "an unknown part of the photo"
    if field.stride == (0, 0) or (field.size[0] >= 2 * size[0] and field.size[1] >= 2 * size[1]):
        return "the whole photo"
    return f"{field.size[0]} x {field.size[1]} pixels"
