"""Neighbours: the pictures most like a picture, to a camera's eye and to that of the network."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job, part_of
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.results.neighbors import Near, Neighbors
from seethrough.study.features import BATCH, features
from seethrough.study.nearest import Metric, nearest
from seethrough.study.thumbnails import small_pictures, thumbnails

DRAWN = 6
"""Queries where none are given."""
COMPARED, SHOWN = 32, 112
"""Pixels of the longer side of pictures that are compared, and of those that are shown."""


@dataclass(frozen=True)
class _Seen:
    """Pictures of a data set: their places in it, what a layer makes of them, and themselves, small."""

    data: Dataset
    places: Tensor
    features: Tensor
    pixels: Tensor
    layer: str
    broken: tuple[str, ...]

    def part(self, rows: Tensor) -> "_Seen":
        """Return some of them."""
        kept = self.places[rows], self.features[rows], self.pixels[rows]
        return _Seen(self.data, *kept, self.layer, ())

    @property
    def labels(self) -> Tensor:
        """Return what they show."""
        return self.data.labels[self.places]


@job
def neighbors(
    network: Network,
    data: Dataset,
    queries: Dataset | Sequence[int] | None = None,
    *,
    layer: str | None = None,
    count: int = 8,
    metric: Metric = "cosine",
    seed: int = 0,
    batch: int = BATCH,
) -> Job[Neighbors]:
    """Find the pictures of a data set nearest to some: by their pixels, and by the features that a layer makes of them.

    `queries` are places in the data set, which do not find themselves, or pictures of their own; a few drawn by chance if not
    given. Pixels are compared as the network sees them, made small (32 a side), by their root mean squared difference;
    features by the angle between them, or by their distance.

    >>> neighbors(network, load("oxford-pets", "test")).save("neighbors.png")
    """
    if metric not in get_args(Metric):
        raise UserError(f"metric is {metric!r}; it takes {' | '.join(get_args(Metric))}")
    if count < 1:
        raise UserError(f"count is {count}; it takes 1 or more")
    own = queries if isinstance(queries, Dataset) else None
    parts = 1 if own is None else 2
    there = yield from _seen(network, data, layer, batch, 0, parts)
    if own is not None:
        asked, without = (yield from _seen(network, own, layer, batch, 1, parts)), None
    else:
        without = _rows(there, None if isinstance(queries, Dataset) else queries, seed)
        asked = there.part(without)
    most = len(there.places) - (without is not None)
    if count > most:
        raise UserError(f"count is {count}; {data.name} has {most} pictures to be found")
    # Of grey values from 0 to 255: as a root mean squared difference of pixels in [0, 1].
    scale = 255 * there.pixels[0].numel() ** 0.5
    rows, far = nearest(asked.pixels.flatten(1), there.pixels.flatten(1), count, without=without)
    by_pixels = _near(network, there, rows, far / scale)
    rows, far = nearest(asked.features, there.features, count, metric=metric, without=without)
    return Neighbors(
        network=network.name,
        method="study.neighbors",
        settings={
            "queries": asked.places.tolist() if own is None else own.name,
            "layer": layer,
            "count": count,
            "metric": metric,
            "seed": seed,
        },
        layer=there.layer,
        data=data.name,
        metric=metric,
        classes=data.classes,
        pictures=_pictures(network, asked.data, asked.places),
        labels=_labels_in(data, asked),
        names=tuple(asked.data.name_of(place) for place in asked.places.tolist()),
        pixels=by_pixels,
        features=_near(network, there, rows, far),
        broken=there.broken if own is None else (*there.broken, *asked.broken),
    )


def _seen(
    network: Network, data: Dataset, layer: str | None, batch: int, part: int, parts: int
) -> Generator[Step, bool | None, _Seen]:
    """Read a data set twice: its features, and then the pixels of those pictures that could be read."""
    first, all_ = 2 * part, 2 * parts
    found, _ = yield from part_of(features.job(network, data, layer=layer, batch=batch), first, all_)
    small, _ = yield from part_of(small_pictures(network, data, found.places, COMPARED, batch), first + 1, all_)
    return _Seen(data, found.places, found.values.flatten(1), small, found.layer, found.broken)


def _rows(there: _Seen, places: Sequence[int] | None, seed: int) -> Tensor:
    """Return the rows of the queries: of the places given, or drawn by chance."""
    if places is None:
        stream = image_streams(seed, 1)[0]
        return torch.randperm(len(there.places), generator=stream)[:DRAWN].sort().values
    rows = {place: row for row, place in enumerate(there.places.tolist())}
    if not places:
        raise UserError("queries is empty; right would be places in the data set, a data set of its own, or None")
    for place in places:
        if not 0 <= place < len(there.data):
            raise UserError(f"queries: {place} is no place in {there.data.name}, which has 0 to {len(there.data) - 1}")
        if place not in rows:
            raise UserError(f"queries: picture {place} of {there.data.name} ({there.data.name_of(place)}) was not read")
    return torch.tensor([rows[place] for place in places])


def _near(network: Network, there: _Seen, rows: Tensor, distances: Tensor) -> Near:
    places = there.places[rows]
    pictures = _pictures(network, there.data, places.flatten())
    return Near(
        places=places,
        distances=distances,
        labels=there.data.labels[places],
        names=tuple(tuple(there.data.name_of(place) for place in row) for row in places.tolist()),
        pictures=pictures.view(*places.shape, *pictures.shape[1:]),
    )


def _pictures(network: Network, data: Dataset, places: Tensor) -> Tensor:
    """Read pictures again, to be shown; one that is asked for often is read once."""
    once = {place: thumbnails(network.frame(data[place]), SHOWN) for place in set(places.tolist())}
    return torch.cat([once[place] for place in places.tolist()])


def _labels_in(data: Dataset, asked: _Seen) -> Tensor:
    """Return what the queries show as places in the data set's own classes, -1 where it has no such class."""
    places = {name: place for place, name in enumerate(data.classes)}
    own = [-1 if label < 0 else places.get(asked.data.classes[label], -1) for label in asked.labels.tolist()]
    return torch.tensor(own)
