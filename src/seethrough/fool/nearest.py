"""The nearest image that is misread: what attacks that look for the least distance have in common."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.ascent.canvas import Norm, norm_named
from seethrough.ascent.look import Rank
from seethrough.ascent.loop import Glimpse
from seethrough.ascent.wish import Reading
from seethrough.fool.aim import Aim, exact
from seethrough.fool.case import Case
from seethrough.jobs import Step

MISSED = -1e4
"""The rank of what is not misread, under any that is."""
HALVINGS = 5
CLOSER = 0.9
"""How much nearer to the photo is tried along the straight line."""


@dataclass
class Nearest:
    """Of each image the nearest that was misread on the way; as long as there is none, the one that came closest to it."""

    case: Case
    norm: Norm
    images: Tensor
    distances: Tensor
    margins: Tensor

    def found(self, rows: Tensor) -> Tensor:
        """Tell which of the images were ever misread [b]."""
        return self.distances[rows].isfinite()

    def see(self, pixels: Tensor, rows: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Keep what is better than ever; return which are misread [b], and how far they are [b]."""
        aim = self.case.aim.of(rows)
        surely, margin = aim.surely(scores), aim.margin(scores)
        far = distance(pixels - self.case.photos[rows], self.norm)
        nearer = surely & (far < self.distances[rows])
        closest = ~surely & ~self.found(rows) & (margin > self.margins[rows])
        kept = (nearer | closest).cpu()
        self.images[rows[kept]] = pixels[kept]
        self.margins[rows[kept]] = margin[kept]
        self.distances[rows[nearer.cpu()]] = far[nearer]
        return surely, far

    def last(self, pixels: Tensor, rows: Tensor) -> None:
        """Look at where the last step led."""
        if len(rows):
            self.see(pixels, rows, self.case.look(pixels, rows))

    def closer(self, rows: Tensor) -> None:
        """Go back along the straight line to the photo as far as the image stays misread, by halving."""
        rows = rows[self.found(rows).cpu()]
        if not len(rows):
            return
        photos, images = self.case.photos[rows], self.images[rows].clone()
        low = torch.full((len(rows),), CLOSER, dtype=images.dtype, device=images.device)
        high = torch.ones_like(low)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            tried = torch.lerp(photos, images, middle.view(-1, 1, 1, 1))
            surely, _ = self.see(tried, rows, self.case.look(tried, rows))
            low, high = torch.where(surely, low, middle), torch.where(surely, middle, high)

    def step(self, done: int, total: int, rows: Tensor) -> Step:
        """Say where a loop stands."""
        there = self.found(rows)
        values = {"misread": float(there.sum())}
        if bool(there.any()):
            values["distance"] = float(self.distances[rows][there].median())
        return Step(done, total, values, peek=lambda: Glimpse(self.images.clone(), self.margins.clone()))


@dataclass
class Farthest:
    """Of each image the one on the way that was farthest past the boundary, or closest to it."""

    case: Case
    images: Tensor
    margins: Tensor

    def see(self, pixels: Tensor, rows: Tensor, scores: Tensor) -> Tensor:
        """Keep what is better than ever; return which are misread [b]."""
        margin = self.case.aim.of(rows).margin(scores)
        better = (margin > self.margins[rows]).cpu()
        self.images[rows[better]] = pixels[better]
        self.margins[rows[better]] = margin[better]
        return self.case.aim.of(rows).surely(scores)

    def step(self, done: int, total: int, rows: Tensor) -> Step:
        """Say where a loop stands that is still at work on these images."""
        values = {"misread": float((self.margins > 0).sum()), "under way": float(len(rows))}
        return Step(done, total, values, peek=lambda: Glimpse(self.images.clone(), self.margins.clone()))


def nearest(case: Case, norm: str) -> Nearest:
    """Begin with the photos themselves."""
    far = torch.full((len(case.photos),), torch.inf, dtype=case.photos.dtype, device=case.photos.device)
    return Nearest(case, norm_named(norm), case.photos.clone(), far, case.aim.margin(case.scores).clone())


def farthest(case: Case, rows: Tensor, norm: Norm) -> Tensor:
    """Return how far each image can be moved at all [b]: every pixel that may change to the farther end of [0, 1]."""
    photos = case.photos[rows]
    return distance(case.inside(torch.maximum(photos, 1 - photos), rows), norm)


def nearest_first(aim: Aim, photos: Tensor, least: float = 0.0, beyond: float = 0.0) -> Rank:
    """Rank what is misread, with at least that probability and so far past the boundary, by how near it is to its photo;
    before all that is not.
    """

    def rank(reading: Reading, values: Tensor) -> Tensor:
        scores, own = exact(reading.scores), aim.of(reading.rows)
        margin = own.margin(scores)
        there = own.surely(scores) & (own.probability(scores) >= least) & (margin >= beyond)
        far = distance(reading.images - photos[reading.rows], "l2")
        return torch.where(there, -far, MISSED + margin)

    return rank


def distance(moved: Tensor, norm: Norm) -> Tensor:
    """Return the size of each perturbation [b].

    >>> distance(torch.full((1, 1, 2, 2), 3.0), "l2"), distance(torch.full((1, 1, 2, 2), -3.0), "linf")
    (tensor([6.]), tensor([3.]))
    """
    flat = moved.flatten(1)
    return flat.abs().amax(1) if norm == "linf" else flat.norm(dim=1)


def cosine(first: float, last: float, step: int, steps: int) -> float:
    """Return what goes from the first to the last along half a wave.

    >>> cosine(1, 0, 0, 10), round(cosine(1, 0, 5, 10), 6)
    (1.0, 0.5)
    """
    return last + (first - last) * (1 + math.cos(math.pi * step / steps)) / 2
