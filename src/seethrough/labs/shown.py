"""What the bundled photos show, and where: marked once by a person, so that labs can say what is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.images import photo
from seethrough.networks.frame import Box
from seethrough.networks.network import Network


@dataclass(frozen=True)
class Shown:
    """The labels that are right for a photo, in the words of the usual data sets, and the object's box in its pixels.

    The cat fills its photo: of it the face is marked, from the eyes to the mouth.
    """

    labels: tuple[str, ...]
    box: Box


SHOWN: Mapping[str, Shown] = {
    "coffee": Shown(("espresso", "cup", "coffee mug"), Box(12, 170, 312, 425)),
    "cat": Shown(("tabby", "tiger cat", "Egyptian cat", "cat"), Box(75, 125, 285, 355)),
    "moped": Shown(("moped", "motor scooter"), Box(90, 90, 455, 685)),
    "rocket": Shown(("missile", "projectile"), Box(122, 298, 415, 345)),
}
"""The first is the one that a person would name without a doubt."""


def framed(network: Network, names: Sequence[str]) -> Tensor:
    """Return bundled photos [B, C, H, W] as a network sees them."""
    return network.frame([photo(name) for name in names])


def right(network: Network, name: str, label: str) -> bool | None:
    """Tell whether a label is right for a photo; None where the network has no class for what it shows."""
    fitting = SHOWN[name].labels
    return label in fitting if set(fitting) & set(network.labels.names) else None


def read_rightly(network: Network, names: Sequence[str] = tuple(SHOWN)) -> list[tuple[str, float]]:
    """Return which photos the network reads rightly, the surest first, with the probability of what it reads.

    Of a network that has no class for what they show, those of which nothing speaks against it.
    """
    guesses = network.classify(framed(network, names), top=1)
    read = [(name, row[0]) for name, row in zip(names, guesses.rows, strict=True)]
    known = [(name, guess) for name, guess in read if right(network, name, guess.label)]
    taken = known or [(name, guess) for name, guess in read if right(network, name, guess.label) is None] or read
    return [(name, guess.probability) for name, guess in sorted(taken, key=lambda one: -one[1].probability)]


def objects(network: Network, names: Sequence[str]) -> Tensor:
    """Return where the objects are in what the network sees: masks [B, H, W] of their boxes."""
    height, width = network.size
    found = torch.zeros(len(names), height, width, dtype=torch.bool)
    for mask, name in zip(found, names, strict=True):
        box = network.frame.to_frame(SHOWN[name].box, photo(name))
        mask[round(box.top) : round(box.bottom), round(box.left) : round(box.right)] = True
    return found
