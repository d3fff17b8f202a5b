"""Robust accuracy: how many photos are still read rightly, the farther each attack may go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import torch
from torch import Tensor

from seethrough.ascent.canvas import Norm
from seethrough.errors import UserError
from seethrough.fool.case import said_of
from seethrough.fool.radius import number
from seethrough.fool.table import TABLE
from seethrough.fool.truths import Known, known_classes
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling
from seethrough.results.robust_curve import RobustCurve
from seethrough.see.inner_job import as_job
from seethrough.tables import Method

HAIR = 1e-5
"""By which share an attack may exceed its distance: what rounding does to it."""
MANY = 0.1
"""The share of the photos that one step must mislead, and many steps not, before masked gradients are suspected."""


@dataclass
class _Log:
    """How an attack stands: the smallest distance [B] that misled each photo so far, infinite for none."""

    row: Method
    least: Tensor
    come_to: int = 0
    gradients: int = 0


@job
def curve(
    network: Network,
    images: Tensor,
    classes: Known = None,
    *,
    attacks: str | Sequence[str] = "fgsm,pgd",
    eps: str | Sequence[float | str] = "0,1/255,2/255,4/255,8/255",
    norm: str = "linf",
    steps: int | None = None,
    seed: int = 0,
    batch: int | None = None,
) -> Job[RobustCurve]:
    """Attack photos from ever farther away, and count those that are still read as what they show.

    `classes` are what the photos show; where that is not known (None), what the network takes them for. A photo misread at one
    distance is misread at every larger one, so only the others are attacked again: a curve never rises. An attack that looks
    for the nearest misread image runs once, and its curve is read off its distances in the norm. `steps` are for the attacks
    that take them. Asked to stop, it returns the cells done.

    >>> curve(network, pixels, attacks="fgsm,pgd,ddn").save("curve.png")
    """
    batch = network.at_once(batch)
    rows, (distances, words) = _rows(attacks, steps, norm), _distances(eps)
    images = network.checked(images).detach()
    with torch.inference_mode(False), torch.no_grad():
        read = said_of(network, images, batch).argmax(1).cpu()
    known = known_classes(network, classes, len(images))
    true = torch.tensor([own if one is None else one for one, own in zip(known, read.tolist(), strict=True)])
    begun = torch.where(read == true, torch.inf, 0.0).double()
    logs = [_Log(row, begun.clone()) for row in rows]
    cells = [
        (log, column, limit)
        for log in logs
        for column, limit in (enumerate(words[1:], 1) if _bounded(log.row) else [(len(words) - 1, "")])
    ]
    for place, (log, column, limit) in enumerate(cells):
        open_ = log.least.isinf().nonzero()[:, 0]
        asked = False
        if len(open_):
            asking: dict[str, Any] = {"eps": limit, "norm": norm, "steps": steps, "seed": seed, "batch": batch}
            taken = {one.name for one in log.row.settings}
            given = {name: value for name, value in asking.items() if name in taken and value not in ("", None)}
            work = as_job(log.row.load(), network, images[open_], true[open_], **given)
            found, asked = yield from part_of(work, place, len(cells))
            log.gradients += int(found.gradients.sum())
            if not asked:
                log.least[open_] = _reached(found, log.row, norm, float(distances[column]))
            del work, found  # the next attack needs the room
        if asked:
            break
        log.come_to = column
    return RobustCurve(
        network=network.name,
        method="fool.curve",
        settings={
            "classes": true.tolist(),
            "attacks": ",".join(row.command for row in rows),
            "eps": ",".join(words),
            "norm": norm,
            "steps": steps,
            "seed": seed,
        },
        attacks=tuple(row.command for row in rows),
        norm=norm,
        eps=distances,
        words=words,
        robust=torch.stack([_shares(log, distances) for log in logs]),
        least=torch.stack([_least(log, len(words)) for log in logs]),
        gradients=torch.tensor([log.gradients for log in logs]),
        own_reading=known.count(None),
        masking=_masking(logs, distances, words),
    )


def _rows(attacks: str | Sequence[str], steps: int | None, norm: str) -> list[Method]:
    """Return the rows of the attacks named, each once."""
    names = attacks.split(",") if isinstance(attacks, str) else attacks
    rows = list({TABLE[name.strip()].name: TABLE[name.strip()] for name in names if name.strip()}.values())
    if not rows:
        raise UserError(f"attacks is {attacks!r}; it takes names of attacks with commas between them, such as fgsm,pgd")
    if norm not in get_args(Norm):
        raise UserError(f"norm is {norm!r}; it takes {' | '.join(get_args(Norm))}")
    for row in rows:
        settings = {setting.name: setting for setting in row.settings}
        if row.makes != "Fooling" or not {"photos", "goal"} <= set(row.needs):
            raise UserError(f"attacks: {row.command} does not lead photos away from what they show")
        if "norm" in settings:
            settings["norm"].check(norm)
        elif "eps" in settings and norm != "linf":
            raise UserError(f"attacks: {row.command} keeps to linf alone, not to {norm}; leave it out")
        if "steps" in settings and steps is not None:
            settings["steps"].check(steps)
    return rows


def _bounded(row: Method) -> bool:
    """Tell whether an attack goes so far and no farther; the others look for the nearest misread image."""
    return any(setting.name == "eps" for setting in row.settings)


def _distances(eps: str | Sequence[float | str]) -> tuple[Tensor, tuple[str, ...]]:
    """Return the distances from 0 up, each once, and the words in which each was said."""
    said = [part.strip() for part in eps.split(",")] if isinstance(eps, str) else list(eps)
    words = {number(one, "eps"): one if isinstance(one, str) else f"{one:.6g}" for one in said}
    by_size = dict(sorted({**words, 0.0: "0"}.items()))
    if len(by_size) < 2:
        raise UserError(f"eps is {eps!r}; it takes distances with commas between them, such as 1/255,4/255")
    return torch.tensor(list(by_size), dtype=torch.float64), tuple(by_size.values())


def _reached(found: Fooling, row: Method, norm: str, limit: float) -> Tensor:
    """Return how far each image was moved until it was misread [b], infinite where it was not: of bounded attacks the limit."""
    moved = (found.l2 if norm == "l2" else found.linf).double()
    if _bounded(row):
        if bool((moved > limit * (1 + HAIR)).any()):
            raise UserError(f"attacks: {row.command} keeps to another norm than {norm}; leave it out")
        moved = torch.full_like(moved, limit)
    return torch.where(found.success, moved, torch.inf)


def _shares(log: _Log, distances: Tensor) -> Tensor:
    """Return the share of the photos that are misread at no distance up to each [E]; no number for those not come to."""
    shares = (log.least[:, None] > distances).double().mean(0)
    shares[log.come_to + 1 :] = torch.nan
    return shares


def _least(log: _Log, count: int) -> Tensor:
    """Return the smallest distance that misled each photo; no number where larger ones were not come to."""
    done = log.come_to + 1 == count
    return log.least if done else log.least.where(log.least.isfinite(), torch.nan)


def _masking(logs: list[_Log], distances: Tensor, words: tuple[str, ...]) -> str:
    """Say where one step misleads many photos that many steps do not, if anywhere."""
    bounded = [log for log in logs if _bounded(log.row)]
    singles = [log for log in bounded if all(setting.name != "steps" for setting in log.row.settings)]
    for one in singles:
        for other in (log for log in bounded if log not in singles):
            for column in range(1, min(one.come_to, other.come_to) + 1):
                alone = int(((one.least <= distances[column]) & (other.least > distances[column])).sum())
                if alone >= max(2, math.ceil(MANY * len(one.least))):
                    at = f"{alone} photos at {words[column]}"
                    return f"{one.row.command} misleads {at} that {other.row.command} does not"
    return ""
