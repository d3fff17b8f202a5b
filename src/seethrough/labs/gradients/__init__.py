"""The assignment "visualizing neural networks": saliency, adversarial examples, class visualisation; eleven questions."""

from seethrough.labs.desk import Desk
from seethrough.labs.document import Document, Part
from seethrough.labs.gradients.adversarial import adversarial
from seethrough.labs.gradients.alternatives import alternatives
from seethrough.labs.gradients.classes import classes
from seethrough.labs.gradients.classes_second import classes_second
from seethrough.labs.gradients.consequences import consequences
from seethrough.labs.gradients.from_photo import from_photo
from seethrough.labs.gradients.limits import limits
from seethrough.labs.gradients.saliency import saliency
from seethrough.labs.gradients.saliency_second import saliency_second
from seethrough.labs.gradients.sweeps import sweeps
from seethrough.labs.gradients.uses import uses


def _about(desk: Desk) -> str:
    return f"Practical work 3-b of a course on deep learning, on {desk.network.name}"


DOCUMENT = Document(
    "gradients",
    "Visualizing neural networks by the gradient of the image",
    _about,
    (
        Part("saliency", "Question 1: saliency maps", saliency),
        Part("limits", "Question 2: limits of saliency", limits),
        Part("uses", "Question 3: other uses", uses),
        Part("saliency-second", "Question 4: another network", saliency_second),
        Part("adversarial", "Question 5: adversarial examples", adversarial),
        Part("consequences", "Question 6: consequences", consequences),
        Part("alternatives", "Question 7: other attacks", alternatives),
        Part("classes", "Question 8: class visualisation", classes),
        Part("sweeps", "Question 9: steps, rate and regulariser", sweeps),
        Part("from-photo", "Question 10: beginning with a photo", from_photo),
        Part("classes-second", "Question 11: another network", classes_second),
    ),
    ("torchvision:squeezenet1_1", "efficientnet-lite0"),
)
