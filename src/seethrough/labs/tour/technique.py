"""A technique of the lecture, and the parts of the gallery."""

from dataclasses import dataclass

REPRESENTATIONS, NEURONS, PIXELS, MAPS, ASCENT = "representations", "neurons", "pixels", "class-maps", "ascent"
PRE_IMAGES, ART, FOOLING, LINEAR, DEFENCES = "pre-images", "art", "fooling", "linear", "defences"


@dataclass(frozen=True)
class Technique:
    """A technique, its slide, what is done in one sentence, and the part that has its figure; None where it is not built.

    Of what is not built `task` says what comes nearest, or what it would take.
    """

    key: str
    slide: str
    name: str
    task: str
    part: str | None = None
