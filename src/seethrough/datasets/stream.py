"""Going through many pictures: read and framed ahead, in threads, while the network works on those before."""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.networks.frame import Frame

READERS = 2
AHEAD = 2
"""How many batches are read ahead; this, not the data set, is what memory grows with."""

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Batch:
    """Framed pictures [b, C, H, W], their places in the data set [b], and the places that could not be read, with why."""

    places: Tensor
    images: Tensor
    broken: tuple[tuple[int, str], ...] = ()

    @property
    def end(self) -> int:
        """Return the place after the last one that is dealt with here: where to begin again after a stop."""
        return 1 + max([int(self.places[-1]), *(place for place, _ in self.broken)])


def stream(data: Dataset, frame: Frame, *, batch: int, first: int = 0) -> Generator[Batch]:
    """Yield the pictures from `first` on as the network sees them, `batch` at a time, in the order of the data set.

    A picture that cannot be read is left out and named in `broken`; the batch is filled up with those after it, so none
    is empty. Where not one can be read, that is an error. Closing the generator ends its threads.

    >>> [len(pictures.images) for pictures in stream(load("digits", "test"), net.frame, batch=128)]
    [128, 128, 104]
    """
    if batch < 1:
        raise UserError(f"batch is {batch}; right would be 1 or more")
    if not 0 <= first <= len(data):
        raise UserError(f"first is {first}; data {data.name!r} has the places 0 to {len(data) - 1}")
    return _from_files(data, frame, batch, first) if data.pixels is None else _from_memory(data, frame, batch, first)


def _from_memory(data: Dataset, frame: Frame, batch: int, first: int) -> Generator[Batch]:
    assert data.pixels is not None
    pixels = data.pixels

    def framed(start: int) -> Batch:
        some = pixels[start : start + batch]
        return Batch(torch.arange(start, start + len(some)), frame(some.float() / 255))

    with closing(_ahead(framed, range(first, len(data), batch), AHEAD)) as batches:
        yield from batches


def _from_files(data: Dataset, frame: Frame, batch: int, first: int) -> Generator[Batch]:
    def framed(place: int) -> tuple[int, Tensor | str]:
        try:
            picture = data[place]
        except UserError as unreadable:
            return place, str(unreadable)
        return place, frame(picture)

    good: dict[int, Tensor] = {}
    broken: list[tuple[int, str]] = []
    with closing(_ahead(framed, range(first, len(data)), AHEAD * batch)) as pictures:
        for place, found in pictures:
            if isinstance(found, str):
                broken.append((place, found))
                continue
            # Only now is it known that no broken ones would be left over, with no picture to go with.
            if len(good) == batch:
                yield _batch(good, broken)
                good, broken = {}, []
            good[place] = found
    if good:
        yield _batch(good, broken)
    elif broken:
        raise UserError(f"none of the {len(broken)} pictures of data {data.name!r} can be read; {broken[0][1]}")


def _batch(good: dict[int, Tensor], broken: list[tuple[int, str]]) -> Batch:
    # A caller inside inference_mode may still want gradients of these.
    with torch.inference_mode(False):
        return Batch(torch.tensor(list(good)), torch.cat(list(good.values())), tuple(broken))


def _ahead(work: Callable[[int], Made], places: range, count: int) -> Generator[Made]:
    """Yield work(place) for each place in order, with up to `count` of them under way in threads."""
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="seethrough-reader")
    under_way: deque[Future[Made]] = deque()
    try:
        for place in places:
            under_way.append(pool.submit(work, place))
            if len(under_way) > count:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
