"""DeepFool: again and again to the nearest boundary, as if the network were linear."""

from collections.abc import Iterator

import torch
from torch import Tensor

from seethrough.ascent.stride import length, per_row
from seethrough.errors import UserError
from seethrough.fool.case import Case, open_case
from seethrough.fool.nearest import Nearest, nearest
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling

HAIR = 1e-4
"""The least difference of scores that is gone for: below it rounding decides, and one would stay where one is."""


@job
def deepfool(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    norm: str = "l2",
    steps: int = 50,
    overshoot: float = 0.02,
    candidates: int = 10,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for a near misread image: by |f_k| w_k / |w_k|^2 to the nearest of the boundaries f_k = 0 with slopes w_k, then on
    by `overshoot` of the whole way; in linf by |f_k| sign(w_k) / |w_k|_1.

    Moosavi-Dezfooli et al. 2016, arXiv:1511.04599. The boundaries are those to the `candidates` likeliest classes; with `to`
    the one between that class and the likeliest.

    >>> deepfool(network, pixels).save("deepfool.png")
    """
    batch = network.at_once(batch)
    if not overshoot >= 0:
        raise UserError(f"overshoot is {overshoot}; it takes 0 or more")
    if candidates < 2:
        raise UserError(f"candidates is {candidates}; it takes 2 or more")
    if steps < 0:
        raise UserError(f"steps is {steps}; it takes 0 or more")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    best, rows = nearest(case, norm), case.open()
    gone, scores = torch.zeros_like(case.photos), case.scores.clone()
    for done in range(steps):
        if not len(rows):
            break
        here = _seen(case, gone[rows], rows, overshoot) if done else case.photos[rows]
        gone[rows] += _to_the_boundary(case, best, here, rows, scores[rows], candidates)
        moved = _seen(case, gone[rows], rows, overshoot)
        scores[rows] = case.look(moved, rows)
        misread, _ = best.see(moved, rows, scores[rows])
        case.note(rows, case.aim.of(rows).margin(scores[rows]))
        case.steps[rows] += 1
        rows = rows[~misread.cpu()]
        if (yield best.step(done + 1, steps, rows)):
            break
    settings = {"norm": norm, "steps": steps, "overshoot": overshoot, "candidates": candidates}
    return case.outcome("deepfool", best.images, settings)


def _seen(case: Case, gone: Tensor, rows: Tensor, overshoot: float) -> Tensor:
    return (case.photos[rows] + (1 + overshoot) * gone).clamp(0, 1)


def _to_the_boundary(case: Case, best: Nearest, here: Tensor, rows: Tensor, scores: Tensor, candidates: int) -> Tensor:
    """Return the way from where each image is to the nearest boundary of a network that is linear."""
    own = case.aim.classes[rows][:, None]
    others = scores.scatter(1, own, -torch.inf).topk(
        1 if case.aim.toward else min(candidates, scores.shape[1]) - 1, dim=1
    )
    # From the class that is to be left to each of the others, or from the likeliest to the one that is to be come to.
    sign = -1 if case.aim.toward else 1

    def joined(said: Tensor, part: Tensor, slopes: Iterator[Tensor]) -> Tensor:
        rises = sign * (said.gather(1, others.indices[part]) - said.gather(1, own[part]))
        begun = next(slopes)
        way, least = torch.zeros_like(begun), torch.full_like(rises[:, 0], torch.inf)
        for rise, slope in zip(rises.T, slopes, strict=True):
            tried = sign * (slope - begun)
            flat = tried.flatten(1)
            size = flat.abs().sum(1) if best.norm == "linf" else flat.norm(dim=1)
            far = rise.abs().clamp_min(HAIR) / size.clamp_min(1e-30)
            way, least = torch.where((far < least).view(-1, 1, 1, 1), tried, way), torch.minimum(far, least)
        steepest = way.sign() if best.norm == "linf" else way / per_row(length(way), way)
        return per_row(least, way) * steepest

    return case.slopes(here, rows, torch.cat([own, others.indices], 1), joined)[1]
