"""The shape of a job: ways of doing it, ours first, and how to see that they did the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from measure import Way

OURS = "seethrough"
CORNERS = 0.05
"""How far gradients may differ, as a share of their range: where rounding moves an activation across the corner of a
ReLU, the slope jumps."""


@dataclass(frozen=True)
class Check:
    """What shows that all ways computed the same thing, in words, whether they did, and what each other way came to."""

    says: str
    fine: bool = True
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """One job with one network.

    `amount` says how much is done. `ways` are run in turn, the first is ours. `check` is given what each way returned.
    `asked` are ratios of seconds, a way's to ours, that ours are to reach. `settings` are those found best for a way in
    this run. `memory` measures a way whose work is done by other processes. `counted` says whether ours has FLOPs to
    count.
    """

    amount: str
    ways: Mapping[str, Way]
    check: Callable[[Mapping[str, Any]], Check]
    asked: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, Callable[[], float | None]] = field(default_factory=dict)
    counted: bool = True


def difference(ours: Tensor, theirs: Tensor) -> float:
    """Return the largest difference relative to the range of theirs."""
    ours, theirs = ours.detach().cpu().double(), theirs.detach().cpu().double()
    return float((ours - theirs).abs().max() / (theirs.max() - theirs.min()).clamp_min(1e-30))


def alike(ours: Tensor, theirs: Tensor, within: float, peer: str = "") -> Check:
    """Check that two tensors are the same to within a share of their range."""
    found = difference(ours, theirs)
    return Check(f"difference{f' from {peer}' if peer else ''} {found:.1e} of the range", found <= within)


def correlation(ours: Tensor, theirs: Tensor) -> float:
    """Return how alike two tensors are: 1 where they differ by a factor and a shift alone."""
    both = torch.stack([one.detach().cpu().double().flatten() for one in (ours, theirs)])
    return float(torch.corrcoef(both)[0, 1])
