"""The fast gradient sign method: one step as far as is allowed."""

from torch import Tensor

from seethrough.ascent.canvas import ball
from seethrough.fool.aim import loss_named
from seethrough.fool.bounded import bounds, direction
from seethrough.fool.case import open_case
from seethrough.fool.radius import Eps
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def fgsm(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    eps: Eps | None = None,
    norm: str = "linf",
    loss: str = "ce",
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Mislead with one step: x + eps sign(d loss / dx), or x + eps g / |g|_2 in the norm l2.

    Goodfellow et al. 2015, arXiv:1412.6572. `classes` are what the photos show, `to` is what they are to be read as.
    `mask` is where pixels may change.

    >>> fgsm(network, pixels, eps="8/255").save("fgsm.png")
    """
    batch = network.at_once(batch)
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    limit, found, rows = bounds(case, eps, norm), case.photos.clone(), case.open()
    if len(rows):
        canvas = ball(case.photos[rows], limit.eps[rows], limit.norm, unit=limit.eps[rows])
        climb = yield from case.climb(rows, canvas, loss_named(loss), stride=direction(limit.norm, 1.0), steps=1)
        found[rows] = climb.images
    settings = {"norm": norm, "loss": loss}
    return case.outcome("fgsm", found, settings, eps=limit.words, box=limit.box(case), reach=limit.reach)
