"""The same class, or the same depth, dreamt in several networks."""

from collections.abc import Sequence
from typing import Any, Unpack

from seethrough.dream.class_ import class_
from seethrough.dream.recipes import Changes, said
from seethrough.dream.unit import unit
from seethrough.errors import UserError
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import ClassLike, Network
from seethrough.results.dream import Dream
from seethrough.results.dreams import Dreams


@job
def compare(
    networks: Sequence[Network],
    classes: ClassLike | Sequence[ClassLike] | None = None,
    *,
    depth: float | None = None,
    count: int = 4,
    recipe: str | None = None,
    seed: int = 0,
    batch: int | None = None,
    **changes: Unpack[Changes],
) -> Job[Dreams]:
    """Dream the same classes in each network, or its first `count` units at a `depth` from 0 (first layer) to 1 (last).

    Depth goes by the convolutional and fully connected layers: 0.5 is the middle one of each network.

    >>> compare([load(), load("torchvision:squeezenet1_1")], "goldfish").save("goldfish.png")
    """
    if not networks:
        raise UserError("networks: none given; a comparison takes one network or more")
    if (classes is None) == (depth is None):
        raise UserError("give classes, or a depth from 0 to 1: one of the two")
    if depth is not None and not 0 <= depth <= 1:
        raise UserError(f"depth is {depth}; it takes 0 (the first layer) to 1 (the last)")
    dreams: list[Dream] = []
    for place, network in enumerate(networks):
        work: Any
        if classes is not None:
            work = class_.job(network, classes, recipe=recipe, seed=seed, batch=batch, **changes)
        else:
            units = units_at(network, depth or 0.0, count)
            work = unit.job(network, units, recipe=recipe, seed=seed, batch=batch, **changes)
        dream, asked = yield from part_of(work, place, len(networks))
        dreams.append(dream)
        if asked:
            break
    given = dreams[0].settings.get("classes") if classes is not None else None
    return Dreams(
        network=", ".join(network.name for network in networks),
        method="dream.compare",
        settings={"classes": given, "depth": depth, "count": count, "seed": seed, **said(recipe, changes)},
        dreams=tuple(dreams),
    )


def units_at(network: Network, depth: float, count: int) -> list[str]:
    """Return the first units of the layer at that share of the way through the network's layers with weights."""
    if count < 1:
        raise UserError(f"count is {count}; it takes 1 or more")
    layers = [layer for layer in network.layers.values() if layer.family]
    if not layers:
        raise UserError(f"{network.name} has no convolutional or fully connected layer")
    layer = layers[round(depth * (len(layers) - 1))]
    return [f"{layer.name}:{index}" for index in range(min(count, layer.units))]
