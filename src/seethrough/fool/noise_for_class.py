"""A noise for each class: learned on one image, then laid on others."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from seethrough.ascent.canvas import ball
from seethrough.ascent.stride import Memory, Stride, per_row
from seethrough.errors import UserError
from seethrough.fool.bounded import bounds
from seethrough.fool.case import guesses, open_case, said_of
from seethrough.fool.from_noise import wanted
from seethrough.fool.radius import Eps, number
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, ClassLike, Network
from seethrough.results.class_noise import ClassNoise
from seethrough.see.heat import plain

MANY = 100
"""As many classes as "all" may mean."""


@job
def noise_for_class(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: ClassLike | Sequence[ClassLike] | Tensor = "all",
    learn_on: Tensor | None = None,
    eps: Eps = "0.3",
    step: float | str = "1/255",
    steps: int = 200,
    until: float | str = "0.99",
    seed: int = 0,
    batch: int | None = None,
) -> Job[ClassNoise]:
    """Learn a noise for each class on one image: noise <- noise + step d / (std(d) + 1e-8), d = d logit / d noise.

    As courses set it. The noise is learned on `learn_on` [1, C, H, W], the first of the images if not given, until the class
    has that probability; no pixel moves by more than `eps`. `classes` are what the images show.

    >>> noise_for_class(network, digits, to="all").save("noises.png")
    """
    batch = network.at_once(batch)
    pixels = network.checked(images)
    learned = network.checked(pixels[:1] if learn_on is None else learn_on)
    if len(learned) != 1:
        raise UserError(f"learn_on holds {len(learned)} images; it takes one")
    listed = wanted(network, to)
    if len(listed) > MANY:
        raise UserError(f"to names {len(listed)} classes of {network.name}; it takes {MANY} at most")
    case = open_case(network, learned.expand(len(listed), -1, -1, -1), None, listed, seed=seed, batch=batch)
    limit, found = bounds(case, eps, "linf"), case.photos.clone()
    rows = case.unfinished(until)
    if len(rows):
        canvas, stride = ball(case.photos[rows], limit.eps[rows]), by_spread(number(step, "step"))
        climb = yield from case.climb(rows, canvas, "logit", stride=stride, steps=steps, until=until)
        found[rows] = climb.images
    with torch.inference_mode(False), torch.no_grad():
        tried = pixels.detach().to(found).clone()
        noises = found - case.photos
        before = said_of(network, tried, batch)
        read = [guesses(network, said_of(network, (tried + noise).clamp(0, 1), batch)) for noise in noises]
        after = said_of(network, found, batch)
    names = network.labels.names
    true = before.argmax(1) if classes is None else network.classes_for(tried, classes)
    settings: dict[str, Any] = {"to": listed, "step": step, "steps": steps, "until": until, "seed": seed}
    return ClassNoise(
        network=network.name,
        method="fool.noise_for_class",
        settings={**settings, "classes": true.tolist(), "eps": limit.words},
        learned_on=plain(case.photos[:1]),
        noises=plain(noises),
        classes=tuple(names[index] for index in listed),
        learned=guesses(network, after),
        probabilities=plain(case.aim.probability(after)),
        images=plain(tried),
        true=tuple(names[index] for index in true.tolist()),
        before=guesses(network, before),
        after=tuple(read),
        trace=case.climbed(),
    )


def by_spread(rate: float) -> Stride:
    """x + rate * slope / (std(slope) + 1e-8): the standard deviation of a step is the rate."""

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        return numbers + rate * slope / per_row(slope.flatten(1).std(1) + 1e-8, slope)

    return move
