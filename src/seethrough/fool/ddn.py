"""Decoupled direction and norm: the slope says where to, success says how far."""

import torch
from torch import Tensor

from seethrough.ascent.stride import length, per_row
from seethrough.errors import UserError
from seethrough.fool.case import open_case
from seethrough.fool.nearest import cosine, farthest, nearest
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def ddn(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    steps: int = 100,
    first: float = 1.0,
    gamma: float = 0.05,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for the nearest misread image in L2: go along the slope, then to a sphere about the photo that shrinks by gamma
    while the image is misread and grows by it while it is not.

    Rony et al. 2019, arXiv:1811.09600. Steps go from 1 to 0.01 along half a wave; `first` is the sphere to begin with. The
    nearest on the way is kept, and brought back to the boundary along the straight line to the photo.

    >>> ddn(network, pixels, to="ostrich").save("ddn.png")
    """
    batch = network.at_once(batch)
    if not first > 0 or not 0 < gamma < 1:
        raise UserError(f"first is {first} and gamma is {gamma}; they take more than 0, and between 0 and 1")
    if steps < 0:
        raise UserError(f"steps is {steps}; it takes 0 or more")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    best, rows = nearest(case, "l2"), case.open()
    photos, moved = case.photos[rows], torch.zeros_like(case.photos[rows])
    sphere = torch.full((len(rows),), first, dtype=photos.dtype, device=photos.device)
    most = farthest(case, rows, "l2")
    for step in range(steps if len(rows) else 0):
        pixels = photos + moved
        scores, values, slope = case.slope(pixels, rows, lambda said, which: case.aim.of(which).loss(said, "ce"))
        misread, _ = best.see(pixels, rows, scores)
        case.note(rows, values)
        sphere = torch.minimum(sphere * torch.where(misread, 1 - gamma, 1 + gamma), most)
        moved = moved + cosine(1.0, 0.01, step, steps) * slope / per_row(length(slope), slope)
        moved = moved * per_row(sphere / length(moved), moved)
        moved = (photos + moved).clamp(0, 1) - photos
        case.steps[rows] += 1
        if (yield best.step(step + 1, steps, rows)):
            break
    best.last(photos + moved, rows)
    best.closer(rows)
    return case.outcome("ddn", best.images, {"norm": "l2", "steps": steps, "first": first, "gamma": gamma})
