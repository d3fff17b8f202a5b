"""Writes the tables of docs/benchmarks.md from results.json, between the two lines that mark their place.

Run: .venv/bin/python bench/write.py [--device cuda]
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cells import Row, cells_of, missed
from jobs.table import GROUPS, JOBS

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
FILES = {"cpu": "results.json", "cuda": "results-gpu.json"}
MARKS = {"cpu": "bench", "cuda": "bench-gpu"}
HEADS = ("Job", "Network", "seethrough", "Beside", "Ratio", "Asked", "MB", "Limit", "What was done, and whether alike")
LEGEND = """\
*Ratio*: the peer's seconds over ours (above 1, seethrough is faster). *Asked*: the ratio we ask of ourselves, with the
bundled network, and of occlusion with others. *MB*: the most memory that ours and the peer's way took above what was held
before. *Limit*: the share of the rate of matrix products, measured right before and after, at which our way went: its FLOPs
over its seconds. *Misread at*: how many photos an attack misled, and their median distance. All but the bundled network have
random weights and serve for time: attacks on them take ten steps, beside which ours looks at the photos, at what it returns
and at what its PNG would be read as."""


def write(device: str) -> None:
    """Write the tables; where there are no marks, say so and leave the page as it is."""
    begin, end = (f"<!-- {MARKS[device]}:{side} -->" for side in ("begin", "end"))
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if begin not in page or end not in page:
        print(f"{PAGE.name} is left as it is: it has no lines {begin} and {end}")
        return
    results = json.loads((HERE / FILES[device]).read_text(encoding="utf-8"))
    head, _, rest = page.partition(begin)
    _, _, tail = rest.partition(end)
    PAGE.write_text(f"{head}{begin}\n\n{tables(results)}\n\n{end}{tail}", encoding="utf-8")
    print(f"{PAGE.name} has {len(results['rows'])} rows of {FILES[device]}")


def tables(results: Mapping[str, Any]) -> str:
    """Return the whole text: the machine, the legend, one table a group, and what is not as asked."""
    machine, rows = results["machine"], list(results["rows"].values())
    rates = ", ".join(f"{kind} {rate / 1e9:,.0f} GFLOP/s" for kind, rate in machine["rates"].items())
    dates = sorted({row["date"] for row in rows if "date" in row})
    when = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""
    parts = [f"{machine['in words']}; matrix products of {machine['side']} a side: {rates}; {when}.", LEGEND]
    for group in GROUPS:
        of_group = [row for row in rows if JOBS[row["job"]].group == group]
        if of_group:
            parts.append(f"### {group}\n\n" + "\n".join(_table(of_group, machine["in words"])))
    said = [line for row in rows for line in missed(row)]
    parts.append(
        "\n".join(["Not as asked:\n", *(f"- {line}" for line in said)]) if said else "All ratios asked for are reached."
    )
    if others := {row["on"] for row in rows if "on" in row} - {machine["in words"]}:
        parts.append(f"Rows with a * are from another machine: {'; '.join(sorted(others))}.")
    return "\n\n".join(parts)


def _table(rows: Iterable[Row], machine: str) -> Iterator[str]:
    yield f"| {' | '.join(HEADS)} |"
    yield "|---|---|--:|---|--:|--:|--:|--:|---|"
    for row in rows:
        for number, cells in enumerate(cells_of(row)):
            other = "*" if number == 0 and row.get("on", machine) != machine else ""
            job, *rest = (cell.replace("MISSED", "**missed**").replace("|", "/") for cell in cells)
            yield f"| {' | '.join([job + other, *rest])} |"


def main() -> None:
    """Write them."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--device", default="cpu", choices=FILES)
    write(words.parse_args().device)


if __name__ == "__main__":
    main()
