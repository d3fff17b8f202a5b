"""A lecture on understanding and visualising networks, as a gallery in its own order."""

from seethrough.labs.desk import Desk
from seethrough.labs.document import Document
from seethrough.labs.tour import (
    art,
    ascent,
    defences,
    fooling,
    linear,
    maps,
    neurons,
    not_yet,
    pixels,
    pre_images,
    representations,
)
from seethrough.labs.tour.lecture import BUILT, TECHNIQUES


def about(desk: Desk) -> str:
    """Say what the gallery holds, and on which network."""
    return (
        f"A lecture's techniques in its own order, each made in this run on {desk.network.name}: {len(BUILT)} figures, and "
        f"{len(TECHNIQUES) - len(BUILT)} techniques that are not built yet"
    )


DOCUMENT = Document(
    "tour",
    "Understanding and visualising convolutional networks: a tour",
    about,
    tuple(
        each.PART
        for each in (
            representations,
            neurons,
            pixels,
            maps,
            ascent,
            pre_images,
            art,
            fooling,
            linear,
            defences,
            not_yet,
        )
    ),
    ("efficientnet-lite0",),
)
