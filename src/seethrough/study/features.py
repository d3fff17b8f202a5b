"""Features: what a layer makes of every picture of a data set."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import torch

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from seethrough.jobs import Job, Step, job
from seethrough.networks.frame import Box
from seethrough.networks.network import Network
from seethrough.networks.weights import checksum
from seethrough.results.features import Features
from seethrough.study.reading import Regions, reading
from seethrough.study.shelf import Shard, enough, joined, prepare, put, shards

BATCH = 16
"""Pictures a pass: on a CPU about as fast as it gets."""
FORMAT = 1


@job
def features(
    network: Network,
    data: Dataset,
    *,
    layer: str | None = None,
    pool: bool = True,
    regions: Regions = None,
    normalise: bool = False,
    half: bool = False,
    folder: str | Path | None = None,
    batch: int = BATCH,
) -> Job[Features]:
    """Read a layer of every picture; without a layer what goes into the last linear one, which the network decides by.

    A layer that a ReLU follows is read after it. Maps are averaged over all their places, or kept whole (`pool=False`);
    `regions` are boxes in what the network sees, or a grid such as "3x3", and each gives a row of its own: local descriptors.
    `normalise` makes every row 1 long in L2, `half` keeps 16 bits. Into a `folder` the rows are written as they
    come, and memory does not grow with the pictures: killed and called again, it goes on. Asked to stop, it returns what there
    is.

    >>> features(network, load("digits", "test")).save("digits.safetensors")
    """
    how = reading(network, layer, pool=pool, regions=regions, normalise=normalise)
    index = index_of(network, data, how.layer, pool=pool, regions=regions, normalise=normalise, half=half)
    place = None if folder is None else Path(folder)
    if place is not None:
        prepare(place, index)
    before = shards(place) if place is not None else []
    first = before[-1].end if before else 0
    held: list[Shard] = []
    began, read = time.monotonic(), 0
    with closing(stream(data, network.frame, batch=batch, first=first)) as pictures:
        for part in pictures:
            rows = how.read(part.images)
            held.append(Shard(rows.half() if half else rows, part.places, part.broken, part.end))
            read += len(rows)
            if place is not None and enough(held):
                put(place, first, joined(held))
                first, held = part.end, []
            values = {"images/s": read / (time.monotonic() - began)}
            if (yield Step(part.end, len(data), values, partial(_peek, index, place, held))):
                break
    if place is None:
        return features_of(index, [joined(held)])
    if held:
        put(place, first, joined(held))
    return features_of(index, shards(place))


def index_of(
    network: Network, data: Dataset, layer: str, *, pool: bool, regions: Regions, normalise: bool, half: bool
) -> dict[str, Any]:
    """Say what features are of, in plain words and numbers: work of which all this is the same is the same work."""
    boxes = regions if isinstance(regions, str | None) else [_edges(box) for box in regions]
    return {
        "format": FORMAT,
        "network": network.name,
        "weights": checksum(network.module),
        "layer": layer,
        "pool": pool,
        "regions": boxes,
        "normalise": normalise,
        "half": half,
        "data": data.name,
        "classes": list(data.classes),
        "labels": data.labels.tolist(),
        "names": [data.name_of(place) for place in range(len(data))],
    }


def features_of(index: Mapping[str, Any], kept: Sequence[Shard]) -> Features:
    """Return shards of what an index describes as a result."""
    places = torch.cat([shard.places for shard in kept])
    labels = torch.tensor(index["labels"], dtype=torch.long)[places]
    names: list[str] = index["names"]
    return Features(
        network=index["network"],
        method="study.features",
        settings={name: index[name] for name in ("layer", "pool", "regions", "normalise", "half")},
        shards=tuple(shard.values for shard in kept),
        layer=index["layer"],
        data=index["data"],
        places=places,
        labels=labels,
        classes=tuple(index["classes"]),
        names=tuple(names[place] for place in places.tolist()),
        total=len(names),
        broken=tuple(f"{names[place]}: {why}" for shard in kept for place, why in shard.broken),
    )


def _peek(index: Mapping[str, Any], folder: Path | None, held: Sequence[Shard]) -> Features:
    return features_of(index, [*(shards(folder) if folder is not None else []), *held])


def _edges(box: Box) -> list[float]:
    return [float(edge) for edge in (box.top, box.left, box.bottom, box.right)]
