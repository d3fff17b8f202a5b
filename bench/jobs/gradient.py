"""The gradient of one class score with respect to the pixels, beside captum."""

from captum.attr import Saliency

from given import Given
from jobs.shape import CORNERS, OURS, Pair, alike
from seethrough import see


def gradient(given: Given) -> Pair:
    """Take the gradients of a batch of photos."""
    pixels = given.photos(given.size.photos)
    classes = given.network.classes_for(pixels)
    captum = Saliency(given.plain)
    ways = {
        OURS: lambda: see.gradient(given.network, pixels, classes).raw,
        "captum": lambda: captum.attribute(pixels, classes, abs=False),
    }
    return Pair(f"{len(pixels)} photos", ways, lambda found: alike(found[OURS], found["captum"], CORNERS))
