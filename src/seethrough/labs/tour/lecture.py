"""The lecture's techniques in its own order, each with its slide and the part of the page that has it."""

from seethrough.labs.tour.first_half import FIRST_HALF
from seethrough.labs.tour.second_half import SECOND_HALF
from seethrough.labs.tour.technique import Technique

TECHNIQUES: tuple[Technique, ...] = FIRST_HALF + SECOND_HALF
BUILT: tuple[Technique, ...] = tuple(one for one in TECHNIQUES if one.part)
NUMBERED: dict[str, tuple[int, Technique]] = {one.key: (place, one) for place, one in enumerate(BUILT, 1)}
"""What is built, by key, with its number in the gallery."""
