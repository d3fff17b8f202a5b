"""A class dreamt under every pair of two settings."""

from typing import Any, Unpack

import torch
from torch import Tensor

from seethrough.dream.class_ import class_
from seethrough.dream.recipes import CHANGES, START, Changes, said
from seethrough.errors import UserError, unknown
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import ClassLike, Network
from seethrough.results.sweep import Sweep


@job
def sweep(
    network: Network,
    classes: ClassLike,
    *,
    rows: str = "rate=0.01,0.03,0.1",
    columns: str = "steps=50,100,200",
    recipe: str | None = None,
    seed: int = 0,
    **changes: Unpack[Changes],
) -> Job[Sweep]:
    """Dream a class under a grid of two settings of the recipe; all begin alike.

    >>> sweep(network, "goldfish", rows="rate=0.02,0.05", columns="norm=0,0.01").save("sweep.png")
    """
    down, across = _axis("rows", rows), _axis("columns", columns)
    if down[0] == across[0]:
        raise UserError(f"rows and columns are both {down[0]}; a sweep takes two settings")
    for setting in (down[0], across[0]):
        if changes.get(setting) is not None:
            raise UserError(f"{setting} is given, and swept over too; leave one of them")
    start = changes.get("start")
    if isinstance(start, Tensor) and len(start) != 1:
        raise UserError(f"start: {len(start)} photos; a sweep takes one, with which every image begins")
    cells = [(one, other) for one in down[1] for other in across[1]]
    index = network.resolve_class(classes)
    found = []
    for place, (one, other) in enumerate(cells):
        cell: Any = {**changes, down[0]: one, across[0]: other}
        dream, asked = yield from part_of(
            class_.job(network, index, recipe=recipe, seed=seed, **cell), place, len(cells)
        )
        found.append(dream)
        if asked:
            break
    # Cells that were not come to are left blank.
    blank = torch.full_like(found[0].images, torch.nan)
    missing = len(cells) - len(found)
    grid = (len(down[1]), len(across[1]))
    nothing = torch.full((missing,), torch.nan)
    return Sweep(
        network=network.name,
        method="dream.sweep",
        settings={"classes": index, "rows": rows, "columns": columns, "seed": seed, **said(recipe, changes)},
        wish=network.labels.names[index],
        images=torch.cat([dream.images for dream in found] + [blank] * missing),
        rows=(down[0], _said(down[1])),
        columns=(across[0], _said(across[1])),
        reached=torch.cat([dream.reached for dream in found] + [nothing]).view(grid),
        probabilities=torch.cat([_known(dream.probabilities) for dream in found] + [nothing]).view(grid),
    )


def _known(probabilities: Tensor | None) -> Tensor:
    assert probabilities is not None
    return probabilities


def _said(values: list[Any]) -> tuple[str, ...]:
    return tuple(f"{one:g}" if isinstance(one, float) else str(one) for one in values)


def _axis(name: str, text: str) -> tuple[str, list[Any]]:
    """Read a setting and its values: rate=0.01,0.03,0.1."""
    setting, _, listed = text.partition("=")
    setting = setting.strip().replace("-", "_")
    known = {one.name: one for one in (*CHANGES, START)}
    if setting == "size":
        raise UserError(f"{name}: the images of a sweep are all of one size; it takes other settings")
    if setting not in known:
        raise unknown(f"setting in {name}", setting, known)
    kinds: dict[str, type] = {"int": int, "float": float}
    try:
        values = [kinds.get(known[setting].kind, str)(value.strip()) for value in listed.split(",")]
    except ValueError:
        raise UserError(
            f"{name}: {text!r} does not fit; it takes a setting and its values, as in rate=0.01,0.03,0.1"
        ) from None
    return setting, [known[setting].check(value) for value in values]
