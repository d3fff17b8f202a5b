"""Integrated gradients: what each pixel adds on the way from a baseline to the image."""

import numpy as np
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.fill import Fill, filled
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat


@job
def integrated_gradients(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    steps: int = 50,
    baseline: Fill = "zero",
    batch: int | None = None,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Job[Heatmap]:
    """(image - baseline) * integral over t in [0, 1] of d score / d pixel at baseline + t (image - baseline).

    Sundararajan et al. 2017, arXiv:1703.01365; Gauss-Legendre points. It should add up to score(image) - score(baseline);
    `gap` reports by which share of that it does not: more steps make it smaller. The baseline is what stands for "nothing":
    black (zero), grey, the image's mean colour, or the image blurred.

    >>> integrated_gradients(network, pixels, "espresso", baseline="blur").save("coffee-integrated.png")
    """
    batch = network.at_once(batch)
    if steps < 1:
        raise UserError(f"steps is {steps}; it takes 1 or more")
    images = network.checked(images)
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    start = filled(images, baseline)
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    places = torch.from_numpy((nodes + 1) / 2).to(images)
    shares = torch.from_numpy(weights / 2).to(images)
    count = len(images)
    total = torch.zeros_like(images)
    pictures = torch.split(torch.arange(count * steps), max(batch, 1))
    for done, numbers in enumerate(pictures, start=1):
        rows, points = numbers % count, numbers // count
        along = places[points, None, None, None]
        _, slope = explained.gradient(start[rows] + along * (images[rows] - start[rows]), rows)
        total.index_add_(0, rows.to(total.device), slope.to(total.dtype) * shares[points, None, None, None])
        # A part of the integral is no integral: a stop is obeyed by ending without the rest, and the gap says so.
        if (yield Step(done, len(pictures))):
            break
    terms = (images - start) * total
    promised = explained.measured(images) - explained.measured(start)
    gap = (terms.sum((1, 2, 3)) - promised) / promised.abs().clamp_min(1e-12)
    return heat(
        "integrated_gradients",
        explained,
        images,
        settings={"steps": steps, "baseline": baseline},
        values=terms.sum(dim=1),
        raw=terms,
        signed=True,
        gap=gap,
    )
