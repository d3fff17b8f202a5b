"""One job with one network, in a process of its own: product and peers interleaved; JSON on the last line.

Run: .venv/bin/python bench/pair.py JOB NET [--device cuda] [--quick]
"""

import argparse
import json
import sys
import time
import warnings
from datetime import date
from typing import Any

from given import NETWORKS, Given, given
from jobs.shape import OURS, Pair
from jobs.table import JOBS
from machine import REPEATS, SIDES, described, limit_rate
from measure import Others, Run, Way, flops, interleaved, middle, rounds_for, watched

LONG = 5.0
"""Seconds from which on a first run serves for memory too: what is set up once is small beside it."""


def measured(pair: Pair, given: Given, quick: bool) -> dict[str, Any]:
    """Measure all ways of a job, and return the row that is kept of it."""
    first = {name: _watched(way, given) for name, way in pair.ways.items()}
    rounds = 1 if quick else rounds_for(sum(run.seconds for run in first.values()))
    products = 1 if quick else REPEATS
    before, others = limit_rate(given.device, products), Others()
    seconds = interleaved(pair.ways, given.device, rounds, given.tidy)
    busy, after = others.cores(), limit_rate(given.device, products)
    memory = {name: run.memory for name, run in first.items()}
    for name, run in first.items():
        if name in pair.memory:
            memory[name] = pair.memory[name]()
        elif run.seconds < LONG and not quick:
            memory[name] = _watched(pair.ways[name], given).memory
    check = pair.check({name: run.returned for name, run in first.items()})
    ours = middle(seconds[OURS])
    row: dict[str, Any] = {
        "amount": pair.amount,
        "rounds": rounds,
        "ways": {
            name: {
                "seconds": middle(taken),
                "ratio": middle(taken) / ours,
                "asked": pair.asked.get(name),
                "memory": memory[name],
                "setting": pair.settings.get(name),
                "came to": check.others.get(name),
                "runs": taken,
            }
            for name, taken in seconds.items()
        },
        "check": check.says,
        "alike": check.fine,
        "rates": [before, after],
        "others": busy,
    }
    if pair.counted:
        row["flops"] = flops(pair.ways[OURS])
        row["share"] = row["flops"] / ours / ((before + after) / 2)
    return row


def _watched(way: Way, given: Given) -> Run:
    run = watched(way, given.device)
    given.tidy()
    return run


def main() -> None:
    """Measure one."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("job", choices=JOBS)
    words.add_argument("network", choices=NETWORKS)
    words.add_argument("--device", default="cpu", choices=SIDES)
    words.add_argument("--quick", action="store_true")
    asked = words.parse_args()
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    here = given(asked.network, asked.device, asked.quick)
    row = measured(JOBS[asked.job].function()(here), here, asked.quick)
    said = {"job": asked.job, "network": asked.network, **row, "on": described(asked.device)["in words"]}
    said |= {"date": date.today().isoformat(), "took": time.perf_counter() - began}
    sys.stdout.flush()
    print("\n" + json.dumps(said))


if __name__ == "__main__":
    main()
