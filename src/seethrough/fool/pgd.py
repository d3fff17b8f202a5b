"""Projected gradient descent: many steps from random starts, each brought back to where it may be."""

from dataclasses import replace

from torch import Tensor

from seethrough.ascent.canvas import ball
from seethrough.errors import UserError
from seethrough.fool.aim import loss_named
from seethrough.fool.bounded import Bounds, bounds, direction, paced, random_in
from seethrough.fool.case import Case, open_case
from seethrough.fool.radius import Eps
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def pgd(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    eps: Eps | None = None,
    norm: str = "linf",
    steps: int = 40,
    step: Eps | None = None,
    restarts: int = 1,
    random_start: bool = True,
    loss: str = "ce",
    until: float | str = "top",
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Mislead within eps: x <- project(x + step sign(d loss / dx)), from random starts; in l2 by steps of one length.

    Madry et al. 2018, arXiv:1706.06083. A step is 2.5 eps / steps unless told. `until` says when an image is done: "top" as
    soon as it is read as wanted, a probability, or "never" for all steps. Of those on the way the image that is farthest past
    the boundary is kept; images that are not misread begin again as often as `restarts` says.

    >>> pgd(network, pixels, to="ostrich", eps="4/255", restarts=3).save("pgd.png")
    """
    batch = network.at_once(batch)
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    found, limit = yield from iterated(
        case, eps, norm, steps, step, loss, until, restarts=restarts, random_start=random_start
    )
    settings = {
        "norm": norm,
        "steps": steps,
        "step": step,
        "restarts": restarts,
        "random_start": random_start,
        "loss": loss,
        "until": until,
    }
    return case.outcome("pgd", found, settings, eps=limit.words, box=limit.box(case), reach=limit.reach, until=until)


def iterated(
    case: Case,
    eps: Eps | None,
    norm: str,
    steps: int,
    step: Eps | None,
    loss: str,
    until: float | str,
    *,
    restarts: int = 1,
    random_start: bool = False,
) -> Job[tuple[Tensor, Bounds]]:
    """Go many steps within the bounds, again from elsewhere for those that are not misread; return the best of each."""
    if restarts < 1:
        raise UserError(f"restarts is {restarts}; it takes 1 or more")
    limit = bounds(case, eps, norm)
    unit, rate = paced(step, limit, steps)
    streams, found = case.streams(), case.photos.clone()
    margins = case.aim.margin(case.scores)
    rows = case.unfinished(until)
    for restart in range(restarts):
        if not len(rows):
            break
        canvas = ball(case.photos[rows], limit.eps[rows], limit.norm, unit=None if unit is None else unit[rows])
        if random_start:
            moved = random_in(case, limit, rows, streams)
            scale = 1.0 if unit is None else unit[rows].to(moved).clamp_min(1e-30).view(-1, 1, 1, 1)
            canvas = replace(canvas, numbers=moved / scale)
        work = case.climb(
            rows,
            canvas,
            loss_named(loss),
            stride=direction(limit.norm, rate),
            steps=steps,
            until=until,
            best=case.aim.of(rows).rank(),
        )
        climb, asked = yield from part_of(work, restart, restarts)
        margin = climb.watched["margin"].to(margins)
        better = climb.done.to(margin.device) | (margin > margins[rows]) | (restart == 0)
        found[rows[better.cpu()]] = climb.images[better]
        margins[rows[better.cpu()]] = margin[better]
        rows = rows[(margins[rows] <= 0).cpu() if until == "never" else ~climb.done]
        if asked:
            break
    return found, limit
