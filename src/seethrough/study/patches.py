"""Patches: what excites a unit most, cut out of the pictures of a whole data set."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from seethrough.dream.atlas import unit_numbers
from seethrough.dream.strip import strip
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Network
from seethrough.results.patches import LayerPatches, Patches
from seethrough.see.heat import plain
from seethrough.study.patch_places import patch_places
from seethrough.study.patches_guided import patches_guided
from seethrough.study.strongest import Strongest, peaks

DEPTHS = (0.25, 0.5, 0.75)
"""Where the layers are that are taken if none is named, as shares of the way through the network."""
MOST_GUIDED = 2000
"""Patches that guided backprop is asked for at once: each takes a pass of its own, and is kept as large as it is."""
PARTS = ("values", "pictures", "cells")


@job
def patches(
    network: Network,
    data: Dataset,
    *,
    units: str | Sequence[str] | None = None,
    top: int = 9,
    guided: bool = False,
    batch: int = 16,
    resume: Mapping[str, Tensor] | None = None,
) -> Job[Patches]:
    """Cut out what units see where they are largest: the `top` pictures of a data set for each, from one pass through it.

    After Zeiler & Fergus 2014, arXiv:1311.2901, figure 2. `units` are units such as "blocks.2.1:7", several of a layer
    ("blocks.2.1:0-15") or all of it ("blocks.2.1"), with commas between them; without, all units of three layers. A picture
    counts once for a unit, at the place where the unit is largest. A patch is the unit's receptive field there; along a side
    on which the field is as large as the picture, or where it is not known, the picture's whole. `guided` adds what guided
    backprop makes of each patch. Asked to stop, it returns the strongest of the pictures seen so far.

    >>> patches(network, datasets.load("photos/"), units="blocks.2.1:0-7").save("patches.png")
    """
    if top < 1:
        raise UserError(f"top is {top}; it takes 1 or more")
    wanted = _wanted(network, units)
    backwards = sum(len(numbers) for numbers in wanted.values()) * top if guided else 0
    if backwards > MOST_GUIDED:
        raise UserError(f"guided: {backwards} patches take a pass each, more than {MOST_GUIDED}; name fewer units")
    best = {name: Strongest.of(len(numbers), top) for name, numbers in wanted.items()}
    seen, good, broken = 0, 0, list[str]()
    if resume is not None:
        best = {name: Strongest(*(resume[f"{name}.{part}"] for part in PARTS)) for name in wanted}
        seen, good = resume["seen"].tolist()
        broken = bytes(resume["broken"].tolist()).decode().splitlines()
    before, began = good, time.perf_counter()
    held: dict[int, Tensor] = {}
    asked: bool | None = False
    with closing(stream(data, network.frame, batch=batch, first=seen)) as batches:
        while not asked and seen < len(data):
            some = next(batches)
            with torch.inference_mode(False), torch.no_grad():
                _, outputs = network.run(some.images.to(network.device), list(wanted), stop=True)
                for name, numbers in wanted.items():
                    values, cells = peaks(_of_units(outputs[name], numbers, network.layers[name].units))
                    best[name] = best[name].joined(plain(values), some.places, cells.cpu())
            winning = _winning(best)
            new = zip(some.places.tolist(), some.images, strict=True)
            held |= {place: _levels(image) for place, image in new if place in winning}
            held = {place: image for place, image in held.items() if place in winning}
            broken += [f"{data.name_of(place)}: {why}" for place, why in some.broken]
            seen, good = some.end, good + len(some.images)
            rate = {"images/s": (good - before) / (time.perf_counter() - began)}
            state = partial(_state, dict(best), (seen, good), tuple(broken))
            asked = yield Step(seen, len(data) + backwards, rate, state=state)
    winners = sorted(_winning(best))
    if not winners:
        raise UserError(f"units: none gives a number for any of the {good} pictures")
    # What had won before the work was taken up again is read once more.
    images = torch.stack([held[at] if at in held else _levels(network.frame(data[at])[0]) for at in winners])
    row_of = torch.full((len(data) + 1,), -1)  # the last one is for "no picture", -1
    row_of[winners] = torch.arange(len(winners))
    layers = tuple(
        LayerPatches(
            name,
            torch.tensor(numbers),
            best[name].values,
            row_of[best[name].pictures],
            *patch_places(network.layers[name], best[name].cells, network.size),
        )
        for name, numbers in wanted.items()
    )
    if guided:
        layers = yield from patches_guided(network, images, layers, seen, asked)
    return Patches(
        network=network.name,
        method="study.patches",
        settings={"units": _said(wanted, network), "top": top, "guided": guided},
        data=data.name,
        seen=good,
        images=images,
        names=tuple(data.name_of(at) for at in winners),
        shows=tuple(data.classes[label] if label >= 0 else "" for label in data.labels[winners].tolist()),
        layers=layers,
        broken=tuple(broken),
    )


def _wanted(network: Network, units: str | Sequence[str] | None) -> dict[str, list[int]]:
    """Return which units of which layers, from words such as "conv1:3,conv1:8-11,conv2"."""
    words = strip(network, None, DEPTHS) if units is None else units.split(",") if isinstance(units, str) else units
    found: dict[str, list[int]] = {}
    for word in (word.strip() for word in words):
        name, colon, numbers = word.rpartition(":")
        layer = network.layers[network.resolve_layer(name if colon else word)]
        chosen = unit_numbers(numbers, layer.units, layer.name) if colon else list(range(layer.units))
        found[layer.name] = list(dict.fromkeys([*found.get(layer.name, []), *chosen]))
    if not found:
        raise UserError(f"units is {units!r}; name units or layers, for example {strip(network, None, (0.5,))[0]}:0-7")
    return found


def _said(wanted: Mapping[str, list[int]], network: Network) -> str:
    """Write down which units of which layers: what `_wanted` reads back."""
    words = (
        [name] if len(numbers) == network.layers[name].units else [f"{name}:{number}" for number in numbers]
        for name, numbers in wanted.items()
    )
    return ",".join(word for some in words for word in some)


def _of_units(output: Tensor, numbers: list[int], every: int) -> Tensor:
    """Return the part of a layer's output that is of some of its units."""
    if len(numbers) == every:
        return output
    return output[:, numbers] if output.ndim == 4 else output[..., numbers]


def _levels(image: Tensor) -> Tensor:
    """Return a picture in 256 levels: a quarter of the memory, for pictures that wait to be shown."""
    return (image.clamp(0, 1) * 255).round().to(torch.uint8).cpu()


def _winning(best: Mapping[str, Strongest]) -> set[int]:
    """Return the places of the pictures that are among the strongest of any unit."""
    pictures = torch.cat([one.pictures.flatten() for one in best.values()])
    return set(pictures[pictures >= 0].tolist())


def _state(best: Mapping[str, Strongest], seen: tuple[int, int], broken: tuple[str, ...]) -> dict[str, Tensor]:
    """Return what the work can be taken up from, as tensors."""
    kept = {f"{name}.{part}": getattr(one, part) for name, one in best.items() for part in PARTS}
    lines = torch.tensor(list("\n".join(broken).encode()), dtype=torch.uint8)
    return {**kept, "seen": torch.tensor(seen), "broken": lines}
