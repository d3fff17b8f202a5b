"""Auto-PGD: PGD that finds its own step, and goes back to its best place when it has stopped gaining."""

import math

import torch
from torch import Tensor

from seethrough.ascent.canvas import ball
from seethrough.ascent.stride import Memory, per_row
from seethrough.errors import UserError
from seethrough.fool.aim import Loss, loss_named
from seethrough.fool.bounded import Bounds, bounds, direction, random_in
from seethrough.fool.case import Case, open_case
from seethrough.fool.nearest import Farthest
from seethrough.fool.radius import Eps
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling

MOMENTUM = 0.75
ENOUGH = 0.75
"""The share of steps that have to have gained for the step to stay as it is."""


@job
def apgd(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    eps: Eps | None = None,
    norm: str = "linf",
    steps: int = 100,
    restarts: int = 1,
    loss: str = "ce",
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Mislead within eps: PGD with momentum .75 whose step, at first 2 eps, is halved when it stops gaining.

    Croce & Hein 2020, arXiv:2003.01690, with the loss `ce` or `dlr`. Images leave when they are misread; those that are not
    begin again as often as `restarts` says.

    >>> apgd(network, pixels, eps="2/255", loss="dlr").save("apgd.png")
    """
    batch = network.at_once(batch)
    if restarts < 1:
        raise UserError(f"restarts is {restarts}; it takes 1 or more")
    chosen = loss_named(loss)
    if steps < 0:
        raise UserError(f"steps is {steps}; it takes 0 or more")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    limit, rows, streams = bounds(case, eps, norm), case.open(), case.streams()
    best = Farthest(case, case.photos.clone(), case.aim.margin(case.scores))
    for restart in range(restarts):
        if not len(rows):
            break
        begun = case.photos[rows] + random_in(case, limit, rows, streams)
        rows, asked = yield from part_of(_climb(case, limit, best, rows, begun, chosen, steps), restart, restarts)
        if asked:
            break
    settings = {"norm": norm, "steps": steps, "restarts": restarts, "loss": loss}
    return case.outcome("apgd", best.images, settings, eps=limit.words, box=limit.box(case), reach=limit.reach)


def _climb(
    case: Case, limit: Bounds, best: Farthest, rows: Tensor, here: Tensor, loss: Loss, steps: int
) -> Job[Tensor]:
    """Climb once; return which images are still not misread."""
    aim, checks, since = case.aim, checkpoints(steps), 0
    low = torch.full((len(rows),), -torch.inf, dtype=here.dtype, device=here.device)
    pace = 2 * limit.eps[rows].to(low)
    at: Memory = {"here": here, "before": here, "top": here, "top_slope": torch.zeros_like(here), "top_value": low}
    at |= {"pace": pace, "gains": torch.zeros_like(low), "value": low, "pace_then": pace, "top_then": low}
    for step in range(steps):
        scores, values, slope = case.slope(at["here"], rows, lambda said, which: aim.of(which).loss(said, loss))
        case.note(rows, values)
        case.steps[rows] += 1
        misread = best.see(at["here"], rows, scores)
        higher = values > at["top_value"]
        for name, value in (("top", at["here"]), ("top_slope", slope), ("top_value", values)):
            at[name] = torch.where(higher.view(-1, *(1,) * (value.ndim - 1)), value, at[name])
        at["gains"] = at["gains"] + (values > at["value"])
        at["value"] = values
        since += 1
        if step in checks:
            slope = _checked(at, slope, since)
            since = 0
        going = (~misread).nonzero()[:, 0]
        at, slope, rows = {name: value[going] for name, value in at.items()}, slope[going], rows[going.cpu()]
        if (yield best.step(step + 1, steps, rows)) or not len(rows):
            break
        _advance(case, limit, at, slope, rows, straight=step == 0)
    if not len(rows):
        return rows
    misread = best.see(at["here"], rows, case.look(at["here"], rows))
    return rows[~misread.cpu()]


def _checked(at: Memory, slope: Tensor, since: int) -> Tensor:
    """Halve the step of those that gained too seldom, or nothing at all at this step; they go on from their best place."""
    stuck = (at["pace"] == at["pace_then"]) & (at["top_value"] == at["top_then"])
    halved = (at["gains"] < ENOUGH * since) | stuck
    at["pace_then"], at["top_then"] = at["pace"], at["top_value"]
    at["pace"] = torch.where(halved, at["pace"] / 2, at["pace"])
    at["gains"] = torch.zeros_like(at["gains"])
    back = halved.view(-1, 1, 1, 1)
    at["here"], at["before"] = torch.where(back, at["top"], at["here"]), torch.where(back, at["top"], at["before"])
    return torch.where(back, at["top_slope"], slope)


def _advance(case: Case, limit: Bounds, at: Memory, slope: Tensor, rows: Tensor, *, straight: bool) -> None:
    """Go one step: mostly along the slope, partly as the last step went."""
    photos, here = case.photos[rows], at["here"]
    canvas, own = ball(photos, limit.eps[rows], limit.norm), torch.arange(len(rows))
    way = direction(limit.norm, 1.0)(torch.zeros_like(slope), at["value"], slope, {})
    tried = canvas.draw(canvas.keep(here + per_row(at["pace"], way) * way - photos, own), own)
    if not straight:
        mixed = here + MOMENTUM * (tried - here) + (1 - MOMENTUM) * (here - at["before"])
        tried = canvas.draw(canvas.keep(mixed - photos, own), own)
    at["before"], at["here"] = here, tried


def checkpoints(steps: int) -> set[int]:
    """Return the steps at which the step size is judged: ever closer to one another.

    >>> sorted(checkpoints(100))[:4]
    [22, 41, 57, 70]
    """
    found, before, at = set(), 0.0, 0.22
    while at <= 1:
        found.add(math.ceil(at * steps - 1e-9))
        before, at = at, at + max(at - before - 0.03, 0.06)
    return found
