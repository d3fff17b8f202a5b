"""Attacks that may go so far and no farther: what FGSM, PGD and APGD have in common."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.ascent.canvas import Norm, ball, norm_named
from seethrough.ascent.stride import Stride, sign, unit_length
from seethrough.errors import UserError
from seethrough.fool.case import Case
from seethrough.fool.radius import Eps, number, radius

USUAL: dict[Norm, str] = {"linf": "4/255", "l2": "1"}
"""How far one may go in each norm, unless told."""


@dataclass(frozen=True)
class Bounds:
    """How far each image may go: `eps` [B] in a norm, and the words in which it was said."""

    eps: Tensor
    words: tuple[str, ...]
    norm: Norm

    @property
    def reach(self) -> Tensor | None:
        """Return the largest L2 distance of each image."""
        return self.eps if self.norm == "l2" else None

    def box(self, case: Case) -> tuple[Tensor, Tensor] | None:
        """Return the least and largest value of each pixel."""
        if self.norm != "linf":
            return None
        room = self.eps.to(case.photos).view(-1, 1, 1, 1)
        return (case.photos - room).clamp(0, 1), (case.photos + room).clamp(0, 1)


def bounds(case: Case, eps: Eps | None, norm: str) -> Bounds:
    """Return how far each image may go."""
    chosen = norm_named(norm)
    distances, words = radius(USUAL[chosen] if eps is None else eps, len(case.photos))
    return Bounds(distances.to(case.photos.device), words, chosen)


def direction(norm: Norm, rate: float) -> Stride:
    """Return the steepest stride of a norm: every pixel by the rate (linf), or all together (l2)."""
    return sign(rate) if norm == "linf" else unit_length(rate)


def paced(step: Eps | None, limit: Bounds, steps: int) -> tuple[Tensor | None, float]:
    """Return the units to count in and the rate in them: the step that was given, or 2.5 eps / steps (Madry et al. 2018)."""
    if step is None:
        return limit.eps, 2.5 / max(steps, 1)
    if not isinstance(step, int | float | str):
        raise UserError(f"step is a {type(step).__name__}; it takes one number, such as 0.01 or 1/255")
    return None, number(step, "step")


def random_in(case: Case, limit: Bounds, rows: Tensor, streams: list[torch.Generator]) -> Tensor:
    """Draw a perturbation of the pixels that may change: evenly over the box of each image (linf), or over its ball (l2)."""
    shape, like = case.photos.shape[1:], case.photos
    drawn = []
    for place, row in enumerate(rows.tolist()):
        stream = streams[row]
        if limit.norm == "linf":
            drawn.append(torch.rand(shape, generator=stream, dtype=like.dtype) * 2 - 1)
        else:
            way = torch.randn(1, *shape, generator=stream, dtype=like.dtype).to(like.device)
            way = case.inside(way, rows[place : place + 1])[0]
            share = torch.rand((), generator=stream, dtype=like.dtype) ** (1 / max(int(way.count_nonzero()), 1))
            drawn.append(way / way.norm().clamp_min(1e-30) * share)
    moved = torch.stack(drawn).to(like.device) * limit.eps[rows].to(like).view(-1, 1, 1, 1)
    return ball(like[rows], limit.eps[rows], limit.norm).keep(case.inside(moved, rows), torch.arange(len(rows)))
