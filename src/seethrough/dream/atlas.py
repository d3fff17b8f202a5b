"""An atlas: many units of a layer on one sheet."""

import re
from collections.abc import Mapping
from typing import Unpack

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.wish import unit as unit_wish
from seethrough.dream.outcome import outcome
from seethrough.dream.paint import paint
from seethrough.dream.recipes import Changes, recipe_of, said
from seethrough.dream.starts import no_photos
from seethrough.errors import UserError
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit
from seethrough.results.dream import Dream


@job
def atlas(
    network: Network,
    layer: str,
    *,
    units: str | None = None,
    recipe: str | None = None,
    seed: int = 0,
    batch: int | None = None,
    resume: Mapping[str, Tensor] | None = None,
    **changes: Unpack[Changes],
) -> Job[Dream]:
    """Dream many units of a layer, a batch after the other: `units` such as "0-31,40"; the first 64 if not given.

    What is done is kept when it is stopped, and from the state of a Step it goes on later without doing it again.

    >>> atlas(network, "blocks.4.2", units="0-15", steps=100).save("atlas.png")
    """
    batch = network.at_once(batch)
    no_photos(changes.get("start"), "every image of an atlas begins alike")
    chosen = recipe_of(recipe, changes)
    name = network.resolve_layer(layer)
    indices = unit_numbers(units, network.layers[name].units, name)
    done = dict(resume or {"images": torch.empty(0), "reached": torch.empty(0), "trace": torch.empty(0, 0)})
    firsts = range(len(done["images"]), len(indices), batch)
    for place, first in enumerate(firsts):
        group = indices[first : first + batch]
        wish = unit_wish([Unit(name, index) for index in group])
        watch = {"activation": wish.read}
        work = paint(network, wish, len(group), chosen, watch=watch, seed=seed, first=first, at_once=batch)
        climb, asked = yield from part_of(work, place, len(firsts), kept=done)
        # What was stopped on the way is shown too; it is not in the state that was kept, and will be dreamt again.
        done = {
            "images": torch.cat([done["images"].to(climb.images), climb.images]),
            "reached": torch.cat([done["reached"].to(climb.values), climb.watched["activation"]]),
            "trace": _under(done["trace"].to(climb.trace), climb.trace),
        }
        if asked:
            break
    return outcome(
        "atlas",
        network,
        done["images"],
        [f"{name}:{index}" for index in indices[: len(done["images"])]],
        reached=done["reached"],
        trace=done["trace"],
        settings={"layer": name, "units": units, "seed": seed, **said(recipe, changes)},
    )


def unit_numbers(text: str | None, count: int, layer: str) -> list[int]:
    """Read numbers and ranges of units: "0-3,7" is [0, 1, 2, 3, 7].

    >>> unit_numbers("0-3,7", 16, "conv5")
    [0, 1, 2, 3, 7]
    """
    if text is None:
        return list(range(min(count, 64)))
    found: list[int] = []
    for part in text.split(","):
        written = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part.strip(), re.ASCII)
        if written is None:
            raise UserError(f"units: {text!r} does not fit; it takes numbers and ranges, as in 0-15,40")
        low, high = int(written[1]), int(written[2] or written[1])
        if not low <= high < count:
            raise UserError(f"units: {text!r} does not fit; {layer} has units 0 to {count - 1}")
        found += range(low, high + 1)
    return list(dict.fromkeys(found))


def _under(one: Tensor, other: Tensor) -> Tensor:
    """Put traces under one another; those of images that were stopped are shorter, and filled up."""
    longest = max(one.shape[1], other.shape[1])
    return torch.cat([functional.pad(each, (0, longest - each.shape[1]), value=torch.nan) for each in (one, other)])
