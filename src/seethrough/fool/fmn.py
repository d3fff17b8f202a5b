"""Fast minimum norm: steps along the slope, inside a ball that closes in on the boundary."""

import torch
from torch import Tensor

from seethrough.ascent.canvas import within
from seethrough.ascent.stride import length, per_row
from seethrough.errors import UserError
from seethrough.fool.case import open_case
from seethrough.fool.nearest import cosine, farthest, nearest
from seethrough.fool.sphere import on_spheres
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling

FAR = {"l2": 1.0, "linf": 0.03}
"""The sphere to come from, and the length of the first step on it."""
NEAR = 0.01
"""To what share of it the sphere can shrink."""
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
    afar: float = 0.4,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for the nearest misread image in L2 or Linf: x <- project(x + step g / |g|_2, ball), g the slope of the margin.

    Pintor et al. 2021, arXiv:2102.12827. The radius of the ball is the distance to the boundary as the slope foretells it,
    until the image is misread; from then on it shrinks while it is and grows while it is not, by ever less. `step` is the
    length of the first step; theirs is 1, which ends farther away on photos.

    Two things are ours. A share `afar` of the steps comes first, on a sphere that shrinks from afar (`ddn`): nearer boundaries
    are found there than the one beside the photo; 0 begins at the photo, as theirs does. And the ball shrinks at once to where
    the slope foretells the boundary, by half at most.

    >>> fmn(network, pixels, norm="linf").save("fmn.png")
    """
    batch = network.at_once(batch)
    if steps < 0 or not 0 <= afar <= 1:
        raise UserError(f"steps is {steps} and afar is {afar}; they take 0 or more, and 0 to 1")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    best, rows = nearest(case, norm), case.open()
    first, before, asked = FAR[best.norm], round(afar * steps) if len(rows) else 0, False
    if before:
        gamma = 1 - NEAR ** (1 / before)
        pixels, asked = yield from on_spheres(
            case, best, rows, first=first, gamma=gamma, step=first, steps=before, total=steps
        )
        best.last(pixels, rows)
    photos = case.photos[rows]
    moved, ball = best.images[rows] - photos, best.distances[rows]
    most = farthest(case, rows, best.norm)
    for done in range(before, steps if len(rows) and not asked else before):
        part, parts = done - before, steps - before
        gamma, pace = cosine(*GAMMA, part, parts), cosine(step, step * LAST, part, parts)
        pixels = photos + moved
        scores, values, slope = case.slope(pixels, rows, lambda said, which: case.aim.of(which).margin(said))
        misread, far = best.see(pixels, rows, scores)
        case.note(rows, values)
        dual = slope.abs().flatten(1).sum(1) if best.norm == "linf" else length(slope)
        lacking = values.abs() / dual.clamp_min(1e-12)
        grown = torch.where(best.found(rows), ball * (1 + gamma), (far + lacking) * (1 + BEYOND))
        foretold = torch.maximum((far - lacking) * (1 + BEYOND), ball / 2)
        shrunk = torch.minimum(torch.minimum(ball * (1 - gamma), foretold), best.distances[rows])
        ball = torch.minimum(torch.where(misread, shrunk, grown), most)
        moved = moved + pace * slope / per_row(length(slope), slope)
        moved = within(moved, per_row(ball, moved), best.norm)
        moved = (photos + moved).clamp(0, 1) - photos
        case.steps[rows] += 1
        if (yield best.step(done + 1, steps, rows)):
            break
    best.last(photos + moved, rows)
    best.closer(rows)
    return case.outcome("fmn", best.images, {"norm": norm, "steps": steps, "step": step, "afar": afar})
