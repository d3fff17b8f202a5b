"""Lookalike: an image that looks like one thing and is read as another."""

from dataclasses import replace

import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.stride import adam
from seethrough.errors import UserError
from seethrough.fool.case import open_case
from seethrough.fool.from_noise import GREY
from seethrough.fool.weighed import searched
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling

FIRST = 1000.0
"""The beta that is tried first."""


@job
def lookalike(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes,
    beta: float | None = None,
    sure: float = 0.9,
    spread: float = 0.1,
    rate: float = 0.03,
    steps: int = 150,
    searches: int = 5,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Make noise into an image that looks like the photo and is read as `to`: max logit(to) - beta mse(x, photo), by Adam.

    As courses set it. Without `beta` the largest is sought, photo by photo, with which the class still has the probability
    `sure`. A beta is for pixels from 0 to 1: one given for pixels from 0 to 255 is to be multiplied by 255^2.

    >>> lookalike(network, pixels, to="goldfish").save("lookalike.png")
    """
    batch = network.at_once(batch)
    if beta is not None and not beta > 0:
        raise UserError(f"beta is {beta}; it takes more than 0")
    case = open_case(network, images, classes, to, eight_bit=eight_bit, seed=seed, batch=batch)
    found, rows = case.photos.clone(), case.open()
    betas = torch.full((len(found),), torch.nan, dtype=torch.float64)
    if len(rows):
        photos, streams = case.photos[rows], case.streams()
        noise = [torch.randn(photos.shape[1:], generator=streams[row], dtype=photos.dtype) for row in rows.tolist()]
        begun = GREY + spread * torch.stack(noise).to(photos.device)
        # beta mse is the square of the distance, and so many times as much as there are numbers in a photo.
        count = photos[0].numel()
        found[rows], used = yield from searched(
            case,
            rows,
            pixels(begun),
            case.aim.of(rows).wish("logit"),
            stride=lambda: adam(rate),
            steps=steps,
            searches=1 if beta is not None else searches,
            first=count / (FIRST if beta is None else beta),
            least=sure,
        )
        betas[rows] = (count / used).cpu().double()
    settings = {"beta": beta, "sure": sure, "spread": spread, "rate": rate, "steps": steps, "searches": searches}
    done = case.outcome("lookalike", found, settings, until=sure if 0 < sure < 1 else "top")
    return replace(done, settings={**done.settings, "betas": [float(f"{one:.6g}") for one in betas.tolist()]})
