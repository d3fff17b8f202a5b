"""Compare: many methods' maps of the same photos in one sheet, and how well each finds what the network goes by."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import WHOLE, Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.results.comparison import Comparison
from seethrough.results.curves import Curves
from seethrough.results.heatmap import Heatmap
from seethrough.see.deletion_insertion import deletion_insertion
from seethrough.see.fill import Fill
from seethrough.see.goal import goal
from seethrough.see.inner_job import as_job, inner_job
from seethrough.see.table import QUICK, TABLE
from seethrough.tables import Method


@job
def compare(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    methods: str | Sequence[str] = QUICK,
    steps: int = 16,
    deleted: Fill = "zero",
    inserted: Fill = "blur",
    batch: int | None = None,
) -> Job[Comparison]:
    """Lay many methods' maps of each photo side by side, each with its areas under the deletion and the insertion curve.

    `methods` are names of this table's rows, in any spelling, separated by commas. They run with settings that take seconds:
    fewer samples, a larger stride. One that the network refuses is left out, and the result says so. The areas are those of
    `deletion_insertion` with so many `steps`. Asked to stop, it returns the methods done, at least the first.

    >>> compare(network, pixels, "tiger cat", methods="grad-cam, occlusion").save("cat-compared.png")
    """
    batch = network.at_once(batch)
    rows = _rows(methods)
    images = network.checked(images)
    chosen = goal(network, images, classes).classes
    maps: list[Heatmap] = []
    curves: list[Curves] = []
    left_out: list[str] = []
    for number, row in enumerate(rows):
        settings = _quick(row, images, batch)
        try:
            work = as_job(row.load(), network, images, chosen, **settings)
            heatmap, stop = yield from inner_job(work, 2 * number, 2 * len(rows))
        except UserError as refusal:
            left_out.append(f"{row.name}: {refusal}")
            continue
        if stop and maps:
            break
        options: dict[str, Any] = {"steps": steps, "deleted": deleted, "inserted": inserted, "batch": batch}
        work = deletion_insertion.job(network, images, heatmap, **options)
        measured, asked = yield from inner_job(work, 2 * number + 1, 2 * len(rows))
        if asked and maps:
            break
        maps.append(heatmap)
        curves.append(measured)
        if stop or asked or (yield Step(WHOLE * (number + 1) // len(rows), WHOLE)):
            break
    if not maps:
        raise UserError(f"methods: {network.name} refuses all that were asked for: {'; '.join(left_out)}")
    return Comparison(
        network=network.name,
        method="see.compare",
        settings={
            "methods": ",".join(row.command for row in rows),
            "steps": steps,
            "deleted": deleted,
            "inserted": inserted,
            "classes": chosen.tolist() if chosen is not None else None,
        },
        maps=tuple(maps),
        deletion=torch.stack([one.deletion_area for one in curves]),
        insertion=torch.stack([one.insertion_area for one in curves]),
        left_out=tuple(left_out),
    )


def _rows(methods: str | Sequence[str]) -> list[Method]:
    """Return the rows of the methods named, each once."""
    names = methods.split(",") if isinstance(methods, str) else methods
    rows = list({TABLE[name.strip()].name: TABLE[name.strip()] for name in names if name.strip()}.values())
    if not rows:
        raise UserError(f"methods is {methods!r}; it takes names of methods separated by commas, such as grad-cam,rise")
    for row in rows:
        if row.makes != "Heatmap" or "class" not in row.needs:
            raise UserError(f"methods: {row.command} makes no map of a class, so it cannot be compared with others")
    return rows


def _quick(row: Method, images: Tensor, batch: int) -> dict[str, Any]:
    """Return settings for a method that take seconds where its own would take minutes."""
    block = max(min(images.shape[-2:]) // 6, 1)
    known = {setting.name for setting in row.settings}
    quick: dict[str, dict[str, int]] = {
        "smooth_grad": {"samples": 16},
        "integrated_gradients": {"steps": 16},
        "occlusion": {"block": block, "stride": max(block // 2, 1)},
        "rise": {"masks": 250},
    }
    return quick.get(row.name, {}) | ({"batch": batch} if "batch" in known else {})
