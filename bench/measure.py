"""Measuring ways of doing one job: seconds, interleaved; peak memory; FLOPs; which of several settings is quickest."""

import ctypes
import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

from machine import settle

MB = 1024 * 1024
LEAST, MOST, ENOUGH = 5, 15, 10.0
"""How many rounds at least and at most, and after how many seconds those above the least end."""
SHORT = 2.0
"""Seconds up to which a way is run twice to see how quick it is."""

Way = Callable[[], Any]
Setting = TypeVar("Setting")


@dataclass(frozen=True)
class Run:
    """One run of a way: what it returned, its seconds, and the memory above what was held before, in MB where known."""

    returned: Any
    seconds: float
    memory: float | None


def timed(way: Way, device: str) -> tuple[Any, float]:
    """Run a way once; return what it returned, and its seconds."""
    settle(device)
    began = time.perf_counter()
    returned = way()
    settle(device)
    return returned, time.perf_counter() - began


def interleaved(ways: Mapping[str, Way], device: str, rounds: int, tidy: Callable[[], None]) -> dict[str, list[float]]:
    """Run each way in turn, so many times, there and back; return its seconds. `tidy` is called after each, untimed."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        # There and back: no way always comes after the same other one.
        for name in list(ways) if number % 2 == 0 else reversed(list(ways)):
            seconds[name].append(timed(ways[name], device)[1])
            tidy()
    return seconds


class Others:
    """How many cores other processes kept busy while this one was at work (None where the system does not tell)."""

    def __init__(self) -> None:
        """Begin to watch."""
        self.began, self.before = time.perf_counter(), self._seconds()

    def cores(self) -> float | None:
        """Return how many, on average, since then."""
        now = self._seconds()
        if now is None or self.before is None:
            return None
        return max(now - self.before, 0.0) / (time.perf_counter() - self.began)

    def _seconds(self) -> float | None:
        """Return the seconds all processors were busy, or with other machines' work, less those of this process."""
        try:
            words = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()
        except OSError:
            return None
        user, nice, system, _, _, hard, soft, stolen = (int(word) for word in words[1:9])
        own = os.times()
        ours = own.user + own.system + own.children_user + own.children_system
        return (user + nice + system + hard + soft + stolen) / os.sysconf("SC_CLK_TCK") - ours


def rounds_for(seconds: float) -> int:
    """Return how many rounds to take of which one takes so many seconds."""
    return max(LEAST, min(MOST, int(ENOUGH / max(seconds, 1e-9))))


def quickest(ways: Mapping[Setting, Way], device: str) -> Setting:
    """Return the setting that takes least: after one run to warm up, one run each; of short ones the better of two."""
    timed(next(iter(ways.values())), device)
    taken: dict[Setting, float] = {}
    for setting, way in ways.items():
        first = timed(way, device)[1]
        taken[setting] = min(first, timed(way, device)[1]) if first < SHORT else first
    return min(taken, key=taken.__getitem__)


def watched(way: Way, device: str) -> Run:
    """Run a way once, and look how much memory it took above what was held before."""
    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        returned, seconds = timed(way, device)
        return Run(returned, seconds, (torch.cuda.max_memory_allocated() - before) / MB)
    forgotten = _forget_peak()
    held, code = status("VmRSS"), status("RssFile")
    returned, seconds = timed(way, device)
    # Code that is read in from the libraries meanwhile is no memory of the way's.
    taken = status("VmHWM") - held - max(status("RssFile") - code, 0.0)
    return Run(returned, seconds, max(taken, 0.0) if forgotten else None)


def status(line: str) -> float:
    """Return what this process holds (VmRSS; of it files: RssFile), or the most it held (VmHWM), in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(found.split()[1]) / 1024 for found in lines if found.startswith(line))


def flops(way: Way) -> int:
    """Count the FLOPs of the convolutions and matrix products of a way."""
    with flop_counter() as counter:
        way()
    return int(counter.get_total_flops())


def flop_counter() -> FlopCounterMode:
    """Return what counts them while it is active."""
    fused = (
        {torch.ops.mkldnn._convolution_pointwise: _fused_convolution} if torch.backends.mkldnn.is_available() else {}
    )
    counter = FlopCounterMode(display=False, custom_mapping=fused)
    # Its own tracker looks at the tensors that go into each module, and so keeps operations from being done as one.
    counter.mod_tracker = _Together()
    return counter


class _Together:
    """In place of a tracker of modules: all counts as one."""

    parents = frozenset({"Global"})

    def __enter__(self) -> None:
        """Track nothing."""

    def __exit__(self, *_: object) -> None:
        """Have nothing to undo."""


def middle(seconds: list[float]) -> float:
    """Return the median."""
    return statistics.median(seconds)


def _fused_convolution(x: Any, weight: Any, *_: Any, out_shape: Any = None, **__: Any) -> int:
    """Count a convolution with what comes after it as the convolution."""
    return conv_flop_count(x, weight, out_shape)


def _forget_peak() -> bool:
    """Give freed memory back, and let the peak of this process begin anew; tell whether the system allows it."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except (OSError, AttributeError):
        return False
    return True
