"""Unit dreams: the image that excites a unit, or brings it to a value."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.fourier import fourier_of
from seethrough.ascent.look import Done
from seethrough.ascent.loop import Climb, ascend
from seethrough.ascent.stride import to_value
from seethrough.ascent.wish import Reading, Wish, reach
from seethrough.ascent.wish import unit as unit_wish
from seethrough.dream.diversity import different
from seethrough.dream.outcome import outcome
from seethrough.dream.paint import paint
from seethrough.dream.recipes import DEFAULT, Changes, Recipe, recipe_of, said
from seethrough.dream.starts import planned
from seethrough.errors import UserError
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit, resolve_unit
from seethrough.results.dream import LEAST, Dream

NEAR = 0.01
"""How near to the wanted value an image must come to be done, as a share of it."""
SETTLING = 60
"""Steps at the end, without jitter, that bring the image itself to the value: under jitter only its views are there."""
LONGEST = 5.0
"""The longest of them, in the numbers of the canvas."""


@job
def unit(
    network: Network,
    units: str | Unit | Sequence[str | Unit],
    *,
    value: float | Sequence[float] | None = None,
    recipe: str | None = None,
    diversity: int = 1,
    seed: int = 0,
    batch: int | None = None,
    **changes: Unpack[Changes],
) -> Job[Dream]:
    """Dream units of any layers: a channel's mean (`conv5:12`), a neuron (`conv5:12@6,6`), a number of a vector (`fc8:3`).

    argmax over images of the activation a(x), less the recipe's priors (Erhan et al. 2009; Simonyan et al. 2014,
    arXiv:1312.6034). With `value`, argmin of ((a(x) - value) / value)^2: dreamt in the same way, then settled by Newton's
    steps on the image as it is. The result says what was reached.

    >>> unit(network, ["blocks.4.2:37", "blocks.4.2:38"]).save("units.png")
    >>> unit(network, "classifier:967", value=10.0).reached
    """
    batch = network.at_once(batch)
    listed = [units] if isinstance(units, str | Unit) else list(units)
    resolved = [resolve_unit(network, one) for one in listed]
    # Crops would take a neuron's place in the image from it, and another size its place in the map.
    placed = any(one.position for one in resolved)
    default = "neuron" if placed else DEFAULT
    chosen = recipe_of(recipe, changes, default)
    chosen = replace(chosen, smallest=1.0) if placed else chosen
    wanted, begun = planned(network, resolved, diversity, changes.get("start"))
    activation = wish = unit_wish(wanted)
    values = None if value is None else _one_each(value, len(listed), len(wanted)).to(network.device)
    if values is not None:
        wish = reach(activation, values)
    if diversity > 1:
        if len(activation.layers) > 1:
            raise UserError(f"diversity compares images at one layer; the units are of {', '.join(activation.layers)}")
        wish = different(wish, activation.layers[0], diversity)
    watch = {"activation": activation.read}
    work = paint(network, wish, len(wanted), chosen, start=begun, watch=watch, seed=seed, at_once=batch)
    climb = yield from work if values is None else _settled(network, work, activation, values, chosen, batch)
    return outcome(
        "unit",
        network,
        climb.images,
        [str(one) for one in wanted],
        reached=climb.watched["activation"],
        wanted=values,
        trace=climb.trace,
        settings={
            "units": [str(one) for one in listed],
            "value": list(value) if isinstance(value, Sequence) else value,
            "diversity": diversity,
            "seed": seed,
            **said(recipe, changes, default),
        },
        starts=begun,
    )


def _settled(
    network: Network, work: Job[Climb], activation: Wish, values: Tensor, recipe: Recipe, batch: int
) -> Job[Climb]:
    """Dream, and then bring each image itself to its value, if nobody asked to stop before."""
    climb, asked = yield from part_of(work, 0, 2)
    if asked:
        return climb
    canvas = fourier_of(climb.images, decay=recipe.power) if recipe.canvas == "fourier" else pixels(climb.images)
    steps = ascend.job(
        network,
        canvas,
        reach(activation, values),
        stride=to_value(LONGEST),
        steps=SETTLING,
        until=_near(activation, values),
        best=True,
        watch={"activation": activation.read},
        at_once=batch,
        redirected=SETTLING,
    )
    settled, _ = yield from part_of(steps, 1, 2)
    return replace(settled, trace=torch.cat([climb.trace, settled.trace], dim=1))


def _one_each(value: float | Sequence[float], wishes: int, images: int) -> Tensor:
    given = torch.tensor([float(one) for one in value] if isinstance(value, Sequence) else [float(value)])
    if len(given) not in (1, wishes):
        raise UserError(f"value: {len(given)} given for {wishes} units; give one, or one for each")
    if not bool(given.isfinite().all()):
        raise UserError(f"value is {value}; it takes numbers")
    return given.expand(images) if len(given) == 1 else given.repeat_interleave(images // wishes)


def _near(activation: Wish, values: Tensor) -> Done:
    def done(reading: Reading, _: Tensor) -> Tensor:
        wanted = values[reading.rows]
        return (activation.read(reading) - wanted).abs() <= NEAR * wanted.abs().clamp_min(LEAST)

    return done
