"""Products: how the features of each picture go with those of every other, of which only some are held at a time."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.jobs import Job, Step

HELD = 2**28
"""Bytes of features that are held; where there are more, pictures pass through once for each part of those before them."""
CHUNK = 4096
"""Numbers of a picture whose products are taken at a time."""

Read: TypeAlias = Callable[[range], Mapping[str, Tensor]]
"""From the places of some pictures to what each layer makes of them [b, d]."""


def products(read: Read, count: int, size: int, *, batch: int, least: int) -> Job[dict[str, Tensor]]:
    """Return the inner products [n, n] of all pictures' features at each layer, where those of one picture take `size` bytes.

    Asked to stop, it returns those of the first pictures, of `least` in any case.
    """
    part = max(HELD // size // batch, 1) * batch
    total, done, known, asked = sum(range(count, 0, -part)), 0, 0, False
    found: dict[str, Tensor] = {}
    while known < count and not asked:
        first, held = known, dict[str, list[Tensor]]()
        for some in _batches(first, min(first + part, count), batch):
            for name, rows in read(some).items():
                held.setdefault(name, []).append(rows)
            done, known = done + len(some), some.stop
            asked = bool((yield Step(done, total))) and known >= least
            if asked:
                break
        own = {name: torch.cat(held.pop(name)) for name in list(held)}
        for name, rows in own.items():
            every = found.setdefault(name, torch.zeros(count, count, dtype=torch.float64))
            every[first:known, first:known] = _between(rows, rows)
        for some in () if asked else _batches(known, count, batch):
            for name, rows in read(some).items():
                across = _between(own[name], rows)
                found[name][first:known, some.start : some.stop] = across
                found[name][some.start : some.stop, first:known] = across.T
            done += len(some)
            asked = bool((yield Step(done, total))) and known >= least
            if asked:
                break
        own.clear()  # before others are held
    return {name: every[:known, :known] for name, every in found.items()}


def _batches(first: int, end: int, batch: int) -> Iterator[range]:
    return (range(start, min(start + batch, end)) for start in range(first, end, batch))


def _between(rows: Tensor, others: Tensor) -> Tensor:
    """Return the inner products [n, m] of rows [n, d] and [m, d], in double precision."""
    found = torch.zeros(len(rows), len(others), dtype=torch.float64)
    for some, other in zip(torch.split(rows, CHUNK, dim=1), torch.split(others, CHUNK, dim=1), strict=True):
        found += some.double() @ other.double().T
    return found
