"""What an attack wants of each image: to be read as a class, or as anything but a class."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from seethrough.ascent.look import Done, Rank
from seethrough.ascent.wish import Reading, Wish
from seethrough.errors import UserError
from seethrough.networks.network import Classes, Network

Loss: TypeAlias = Literal["ce", "margin", "dlr", "logit"]

SURE = 32
"""Roundings of the largest score by which an attack wants to be past a boundary: other batches round otherwise."""


@dataclass(frozen=True)
class Aim:
    """The class [B] that each image is to come to (`toward`), or to leave."""

    classes: Tensor
    toward: bool

    def of(self, rows: Tensor) -> "Aim":
        """Return the aim of some of the images."""
        return Aim(self.classes[rows], self.toward)

    def reached(self, scores: Tensor) -> Tensor:
        """Tell of each image's scores [B, K] whether it is read as was wanted [B]."""
        return (scores.argmax(1) == self.classes) == self.toward

    def margin(self, scores: Tensor) -> Tensor:
        """Return how far each image is past the boundary [B], in scores: the wanted side minus the best of the other."""
        own = scores.gather(1, self.classes[:, None])[:, 0]
        other = scores.scatter(1, self.classes[:, None], -torch.inf).amax(1)
        return own - other if self.toward else other - own

    def surely(self, scores: Tensor) -> Tensor:
        """Tell of each image [B] whether it is past the boundary by more than another batch's rounding."""
        rounding = SURE * torch.finfo(scores.dtype).eps * scores.abs().amax(1)
        return self.margin(scores) > rounding

    def probability(self, scores: Tensor) -> Tensor:
        """Return the probability of what is wanted [B]: of the class, or of anything but the class."""
        own = scores.softmax(1).gather(1, self.classes[:, None])[:, 0]
        return own if self.toward else 1 - own

    def log_probability(self, scores: Tensor) -> Tensor:
        """Return the logarithm of the probability of what is wanted [B]; its slope does not vanish however sure the network."""
        own = scores.gather(1, self.classes[:, None])[:, 0]
        others = scores.scatter(1, self.classes[:, None], -torch.inf).logsumexp(1)
        return (own if self.toward else others) - scores.logsumexp(1)

    def loss(self, scores: Tensor, kind: Loss) -> Tensor:
        """Return what is climbed [B]: cross-entropy, the margin, DLR (Croce & Hein 2020), or the class's own score.

        DLR is the margin as a share of the gap between the best scores: it does not vanish where the network is sure. With
        too few classes for such a gap it is the margin.
        """
        if kind == "margin":
            return self.margin(scores)
        if kind == "dlr":
            return self._dlr(scores)
        sign = 1 if self.toward else -1
        # Where the network is sure, single precision would lose the class itself from the slope: 1 - P is 0 there.
        of = scores if kind == "logit" else scores.double().log_softmax(1).to(scores)
        return sign * of.gather(1, self.classes[:, None])[:, 0]

    def _dlr(self, scores: Tensor) -> Tensor:
        best = scores.sort(1, descending=True).values
        if best.shape[1] < (4 if self.toward else 3):
            return self.margin(scores)
        gap = best[:, 0] - ((best[:, 2] + best[:, 3]) / 2 if self.toward else best[:, 2])
        return self.margin(scores) / gap.clamp_min(1e-12)

    # As the loop takes it. Its readings number the images of the canvas.

    def wish(self, kind: Loss) -> Wish:
        """Wish for the loss to grow."""
        return Wish(
            lambda reading: reading.each(self.of(reading.view_rows).loss(exact(reading.scores), kind)), scores=True
        )

    def until(self, end: "float | Literal['top', 'never']") -> Done | None:
        """Say when an image is done: as soon as it is read as wanted, with that probability, or never."""
        if end == "never":
            return None
        if end == "top":
            return lambda reading, values: self._surely(reading)
        least = float(end)
        return lambda reading, values: (
            self._surely(reading) & (self.of(reading.rows).probability(exact(reading.scores)) >= least)
        )

    def rank(self) -> Rank:
        """Say how far an image is past the boundary."""
        return lambda reading, values: self.of(reading.rows).margin(exact(reading.scores))

    def _surely(self, reading: Reading) -> Tensor:
        return self.of(reading.rows).surely(exact(reading.scores))


def aim_at(
    network: Network, read_as: Tensor, classes: Classes = None, to: Classes = None, away: bool | None = None
) -> Aim:
    """Return the aim for images that are `read_as` [B]: toward `to`, or away from the given classes or those."""
    if to is not None and away:
        raise UserError(f"to is {to!r} and away is {away}; give one of the two")
    if to is None and away is False:
        raise UserError("away is False and to is not given; name the class the images are to be read as")
    true = None if classes is None else network.classes_for(read_as, classes)
    if to is None:
        return Aim(read_as if true is None else true, toward=False)
    wanted = network.classes_for(read_as, to)
    if true is not None and bool((wanted == true).any()):
        same = network.labels.names[int(wanted[wanted == true][0])]
        raise UserError(f"to is {same!r}, which is what the photo shows; name another class")
    return Aim(wanted, toward=True)


def ending(until: float | str) -> float | Literal["top", "never"]:
    """Return when an image is done, from the words for it or a probability.

    >>> ending("top"), ending("0.98")
    ('top', 0.98)
    """
    if until in ("top", "never"):
        return "top" if until == "top" else "never"
    try:
        least = float(until)
    except ValueError:
        least = -1.0
    if not 0 < least < 1:
        raise UserError(f"until is {until!r}; it takes top, never, or a probability between 0 and 1")
    return least


def loss_named(kind: str) -> Loss:
    """Return the loss of that name."""
    for known in get_args(Loss):
        if known == kind:
            found: Loss = known
            return found
    raise UserError(f"loss is {kind!r}; it takes {' | '.join(get_args(Loss))}")


def exact(scores: Tensor | None) -> Tensor:
    """Return scores in single precision at least."""
    assert scores is not None
    return scores.float() if scores.dtype.itemsize < 4 else scores
