"""A row of results as the cells of a table, on paper and on the screen."""

from collections.abc import Mapping
from typing import Any

COLUMNS = ("job", "network", "ours", "beside", "ratio", "asked", "MB", "limit", "what was done, and whether alike")
WIDTHS = (21, 14, 8, 38, 6, 12, 12, 6, 0)
"""On the screen."""
OTHERS = 0.2
"""How many cores' work of others, on average, disturbs a measurement."""

Row = Mapping[str, Any]


def cells_of(row: Row) -> list[tuple[str, ...]]:
    """Return a line of cells for each peer; what is the same for all stands in the first."""
    begin = (row["job"].replace("_", " "), row["network"])
    if "failure" in row:
        return [(*begin, "failed", "", "", "", "", "", row["failure"])]
    ways = list(row["ways"].items())
    ours = ways[0][1]
    lines = []
    for number, (name, way) in enumerate(ways[1:]):
        first = number == 0
        note = f", {way['setting']}" if way["setting"] else ""
        done = [row["amount"], ("" if row["alike"] else "NOT AS ASKED: ") + row["check"]] if first else []
        done += [f"beside {way['came to']}"] if way["came to"] else []
        lines.append(
            (
                *(begin if first else ("", "")),
                said_seconds(ours["seconds"]) if first else "",
                name + note,
                f"{way['ratio']:.2f}",
                "" if way["asked"] is None else f"{way['asked']:.2g}" + (" MISSED" if short(way) else ""),
                f"{said_memory(ours['memory'])} / {said_memory(way['memory'])}",
                (f"{row['share']:.0%}" if "share" in row else "-") if first else "",
                "; ".join(done),
            )
        )
    return lines


def short(way: Mapping[str, Any]) -> bool:
    """Tell whether a way misses the ratio asked for, as it is shown."""
    return way["asked"] is not None and round(way["ratio"], 2) < round(way["asked"], 2)


def missed(row: Row) -> list[str]:
    """Say what of a row is not as asked."""
    called = f"{row['job']} {row['network']}"
    if "failure" in row:
        return [f"{called}: failed: {row['failure']}"]
    ratios = [
        f"{called}: {name} / seethrough is {way['ratio']:.2f}, asked {way['asked']:.2f}"
        for name, way in row["ways"].items()
        if short(way)
    ]
    return ratios if row["alike"] else [*ratios, f"{called}: {row['check']}"]


def disturbed(row: Row) -> list[str]:
    """Say of a row how busy others kept the machine meanwhile, if they did: then it is better measured again."""
    others = row.get("others") or 0.0
    return [f"{row['job']} {row['network']}: {others:.1f} cores"] if others > OTHERS else []


def screen_line(cells: tuple[str, ...]) -> str:
    """Return cells under each other's columns."""
    return " ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def said_seconds(seconds: float) -> str:
    """Say a time.

    >>> said_seconds(0.01234), said_seconds(12.345)
    ('12.3 ms', '12.3 s')
    """
    value, unit = (seconds * 1000, "ms") if seconds < 0.1 else (seconds, "s")
    return f"{value:#.3g}".rstrip(".") + f" {unit}"


def said_memory(memory: float | None) -> str:
    """Say a memory in MB, or that it is not known."""
    return "-" if memory is None else f"{memory:.0f}"
