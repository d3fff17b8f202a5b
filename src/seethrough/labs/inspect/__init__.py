"""The inspection of a photo: what it is taken for, why, what is left of it layer by layer, and how to fool the network."""

from seethrough.images import photo_name
from seethrough.labs.desk import Desk
from seethrough.labs.document import Document, Part
from seethrough.labs.inspect.dreamt import dreamt
from seethrough.labs.inspect.fooled import fooled
from seethrough.labs.inspect.guessed import guessed
from seethrough.labs.inspect.inverted import inverted
from seethrough.labs.inspect.layered import layered
from seethrough.labs.inspect.seen import seen
from seethrough.networks.names import DEFAULT

__all__ = ["DOCUMENT"]


def _about(desk: Desk) -> str:
    return f"{photo_name(desk.photo or '')}, as {desk.network.name} sees it"


DOCUMENT = Document(
    "inspect",
    "What a network sees in a photo",
    _about,
    (
        Part("guesses", "What it is", guessed),
        Part("see", "Why", seen),
        Part("layers", "What the layers see", layered),
        Part("dream", "What the class looks like to the network", dreamt),
        Part("invert", "What the network keeps of the photo", inverted),
        Part("fool", "How to fool it", fooled),
    ),
    (DEFAULT,),
)
