"""Fast minimum norm: steps along the slope, inside a ball that closes in on the boundary."""

import torch
from torch import Tensor

from seethrough.ascent.canvas import within
from seethrough.ascent.stride import length, per_row
from seethrough.errors import UserError
from seethrough.fool.case import open_case
from seethrough.fool.nearest import cosine, farthest, nearest
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling

GAMMA = (0.05, 0.001)
"""By how much the ball shrinks and grows, at first and at last."""
BEYOND = 0.002
"""How much farther than foretold the ball reaches, as a share: on the boundary itself nothing is misread."""
LAST = 0.01
"""The last step, as a share of the first."""


@job
def fmn(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    norm: str = "l2",
    steps: int = 100,
    step: float = 0.3,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for the nearest misread image in L2 or Linf: x <- project(x + step g / |g|_2, ball), g the slope of the margin.

    Pintor et al. 2021, arXiv:2102.12827. The radius of the ball is the distance to the boundary as the slope foretells it,
    until the image is misread; from then on it shrinks while it is and grows while it is not, by ever less. `step` is the
    length of the first step; theirs is 1, which ends farther away on photos.

    >>> fmn(network, pixels, norm="linf").save("fmn.png")
    """
    batch = network.at_once(batch)
    if steps < 0:
        raise UserError(f"steps is {steps}; it takes 0 or more")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    best, rows = nearest(case, norm), case.open()
    photos, moved = case.photos[rows], torch.zeros_like(case.photos[rows])
    ball = torch.full((len(rows),), torch.inf, dtype=photos.dtype, device=photos.device)
    most = farthest(case, rows, best.norm)
    for done in range(steps if len(rows) else 0):
        gamma, pace = cosine(*GAMMA, done, steps), cosine(step, step * LAST, done, steps)
        pixels = photos + moved
        scores, values, slope = case.slope(pixels, rows, lambda said, which: case.aim.of(which).margin(said))
        misread, far = best.see(pixels, rows, scores)
        case.note(rows, values)
        dual = slope.abs().flatten(1).sum(1) if best.norm == "linf" else length(slope)
        foretold = (far + values.abs() / dual.clamp_min(1e-12)) * (1 + BEYOND)
        grown = torch.where(best.found(rows), ball * (1 + gamma), foretold)
        shrunk = torch.minimum(ball * (1 - gamma), best.distances[rows])
        ball = torch.minimum(torch.where(misread, shrunk, grown), most)
        moved = moved + pace * slope / per_row(length(slope), slope)
        moved = within(moved, per_row(ball, moved), best.norm)
        moved = (photos + moved).clamp(0, 1) - photos
        case.steps[rows] += 1
        if (yield best.step(done + 1, steps, rows)):
            break
    best.last(photos + moved, rows)
    best.closer(rows)
    return case.outcome("fmn", best.images, {"norm": norm, "steps": steps, "step": step})
