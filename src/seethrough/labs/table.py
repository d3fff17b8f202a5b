"""The labs: course documents that are done end to end. No torch here."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seethrough.errors import unknown

if TYPE_CHECKING:
    from seethrough.labs.document import Document


@dataclass(frozen=True)
class Lab:
    """A course document: its name, where it is done, what it asks for, and which data sets it takes where they are."""

    name: str
    where: str
    says: str
    data: tuple[str, ...] = ()

    def load(self) -> "Document":
        """Import the document."""
        module, _, attribute = self.where.partition(":")
        document: Document = getattr(importlib.import_module(module), attribute)
        return document


HERE = "seethrough.labs"
LABS: Mapping[str, Lab] = {
    lab.name: lab
    for lab in (
        Lab(
            "visualize-and-fool",
            f"{HERE}.visualize_and_fool:DOCUMENT",
            "neurons and classes by optimisation, the 1/f prior, fooling in few steps, the map of a zeroed block",
        ),
        Lab(
            "gradients",
            f"{HERE}.gradients:DOCUMENT",
            "saliency, adversarial examples and class visualisation by the gradient of the image: eleven questions",
        ),
        Lab(
            "pretrained-and-small",
            f"{HERE}.pretrained_and_small:DOCUMENT",
            "a pretrained network, its features on pets, small networks on CIFAR-10, fooling and how long it lasts",
            ("oxford-pets", "cifar10"),
        ),
        Lab(
            "digits",
            f"{HERE}.digits:DOCUMENT",
            "a CNN on handwritten digits: trained, looked into, attacked, and hardened",
            ("mnist",),
        ),
        Lab("tour", f"{HERE}.tour:DOCUMENT", "a lecture on understanding networks as a gallery, made in the run"),
    )
}


def lab_named(name: str) -> Lab:
    """Return a lab.

    >>> lab_named("digits").data
    ('mnist',)
    """
    if name not in LABS:
        raise unknown("lab", name, LABS)
    return LABS[name]
