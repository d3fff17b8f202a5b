"""SmoothGrad: the gradient, averaged over noisy copies of the image."""

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.networks.streams import image_streams, passes
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat


@job
def smooth_grad(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    samples: int = 50,
    noise: float = 0.15,
    batch: int | None = None,
    seed: int = 0,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Job[Heatmap]:
    """Mean over samples of d score / d (pixel + noise) (Smilkov et al. 2017, arXiv:1706.03825); max over colours of its size.

    `noise` is the standard deviation as a share of each image's range. Each image has its own random stream, from the seed
    and its place. One sample without noise is the gradient. Asked to stop, it returns the mean of the samples done.

    >>> smooth_grad(network, pixels, "espresso", samples=20).save("coffee-smooth.png")
    """
    batch = network.at_once(batch)
    if samples < 1:
        raise UserError(f"samples is {samples}; it takes 1 or more")
    images = network.checked(images)
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    streams = image_streams(seed, len(images))
    spread = noise * (images.amax((1, 2, 3)) - images.amin((1, 2, 3)))
    total = torch.zeros_like(images)
    counts = torch.zeros(len(images))
    work = passes(len(images), samples, batch)
    for done, rows in enumerate(work, start=1):
        drawn = [torch.randn(images.shape[1:], generator=streams[row]) for row in rows.tolist()]
        shift = torch.stack(drawn).to(images) * spread[rows, None, None, None]
        _, slope = explained.gradient(images[rows] + shift, rows)
        total.index_add_(0, rows.to(total.device), slope.to(total.dtype))
        counts.index_add_(0, rows, torch.ones(len(rows)))
        stop = yield Step(done, len(work))
        if stop and (counts > 0).all():
            break
    mean = total / counts.to(total)[:, None, None, None]
    settings = {"samples": samples, "noise": noise, "seed": seed}
    return heat("smooth_grad", explained, images, settings=settings, values=mean.abs().amax(dim=1), raw=mean)
