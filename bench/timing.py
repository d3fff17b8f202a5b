"""Measuring two ways of doing one job side by side: interleaved in one process, medians, a ratio."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def side_by_side(ways: Mapping[str, Callable[[], Any]], repeats: int = 7) -> dict[str, float]:
    """Run each way in turn, `repeats` times, and return its median seconds (after one run of each to warm up)."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found) for name, found in seconds.items()}
