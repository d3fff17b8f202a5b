"""How a part of the gallery is made: exhibit after exhibit, each with its slide, its caption, its numbers and its code."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from seethrough import datasets, photo
from seethrough.datasets import Dataset
from seethrough.errors import UserError
from seethrough.images.samples import SAMPLES
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.tour.lecture import NUMBERED
from seethrough.networks.network import Network
from seethrough.networks.zoo import load
from seethrough.report import Picture, Section, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Exhibit:
    """Techniques by key, and the job that makes a section for each."""

    keys: tuple[str, ...]
    make: Callable[[Desk], Job[Sections]]


def gallery(title: str, text: str, *exhibits: Exhibit) -> Callable[[Desk], Job[Sections]]:
    """Return the job of a part: a heading, and its exhibits; one that has no meaning for a network says why."""

    def make(desk: Desk) -> Job[Sections]:
        found = [Section(title, text)]
        for place, one in enumerate(exhibits):
            try:
                sections, _ = yield from part_of(one.make(desk), place, len(exhibits))
            except UserError as refused:
                sections = tuple(without_figure(key, desk.network.name, str(refused)) for key in one.keys)
            found.extend(sections)
        return tuple(found)

    return make


def exhibit(
    key: str,
    figure: "Figure",
    alt: str,
    caption: str,
    code: str,
    *,
    text: str,
    numbers: Mapping[str, Any],
    answer: str = "",
    tables: Sequence[Table] = (),
) -> Section:
    """Return the section of a technique: its slide and idea, its one figure, what was measured, and what repeats it."""
    number, technique = NUMBERED[key]
    return Section(
        f"{number}. {technique.name}",
        f"Slide: {technique.slide}.\n\n{text}",
        (Picture(page_sized(figure), alt, caption, code),),
        tuple(tables),
        task=technique.task,
        answer=answer,
        numbers={"technique": key, **numbers},
        level=3,
    )


WIDEST = 900
"""Pixels across of a figure in the gallery: sixty at full size would be more than a page should weigh."""


def page_sized(figure: "Figure") -> bytes:
    """Draw a figure as a PNG no wider than it is read at; its full size is never packed, which took longer than drawing."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    if drawn.width > WIDEST:
        drawn = drawn.resize((WIDEST, round(drawn.height * WIDEST / drawn.width)), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    drawn.save(kept, "PNG")
    return kept.getvalue()


def without_figure(key: str, network: str, why: str) -> Section:
    """Return the section of a technique that this network, or this installation, does not take."""
    number, technique = NUMBERED[key]
    return Section(
        f"{number}. {technique.name}",
        f"Slide: {technique.slide}.",
        task=technique.task,
        answer=f"There is no figure in this run ({network}): {why}.",
        numbers={"technique": key, "refused": why},
        level=3,
    )


@dataclass(frozen=True)
class Collection:
    """A data set, the network that looks at it, and how to get both again in Python as `network` and `data`."""

    network: Network
    data: Dataset
    says: str
    code: Callable[..., str]


def collection(desk: Desk, count: int) -> Collection:
    """Return about so many labelled pictures: pets where they are, else the embedded digits and a network for them."""
    try:
        pets = datasets.load("oxford-pets", "test", root=desk.root)
    except UserError:
        digits = datasets.load("digits", "test").part(range(count))
        return Collection(
            load("mnist-cnn"),
            digits,
            f"{len(digits)} handwritten digits that come with scikit-learn, in place of photos, and mnist-cnn, which was "
            "trained on others",
            digits_code(f'datasets.load("digits", "test").part(range({count}))'),
        )
    # Every so manieth picture: all breeds are there.
    step = max(len(pets) // count, 1)
    drawn = pets.part(range(0, len(pets), step))
    lines = (
        f'data = datasets.load("oxford-pets", "test"{where(desk)})',
        f"data = data.part(range(0, len(data), {step}))",
    )
    return Collection(
        desk.network,
        drawn,
        f"{len(drawn)} photos of {len(drawn.classes)} breeds of cats and dogs (Oxford-IIIT Pets)",
        lambda *more: desk.python(*lines, *more, uses="datasets, study"),
    )


def digits_code(data: str, net: str = "mnist-cnn") -> Callable[..., str]:
    """Return what writes Python for a bundled network of digits."""
    return lambda *more: "\n".join(
        ["from seethrough import datasets, load, study", "", f'network = load("{net}")', f"data = {data}", *more]
    )


PIECE = 128
"""Pixels a side of what the bundled photos are cut into where many pictures are wanted."""
PIECES = (
    f"photos = [photo(name) for name in {tuple(SAMPLES)}]",
    f"pieces = [one.unfold(1, {PIECE}, {PIECE}).unfold(2, {PIECE}, {PIECE}).flatten(1, 2).transpose(0, 1) for one in photos]",
    "pixels = (torch.cat(pieces) * 255).round().to(torch.uint8)",
    'data = datasets.Dataset("pieces", (), torch.full((len(pixels),), -1), pixels)',
)


@dataclass(frozen=True)
class PhotosAtHand:
    """Photos of all kinds, what they are in words, and the Python that brings them as `data`."""

    data: Dataset
    says: str
    lines: tuple[str, ...]

    def code(self, desk: Desk, line: str) -> str:
        """Return the Python that does something with them."""
        first = "import torch\n\n" if self.lines is PIECES else ""
        return first + desk.python(*self.lines, line, uses="datasets, photo, study")


def photos_at_hand(desk: Desk, count: int) -> PhotosAtHand:
    """Return photos: about so many samples of ImageNet where they are, else pieces of the bundled ones."""
    folder = desk.root / "imagenet-1k-samples"
    try:
        found = datasets.load(str(folder))
    except UserError:
        pieces = [
            photo(name).unfold(1, PIECE, PIECE).unfold(2, PIECE, PIECE).flatten(1, 2).transpose(0, 1)
            for name in SAMPLES
        ]
        pixels = (torch.cat(pieces) * 255).round().to(torch.uint8)
        data = Dataset("pieces", (), torch.full((len(pixels),), -1), pixels)
        return PhotosAtHand(data, f"{len(data)} pieces of the four bundled photos", PIECES)
    step = max(len(found) // count, 1)
    drawn = found.part(range(0, len(found), step))
    lines = (f"data = datasets.load({str(folder)!r})", f"data = data.part(range(0, len(data), {step}))")
    return PhotosAtHand(drawn, f"{len(drawn)} photos of ImageNet", lines)


def where(desk: Desk) -> str:
    """Return the argument that says where data sets lie, if that was said."""
    return "" if desk.data is None else f", root={str(desk.data)!r}"


def seeded(desk: Desk) -> str:
    """Return the argument that repeats this run's seed, if it is not the usual one."""
    return f", seed={desk.seed}" if desk.seed else ""


def seed_option(desk: Desk) -> str:
    """Return the option that repeats this run's seed, for commands that name networks of their own."""
    return f" --seed {desk.seed}" if desk.seed else ""


def classes_known(network: Network, *wanted: str) -> list[str]:
    """Return those of some classes that a network knows; of one that knows none, as many of its own."""
    known = [name for name in wanted if knows(network, name)]
    return known or list(network.labels.names[: len(wanted)])


def knows(network: Network, name: str) -> bool:
    """Tell whether a network has a class of that name."""
    try:
        network.resolve_class(name)
    except UserError:
        return False
    return True


def layer_at(network: Network, depth: float) -> str:
    """Return the layer with maps at a depth from 0 to 1: bundled blocks by name, in other networks any that has maps."""
    maps = [name for name, layer in network.layers.items() if len(layer.shape) == 3 and min(layer.shape[1:]) > 1]
    wholes = [name for name in maps if name.startswith("blocks.") and name.count(".") == 2]
    found = wholes or maps
    return found[round(depth * (len(found) - 1))]
