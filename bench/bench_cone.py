"""Where occlusion by cone spends its work: what full passes would multiply in each stretch of layers, and what the cone does.

Run: .venv/bin/python bench/bench_cone.py [NET]
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

import torch

from given import BUNDLED, NETWORKS, SIDE, given
from machine import limit_rate
from measure import flop_counter, middle
from seethrough.networks.cone import cone
from seethrough.networks.cone.record import Operation
from seethrough.networks.cone.window import Window
from seethrough.see.occlusion import WINDOWS, tiles

BLOCK, STRIDE, ROUNDS = 32, 8, 5
HEAD = ("layers", "map", "window", "full GFLOP", "cone GFLOP", "share", "seconds", "GFLOP/s")


@dataclass
class Spent:
    """What an operation takes: FLOPs of one whole image; of all places by cone, FLOPs, seconds, and the side of its windows."""

    name: str
    side: int
    full: int
    cone: int = 0
    window: int | None = None
    seconds: list[float] = field(default_factory=list)


class Watch:
    """Goes along with every operation of a cone, first counting, then taking the time."""

    def __init__(self) -> None:
        """Have seen none."""
        self.spent: dict[int, Spent] = {}
        self.held: list[Operation] = []  # so that no other takes the identity of one
        self.timing = False

    def see(self, operation: Operation, work: Callable[[], Any]) -> Any:
        """Do the operation, and note what it took."""
        if self.timing:
            began = time.perf_counter()
            found = work()
            self.spent[id(operation)].seconds[-1] += time.perf_counter() - began
            return found
        with flop_counter() as counter:
            found = work()
        count = int(counter.get_total_flops())
        if id(operation) not in self.spent:
            # The first time it is the whole clean image.
            self.held.append(operation)
            self.spent[id(operation)] = Spent(operation.name, found.shape[-1] if found.ndim == 4 else 1, count)
            return found
        one = self.spent[id(operation)]
        one.cone += count
        if isinstance(found, Window) and found.share < cone.MOST:
            one.window = found.patch.shape[-1]
        return found

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Be there."""
        windowed, run = cone.windowed, cone.run
        try:
            cone.windowed = lambda operation, *rest: self.see(operation, lambda: windowed(operation, *rest))
            cone.run = lambda operation, *rest: self.see(operation, lambda: run(operation, *rest))
            yield
        finally:
            cone.windowed, cone.run = windowed, run


def main() -> None:
    """Count, then time; print a line for each stretch of maps of one size that are all done in windows, or all whole."""
    name = sys.argv[1] if len(sys.argv) > 1 else BUNDLED
    if name not in NETWORKS:
        sys.exit(f"NET is {name!r}; it takes one of {', '.join(NETWORKS)}")
    here = given(name, "cpu", quick=False)
    starts = torch.arange(0, SIDE - BLOCK + 1, STRIDE)
    corners = torch.cartesian_prod(starts, starts)
    passes = tiles(1, len(starts), len(starts), here.network.at_once() * WINDOWS)
    blocks = here.network.mean_colour.view(1, -1, 1, 1).expand(-1, -1, BLOCK, BLOCK)

    def all_places(by: cone.Cone) -> None:
        for _, cell in passes:
            by.scores(blocks.expand(len(cell), -1, -1, -1), *corners[cell].T)

    watch = Watch()
    with watch.watching():
        by = cone.cone_of(here.network, here.coffee())
        if by is None:
            sys.exit(f"{name} cannot be followed step by step: its occlusion takes full passes")
        for one in watch.spent.values():
            one.cone, one.window = 0, None  # what holding it against full passes took
        all_places(by)
        watch.timing, before = True, limit_rate("cpu")
        for _ in range(ROUNDS):
            for one in watch.spent.values():
                one.seconds.append(0.0)
            all_places(by)
    rate = (before + limit_rate("cpu")) / 2
    print(f"{name}: {len(corners)} places of a block of {BLOCK}; matrix products {rate / 1e9:.0f} GFLOP/s")
    print(line(HEAD))
    number, spent = 0, list(watch.spent.values())
    for one, following in reversed(list(pairwise(spent))):
        if one.name == "pad":
            one.side = following.side  # a border belongs to what reads it
    for _, group in groupby(spent, key=lambda one: (one.side, one.window is None)):
        some = list(group)
        print(line(cells(f"{number + 1}-{number + len(some)}", some, len(corners))))
        number += len(some)
    print(line(cells("all", spent, len(corners))))


def cells(called: str, some: list[Spent], places: int) -> tuple[str, ...]:
    """Return the cells of a stretch of layers."""
    full, by_cone = sum(one.full for one in some) * places, sum(one.cone for one in some)
    seconds = sum(middle(one.seconds) for one in some)
    sides, windows = {one.side for one in some}, [one.window for one in some if one.window]
    window = f"{min(windows)}-{max(windows)}" if windows else "whole"
    return (
        called,
        f"{some[0].side}" if len(sides) == 1 else "",
        window if len(sides) == 1 else "",
        f"{full / 1e9:.1f}",
        f"{by_cone / 1e9:.1f}",
        f"{by_cone / full:.0%}" if full else "",
        f"{seconds:.2f}",
        f"{by_cone / seconds / 1e9:.0f}",
    )


def line(cells: tuple[str, ...]) -> str:
    """Return cells under each other's columns."""
    return "".join(cell.rjust(12) for cell in cells)


if __name__ == "__main__":
    main()
