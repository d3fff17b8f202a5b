"""The bench: product and peers side by side, job by job and network by network, each pair in a fresh process.

Run: .venv/bin/python bench/run.py [JOB ...] [--net NET ...] [--device cuda] [--quick] [--out DIR]

A job may be named by its beginning: forward, dream, deepfool. What is measured is merged into results.json (on CUDA
results-gpu.json) beside this file, pair by pair, and from there written into docs/benchmarks.md; with --out the
results go to that folder, and no document is written. --quick goes through everything once with tiny sizes, into a
temporary folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cells import COLUMNS, cells_of, disturbed, missed, screen_line
from jobs.table import ALL, JOBS, chosen
from write import FILES, write

HERE = Path(__file__).resolve().parent
LONGEST = 3600
"""Seconds after which a pair is given up."""


def main() -> int:
    """Measure what is asked for; return 1 where a pair failed."""
    asked = _asked()
    # What is measured on the CPU must not find a CUDA device: some peers take what there is.
    environment = os.environ | ({"CUDA_VISIBLE_DEVICES": ""} if asked.device == "cpu" else {})
    machine = json.loads(_run(["machine.py", "--device", asked.device], environment))
    if machine is None:
        print("skipped: no CUDA device")
        return 0
    out = _folder(asked)
    path = out / FILES[asked.device]
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": {}}
    rates = ", ".join(f"{kind} {rate / 1e9:,.0f} GFLOP/s" for kind, rate in machine["rates"].items())
    print(f"{machine['in words']}; products of matrices of {machine['side']}: {rates}")
    print(screen_line(COLUMNS), flush=True)
    began, said, busy = time.monotonic(), list[str](), list[str]()
    for job, network in asked.pairs:
        row = _measured(job, network, asked, environment)
        results["machine"] = machine
        results["rows"][f"{job} {network}"] = row
        _keep(path, _in_order(results))
        for cells in cells_of(row):
            print(screen_line(cells), flush=True)
        said += missed(row)
        busy += disturbed(row)
    print(f"\n{len(asked.pairs)} pairs in {(time.monotonic() - began) / 60:.0f} minutes; kept in {path}")
    if asked.quick:
        print("sizes are tiny: that all pairs run is all that this shows")
    else:
        print("\n".join(["not as asked:", *said] if said else ["all ratios asked for were reached"]))
    if busy and not asked.quick:
        print("\n".join(["other processes were at work meanwhile, better measured again:", *busy]))
    if asked.out is None and not asked.quick:
        write(asked.device)
    return int(any("failure" in results["rows"][f"{job} {network}"] for job, network in asked.pairs))


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(JOBS))
    words.add_argument("--net", nargs="+", default=[], choices=ALL, metavar="NET", help=", ".join(ALL))
    words.add_argument("--device", default="cpu", choices=FILES)
    words.add_argument("--quick", action="store_true")
    words.add_argument("--out", type=Path)
    asked = words.parse_args()
    try:
        asked.pairs = chosen(asked.jobs, asked.net)
    except ValueError as mistake:
        words.error(str(mistake))
    if not asked.pairs:
        words.error(f"none of these jobs is measured with {', '.join(asked.net)}")
    return asked


def _folder(asked: argparse.Namespace) -> Path:
    if asked.out is None:
        return Path(tempfile.mkdtemp(prefix="seethrough-bench-")) if asked.quick else HERE
    asked.out.mkdir(parents=True, exist_ok=True)
    return Path(asked.out)


def _measured(job: str, network: str, asked: argparse.Namespace, environment: dict[str, str]) -> dict[str, Any]:
    """Measure a pair in a process of its own; where that fails, return the row that says so in one line."""
    words = ["pair.py", job, network, "--device", asked.device, *(["--quick"] if asked.quick else [])]
    try:
        row: dict[str, Any] = json.loads(_run(words, environment))
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.strip().splitlines()[-1:] if failed.returncode > 0 else []
        row = _failure(job, network, said[0] if said else f"it ended with exit code {failed.returncode}")
    except subprocess.TimeoutExpired:
        row = _failure(job, network, f"it took longer than {LONGEST} s")
    return row


def _failure(job: str, network: str, why: str) -> dict[str, Any]:
    return {"job": job, "network": network, "failure": " ".join(why.split())}


def _run(words: list[str], environment: dict[str, str]) -> str:
    """Run a script of this folder, and return the last line that it prints."""
    done = subprocess.run(
        [sys.executable, str(HERE / words[0]), *words[1:]],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    return done.stdout.strip().splitlines()[-1]


def _in_order(results: dict[str, Any]) -> dict[str, Any]:
    """Put the rows in the order of the table of jobs."""
    order = [f"{job} {network}" for job, network in chosen([], [])]
    return results | {"rows": {key: results["rows"][key] for key in order if key in results["rows"]}}


def _keep(path: Path, results: dict[str, Any]) -> None:
    """Write the results so that they are whole at any time."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
