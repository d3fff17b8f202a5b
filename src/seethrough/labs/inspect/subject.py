"""What an inspection is about: one photo, as its network is shown it, and the class it is taken for."""

import shlex
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images import photo
from seethrough.labs.desk import Desk
from seethrough.percent import percent


@dataclass(frozen=True)
class Subject:
    """A photo [C, h, w], its pixels [1, C, H, W], and the network's scores [K] and probabilities [K] for it."""

    source: str
    photo: Tensor
    pixels: Tensor
    scores: Tensor
    probabilities: Tensor
    labels: tuple[str, ...]

    @property
    def order(self) -> list[int]:
        """Return the classes, likeliest first."""
        found: list[int] = self.scores.argsort(descending=True, stable=True).tolist()
        return found

    @property
    def top(self) -> int:
        """Return the class the photo is taken for."""
        return self.order[0]

    def named(self, index: int) -> tuple[str, float]:
        """Return a class's name and probability."""
        return self.labels[index], float(self.probabilities[index])

    @property
    def quoted(self) -> str:
        """Return the photo as a command line takes it."""
        return shlex.quote(self.source)


def subject(desk: Desk) -> Subject:
    """Look at the photo once."""
    if desk.photo is None:
        raise UserError("photo is None; an inspection is of one photo: give a file, or a bundled sample")
    whole = photo(desk.photo)
    pixels = desk.network.frame(whole)
    with torch.inference_mode(False), torch.no_grad():
        scores = desk.network(pixels)[0].double().cpu()
    return Subject(desk.photo, whole, pixels, scores, scores.softmax(0), desk.network.labels.names)


def python(desk: Desk, *lines: str, uses: str) -> str:
    """Return lines of Python after those that bring the network, and the photo as `pixels`."""
    framed = f"pixels = network.frame(photo({desk.photo!r}))"
    return desk.python(framed, *lines, uses=f"photo, {uses}")


def class_words(label: str, probability: float) -> str:
    """Say a class and its probability in a sentence: espresso (95.2 %)."""
    return f"{label} ({percent(probability)})"
