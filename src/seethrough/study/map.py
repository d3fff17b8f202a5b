"""A map of a data set: pictures that a layer makes alike lie close to one another."""

import math
from typing import Literal, get_args

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError, require
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.results.features import Features
from seethrough.results.landscape import Landscape
from seethrough.study.features import BATCH, features
from seethrough.study.laid_out import laid_out
from seethrough.study.principal import principal_components
from seethrough.study.thumbnails import small_pictures
from seethrough.study.tsne import tsne

How = Literal["tsne", "pca"]
SIDE = 64
"""Pixels of the longer side of a picture in the grid."""
MOST_SHOWN = 1024
"""Pictures in the grid: the exact assignment takes time with the third power of their number."""
FEWEST = 5
PARTS = 3


@job
def map(
    network: Network,
    data: Dataset,
    *,
    ready: Features | None = None,
    layer: str | None = None,
    how: How = "tsne",
    perplexity: float = 30.0,
    seed: int = 0,
    batch: int = BATCH,
) -> Job[Landscape]:
    """Lay a data set out in the plane by its features: t-SNE, or the first two principal components.

    `perplexity` is about how many neighbours count for a picture; of few pictures at most a third of them. Beside the points
    the pictures themselves stand on a grid, each in a cell of its own near its point; of more than 1024, that many drawn by
    chance. `ready` are features of the data that were read before.

    >>> map(network, load("digits", "test")).save("digits.png")
    """
    if how not in get_args(How):
        raise UserError(f"how is {how!r}; it takes {' | '.join(get_args(How))}")
    if not perplexity >= 1:
        raise UserError(f"perplexity is {perplexity}; it takes a number from 1 up, such as 30")
    if how == "tsne":
        require("openTSNE", "study")  # before minutes are spent on the features
    found = ready
    if found is None:
        found, _ = yield from part_of(features.job(network, data, layer=layer, batch=batch), 0, PARTS)
    elif found.total != len(data) or any(
        data.name_of(place) != name for place, name in zip(found.places.tolist(), found.names, strict=True)
    ):
        raise UserError(f"ready holds features of {found.data}, not of the pictures of {data.name}")
    if len(found) < FEWEST:
        raise UserError(f"data {data.name!r} gives {len(found)} pictures; a map takes {FEWEST} or more")
    rows = found.values.flatten(1)
    rows = rows if rows.dtype == torch.float64 else rows.float()
    if not bool(rows.isfinite().all()):
        raise UserError(f"features of {found.data} hold numbers that are not finite; {found.layer} cannot be mapped")
    points, shares = principal_components(rows, 2)
    perplexity = min(perplexity, (len(found) - 1) / 3)
    if how == "tsne":
        points, _ = yield from part_of(tsne(rows, perplexity, seed), 1, PARTS)
    shown = _shown(len(found), seed)
    pictures, _ = yield from part_of(small_pictures(network, data, found.places[shown], SIDE, batch), 2, PARTS)
    grid = _grid(len(shown), *pictures.shape[-2:])
    return Landscape(
        network=found.network,
        method="study.map",
        settings={"layer": found.layer if ready else layer, "how": how, "perplexity": perplexity, "seed": seed},
        how=how,
        layer=found.layer,
        data=data.name,
        points=points.float(),
        shares=shares if how == "pca" else None,
        places=found.places,
        labels=found.labels,
        classes=found.classes,
        names=found.names,
        shown=shown,
        cells=laid_out(points[shown], *grid),
        grid=grid,
        pictures=pictures,
        broken=found.broken,
    )


def _shown(count: int, seed: int) -> Tensor:
    """Return the rows whose pictures stand in the grid."""
    if count <= MOST_SHOWN:
        return torch.arange(count)
    return torch.randperm(count, generator=image_streams(seed, 1)[0])[:MOST_SHOWN].sort().values


def _grid(count: int, height: int, width: int) -> tuple[int, int]:
    """Return rows and columns for so many pictures, about as high as wide altogether.

    >>> _grid(12, 40, 56)
    (4, 3)
    """
    columns = max(1, round(math.sqrt(count * height / width)))
    return math.ceil(count / columns), columns
