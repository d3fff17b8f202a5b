"""The lab `digits`: a course's assignment on a CNN that reads handwritten digits."""

from seethrough.labs.desk import Desk
from seethrough.labs.digits.additive import additive
from seethrough.labs.digits.alike import lookalikes
from seethrough.labs.digits.classify import classify
from seethrough.labs.digits.look import look
from seethrough.labs.digits.noise import from_noise
from seethrough.labs.digits.optimise import optimise
from seethrough.labs.digits.prevent import prevent
from seethrough.labs.document import Document, Part


def _about(desk: Desk) -> str:
    return f"A small convolutional network trained, looked into, attacked and hardened. Network: {desk.network.name}"


DOCUMENT = Document(
    "digits",
    "Digits: a CNN, looked into and fooled",
    _about,
    (
        Part("classify", "1. Classifying digits with a CNN", classify),
        Part("look", "2. Looking into the network", look),
        Part("from-noise", "3a. From noise to each class", from_noise),
        Part("lookalikes", "3b. Looks like one digit, is read as another", lookalikes),
        Part("added-noise", "3c. Adding noise", additive),
        Part("optimise", "Optional 1. Optimisation over images", optimise),
        Part("prevent", "Optional 2. Ways to prevent the attacks", prevent),
    ),
    ("mnist-cnn",),
)
