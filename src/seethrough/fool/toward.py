"""Minimal change: a few steps of one length up the class's score, until the network gives in."""

from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.stride import unit_length
from seethrough.errors import UserError
from seethrough.fool.aim import loss_named
from seethrough.fool.case import open_case
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def toward(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    step: float = 0.1,
    steps: int = 100,
    loss: str = "logit",
    until: float | str = "top",
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Mislead with little change: x <- x + step g / |g|_2, g = d logit / dx, until the class has the highest probability.

    After Szegedy et al. 2014, arXiv:1312.6199, as courses set it. `step` is a length of pixels from 0 to 1: one given for
    pixels from 0 to 255 is 255 times as large. `until` is "top", or a probability to come to. Without `to` the class that the
    photo shows is left instead.

    >>> toward(network, pixels, to="ostrich", until=0.98).save("ostrich.png")
    """
    batch = network.at_once(batch)
    if not step > 0:
        raise UserError(f"step is {step}; it takes more than 0")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    found, rows = case.photos.clone(), case.unfinished(until)
    if len(rows):
        climb = yield from case.climb(
            rows,
            pixels(case.photos[rows]),
            loss_named(loss),
            stride=unit_length(step),
            steps=steps,
            until=until,
            best=case.aim.of(rows).rank(),
        )
        found[rows] = climb.images
    return case.outcome("toward", found, {"step": step, "steps": steps, "loss": loss, "until": until}, until=until)
