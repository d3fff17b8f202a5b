"""A sphere about the photo that an image climbs on: it shrinks while the image is misread, and grows while it is not."""

import torch
from torch import Tensor

from seethrough.ascent.stride import TINY, length, per_row
from seethrough.fool.case import Case
from seethrough.fool.nearest import Nearest, cosine, distance, farthest
from seethrough.jobs import Job


def on_spheres(
    case: Case, best: Nearest, rows: Tensor, *, first: float, gamma: float, step: float, steps: int, total: int
) -> Job[tuple[Tensor, bool]]:
    """Go along the slope of cross-entropy, then to the sphere; return where that led [b, C, H, W], and whether to stop there.

    `step` is the length of the first step, at last it is a hundredth: in L2 along the slope, in Linf along its signs. `total`
    is how many steps the whole job has, of which these are the first.
    """
    photos, moved, asked = case.photos[rows], torch.zeros_like(case.photos[rows]), False
    sphere = torch.full((len(rows),), first, dtype=photos.dtype, device=photos.device)
    most = farthest(case, rows, best.norm)
    for done in range(steps):
        pixels = photos + moved
        scores, values, slope = case.slope(pixels, rows, lambda said, which: case.aim.of(which).loss(said, "ce"))
        misread, _ = best.see(pixels, rows, scores)
        case.note(rows, values)
        sphere = torch.minimum(sphere * torch.where(misread, 1 - gamma, 1 + gamma), most)
        way = slope.sign() if best.norm == "linf" else slope / per_row(length(slope), slope)
        moved = moved + cosine(step, step / 100, done, steps) * way
        size = distance(moved, "linf") if best.norm == "linf" else length(moved)
        moved = moved * per_row(sphere / size.clamp_min(TINY), moved)
        moved = (photos + moved).clamp(0, 1) - photos
        case.steps[rows] += 1
        asked = bool((yield best.step(done + 1, total, rows)))
        if asked:
            break
    return photos + moved, asked
