"""Working through many variations of each image in passes of bounded size."""

import torch
from torch import Tensor

# Enough to keep a CPU's cores busy. More takes memory, and time too once single maps outgrow what the allocator keeps (32 MB).
BATCH = 5


def image_streams(seed: int, count: int, first: int = 0) -> list[torch.Generator]:
    """Return a random stream for each image, from the seed and its place: the same alone and in a batch.

    A batch that is part of a larger one says at which place it begins.
    """
    # Seeds of neighbours must not be neighbours: the first numbers of such streams are alike.
    places = range(first, first + count)
    return [torch.Generator().manual_seed((seed * 1_000_003 + place) * 2_654_435_761 % 2**63) for place in places]


def passes(images: int, each: int, batch: int) -> list[Tensor]:
    """Return which image every picture of every pass varies: `each` variations of all images, `batch` at a time.

    >>> [rows.tolist() for rows in passes(2, 3, 4)]
    [[0, 1, 0, 1], [0, 1]]
    """
    rows = torch.arange(images).repeat(each)
    return list(torch.split(rows, max(batch, 1)))
