"""t-SNE of 10,000 rows of 1,280 numbers, with principal components first; and the grid of thumbnails of 1,024 points.

Run: .venv/bin/python bench/bench_study_map.py [ROWS]
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from seethrough.jobs import run
from seethrough.study.laid_out import laid_out
from seethrough.study.principal import principal_components
from seethrough.study.tsne import KEPT, tsne

WIDE, GROUPS = 1280, 50


def rows_in_groups(count: int) -> torch.Tensor:
    """Return rows around as many middles as there are groups, none negative, as features after a ReLU are."""
    stream = torch.Generator().manual_seed(0)
    middles = torch.randn(GROUPS, WIDE, generator=stream)
    of = torch.randint(GROUPS, (count,), generator=stream)
    return (middles[of] + torch.randn(count, WIDE, generator=stream)).clamp_min(0)


def timed(says: str, work: Callable[[], Any]) -> Any:
    """Do some work, and print how long it took, and how long the processor was at it: on a busy machine the two differ."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    print(f"{says:48}{time.perf_counter() - wall:>7.1f} s{time.process_time() - cpu:>9.1f} s of processor", flush=True)
    return found


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = rows_in_groups(count)
    print(f"{count} x {WIDE}, {torch.get_num_threads()} threads")
    timed("principal components alone", lambda: principal_components(rows, KEPT))
    points = timed("t-SNE, these included (to be under 60 s)", lambda: run(tsne(rows, 30, 0)))
    timed("a grid of 1,024 thumbnails", lambda: laid_out(points[:1024], 32, 32))
