"""How a network is quickest on this machine: how many images a pass, in which order in memory; measured once, remembered."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from seethrough.errors import UserError
from seethrough.files import replacing
from seethrough.networks.streams import BATCH

if TYPE_CHECKING:
    from seethrough.networks.network import Network

SIZES = {"cpu": (5, 2, 8, 16), "cuda": (64, 16, 256)}
"""Images a pass that are tried, by kind of device; the first is the usual one."""
BETTER = 1.1
"""How many times as quick as the usual way another has to be: less may be chance."""
SLOW = 1.0
"""Seconds a usual pass from which on nothing else is tried: it would take long, and there is little to win."""
ROUNDS = 5


@dataclass(frozen=True)
class Tuned:
    """Images a pass, whether their channels lie last, and the images a second of each way, as they were measured."""

    at_once: int
    channels_last: bool
    rates: tuple[tuple[str, float], ...] = ()


def tuned(network: "Network", *, anew: bool = False) -> Tuned:
    """Return what is remembered of the network on this machine; where nothing is, or `anew`, it is measured first.

    SEETHROUGH_BATCH says how many images a pass instead, and nothing is measured.
    """
    if told := os.environ.get("SEETHROUGH_BATCH"):
        if not told.isdecimal() or int(told) < 1:
            raise UserError(f"SEETHROUGH_BATCH is {told!r}; it takes a whole number of 1 or more")
        return Tuned(int(told), network.layout == torch.channels_last)
    key, kept = _key(network), _remembered()
    if key not in kept or anew:
        kept[key] = measure(network)
        _remember(kept)
    return kept[key]


def measure(network: "Network") -> Tuned:
    """Try the ways in turn, several times over, by the gradient of a class; the usual one stays unless one is clearly better.

    >>> measure(load("mnist-cnn")).at_once in (2, 5, 8, 16)
    True
    """
    layout = network.layout
    last = layout == torch.channels_last
    sizes = SIZES.get(network.device.type, (BATCH,))
    if min(_seconds(network, sizes[0], layout) for _ in range(2)) > SLOW:
        return Tuned(sizes[0], last)
    ways = [(size, layout) for size in sizes]
    rates = _rates(network, ways)
    size = sizes[_best([rates[way] for way in ways])]
    if network.bears(torch.channels_last):
        other = torch.contiguous_format if last else torch.channels_last
        again = _rates(network, [(size, layout), (size, other)])
        last = last if _best([again[size, layout], again[size, other]]) == 0 else not last
        rates[size, other] = again[size, other]
    return Tuned(
        size, last, tuple((named(size, layout == torch.channels_last), rate) for (size, layout), rate in rates.items())
    )


def others(network: "Network", *, compiled: bool = False) -> Iterator[tuple[str, float]]:
    """Go through ways that are only taken when asked for, and the images a second of each: threads, bfloat16, torch.compile."""
    size = network.at_once()
    threads = torch.get_num_threads()
    try:
        for count in range(1, threads + 1):
            torch.set_num_threads(count)
            yield f"{count} thread{'s' if count > 1 else ''}", _rate(network, size)
    finally:
        torch.set_num_threads(threads)
    with network.as_told("bfloat16", False):
        yield "--bfloat16", _rate(network, size)
    if compiled:
        with network.as_told(network.precision, True):
            yield "--compile", _rate(network, size)


def _rate(network: "Network", size: int) -> float:
    """Return the images a second of a pass, at the best of several after a first one."""
    _seconds(network, size, network.layout)
    return size / min(_seconds(network, size, network.layout) for _ in range(ROUNDS))


def _rates(
    network: "Network", ways: Sequence[tuple[int, torch.memory_format]]
) -> dict[tuple[int, torch.memory_format], float]:
    """Return the images a second of each way, at its best round; none where memory did not suffice."""
    best = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for size, layout in ways:
            try:
                best[size, layout] = max(best[size, layout], size / _seconds(network, size, layout))
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
    return best


def _seconds(network: "Network", size: int, layout: torch.memory_format) -> float:
    """Return how long the gradients of so many images take."""
    images = torch.full((size, network.channels, *network.size), 0.5, device=network.device)
    classes = torch.zeros(size, dtype=torch.long, device=network.device)
    with network.laid_out(layout):
        began = time.perf_counter()
        network.score_gradient(images, classes)
        if network.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began


def _best(rates: Sequence[float]) -> int:
    """Return which rate is best; the first, unless another is clearly better."""
    found = max(range(len(rates)), key=lambda place: rates[place])
    return found if rates[found] > BETTER * rates[0] else 0


def named(size: int, channels_last: bool) -> str:
    """Return what a way is called."""
    return f"{size} images a pass, channels {'last' if channels_last else 'first'}"


def _key(network: "Network") -> str:
    """Name the network, as far as its speed goes, and the machine."""
    parts = [
        (type(part).__name__, [tuple(one.shape) for one in part.parameters(recurse=False)])
        for part in network.module.modules()
    ]
    device = torch.cuda.get_device_name(network.device) if network.device.type == "cuda" else platform.processor()
    about = (parts, network.size, str(network.dtype), device, torch.get_num_threads(), torch.__version__)
    return f"{network.name} {hashlib.sha256(repr(about).encode()).hexdigest()[:16]}"


def place() -> Path:
    """Return the file of what is remembered."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seethrough" / "tuned.json"


def _remembered() -> dict[str, Tuned]:
    """Read what is remembered; a file that is not ours, or damaged, is as good as none."""
    try:
        listed = json.loads(place().read_text(encoding="utf-8"))
        return {
            str(key): Tuned(
                int(one["at_once"]),
                bool(one["channels_last"]),
                tuple((str(way), float(rate)) for way, rate in one["rates"]),
            )
            for key, one in listed.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _remember(kept: dict[str, Tuned]) -> None:
    """Write it down, where the home can be written to."""
    listed = {
        key: {"at_once": one.at_once, "channels_last": one.channels_last, "rates": one.rates}
        for key, one in kept.items()
    }
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
        with replacing(place()) as file:
            file.write_text(json.dumps(listed, indent=1), encoding="utf-8")
    except (OSError, UserError):
        return
