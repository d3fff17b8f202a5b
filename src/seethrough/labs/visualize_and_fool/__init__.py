"""The assignment "visualization and fooling": neurons by optimisation, the 1/f prior, fooling, the map of a zeroed block."""

from seethrough.labs.desk import Desk
from seethrough.labs.document import Document, Part
from seethrough.labs.visualize_and_fool.fooling import fooling
from seethrough.labs.visualize_and_fool.neurons import neurons
from seethrough.labs.visualize_and_fool.regularisers import regularisers
from seethrough.labs.visualize_and_fool.spectrum import spectrum
from seethrough.labs.visualize_and_fool.zeroed import zeroed


def _about(desk: Desk) -> str:
    return f"Assignment 2 of a course on deep networks, on {desk.network.name}"


DOCUMENT = Document(
    "visualize-and-fool",
    "Visualization and fooling",
    _about,
    (
        Part("neurons", "A. Neurons by optimising the image", neurons),
        Part("regularisers", "A. Better regularisers", regularisers),
        Part("spectrum", "B. Natural image statistics", spectrum),
        Part("fooling", "C. Fooling the network", fooling),
        Part("zeroed", "D. The map of a zeroed block", zeroed),
    ),
    ("torchvision:alexnet", "efficientnet-lite0"),
)
