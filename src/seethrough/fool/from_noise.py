"""From noise: an image of nothing that the network reads as a class, and is sure of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.stride import unit_length
from seethrough.errors import UserError
from seethrough.fool.aim import Loss, loss_named
from seethrough.fool.case import open_case
from seethrough.jobs import Job, job
from seethrough.networks.network import ClassLike, Network
from seethrough.networks.streams import image_streams
from seethrough.results.fooling import Fooling

GREY = 128 / 255


@job
def from_noise(
    network: Network,
    classes: ClassLike | Sequence[ClassLike] | Tensor,
    *,
    spread: float = 0.1,
    step: float = 0.5,
    steps: int = 200,
    loss: str = "logit",
    until: float | str = "0.99",
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Begin with Gaussian noise about 128 of 255, and climb the class's score: x <- x + step g / |g|_2.

    After Nguyen et al. 2015, arXiv:1412.1897, by the gradient. `spread` is the standard deviation of the noise, of pixels from
    0 to 1. The trace is the score, step by step. `classes` are one or several, or "all".

    >>> from_noise(network, ["goldfish", "espresso"]).save("noise.png")
    """
    batch = network.at_once(batch)
    if not spread >= 0 or not step > 0:
        raise UserError(f"spread is {spread} and step is {step}; they take 0 or more, and more than 0")
    listed = wanted(network, classes)
    shape = (network.channels, *network.size)
    kind = torch.promote_types(network.dtype, torch.float32)
    noise = [torch.randn(shape, generator=stream, dtype=kind) for stream in image_streams(seed, len(listed))]
    begun = (GREY + spread * torch.stack(noise)).clamp(0, 1)
    case = open_case(network, begun, None, listed, seed=seed, batch=batch)
    found, rows = case.photos.clone(), case.unfinished(until)
    if len(rows):
        chosen: Loss = loss_named(loss)
        climb = yield from case.climb(
            rows,
            pixels(case.photos[rows]),
            chosen,
            stride=unit_length(step),
            steps=steps,
            until=until,
            best=case.aim.of(rows).rank(),
        )
        found[rows] = climb.images
    settings: dict[str, Any] = {"spread": spread, "step": step, "steps": steps, "loss": loss, "until": until}
    return replace(case.outcome("from_noise", found, settings), photos=("noise",) * len(found))


def wanted(network: Network, classes: ClassLike | Sequence[ClassLike] | Tensor) -> list[int]:
    """Return the indices of the classes that were named; "all" names every one.

    >>> wanted(network, "goldfish")
    [1]
    """
    if isinstance(classes, Tensor):
        classes = classes.reshape(-1).tolist()
    listed: list[ClassLike] = [classes] if isinstance(classes, int | str) else list(classes)
    if listed == ["all"]:
        return list(range(len(network.labels.names)))
    if not listed:
        raise UserError("classes is empty; name a class, or all")
    return [network.resolve_class(one) for one in listed]
