"""L-BFGS for each image on its own: the curvature that past steps met shapes the next one."""

import torch
from torch import Tensor

from seethrough.ascent.stride import Memory, Stride, length, per_row

ENOUGH = 1e-4
"""Share of the promised rise that a step must bring."""
SHORTEST = 1e-6


def lbfgs(first: float = 1.0, remember: int = 10) -> Stride:
    """L-BFGS (Liu & Nocedal 1989) with steps that are halved until the wish rises; the first is `first` long.

    All images go side by side: while one halves its step, another goes on. It is for wishes that stay the same from step
    to step; under jitter the past says nothing.
    """

    def move(numbers: Tensor, values: Tensor, slope: Tensor, memory: Memory) -> Tensor:
        here, up = numbers.flatten(1), slope.flatten(1)
        if "at" not in memory:
            memory |= _begin(here, values, up, remember, first)
            return (here + per_row(memory["pace"], here) * memory["way"]).view_as(numbers)
        went = here - memory["at"]
        rise = values - memory["value"]
        better = rise >= ENOUGH * (went * memory["up"]).sum(1).clamp_min(0)
        _learn(memory, went, memory["up"] - up, better)
        for name, value in (("at", here), ("up", up)):
            memory[name] = torch.where(better[:, None], value, memory[name])
        memory["value"] = torch.where(better, values, memory["value"])
        # One that cannot rise any more along its way forgets the past and begins anew, straight up.
        lost = ~better & (memory["pace"] * memory["way"].norm(dim=1) < SHORTEST)
        memory["known"] = memory["known"] * ~lost[:, None]
        way = _way(memory)
        # As long as nothing is known, the slope alone does not say how long a step should be.
        straight = (memory["known"][:, -1] == 0) | ((way * memory["up"]).sum(1) <= 0)
        way = torch.where(straight[:, None], memory["up"] * (first / length(memory["up"]))[:, None], way)
        memory["way"] = torch.where((better | lost)[:, None], way, memory["way"])
        memory["pace"] = torch.where(better | lost, torch.ones_like(memory["pace"]), memory["pace"] / 2)
        return (memory["at"] + memory["pace"][:, None] * memory["way"]).view_as(numbers)

    return move


def _begin(here: Tensor, values: Tensor, up: Tensor, remember: int, first: float) -> Memory:
    rows, count = here.shape
    return {
        "at": here.clone(),
        "value": values.clone(),
        "up": up.clone(),
        "way": up * (first / length(up))[:, None],
        "pace": torch.ones(rows, dtype=here.dtype, device=here.device),
        "steps": here.new_zeros(rows, remember, count),
        "bends": here.new_zeros(rows, remember, count),
        "known": here.new_zeros(rows, remember),
    }


def _learn(memory: Memory, went: Tensor, bent: Tensor, better: Tensor) -> None:
    """Remember a step and how the slope bent along it, in place of the oldest, where the step was a good one."""
    product = (went * bent).sum(1)
    learned = better & (product > 1e-10 * bent.square().sum(1).clamp_min(1e-30))
    for name, new in (("steps", went), ("bends", bent), ("known", 1 / torch.where(learned, product, 1.0))):
        # In place and one by one: all of them together are the most that an image takes.
        kept, moves = memory[name], learned.view(-1, *(1,) * (new.ndim - 1))
        for place in range(kept.shape[1]):
            later = kept[:, place + 1] if place + 1 < kept.shape[1] else new
            kept[:, place] = torch.where(moves, later, kept[:, place])


def _way(memory: Memory) -> Tensor:
    """The two loops: the slope, bent back by what is remembered. What is not known yet weighs nothing."""
    steps, bends, known = memory["steps"], memory["bends"], memory["known"]
    way = memory["up"].clone()
    shares = []
    for place in reversed(range(known.shape[1])):
        share = known[:, place] * (steps[:, place] * way).sum(1)
        way = way - share[:, None] * bends[:, place]
        shares.append(share)
    last, bend = steps[:, -1], bends[:, -1]
    size = (last * bend).sum(1) / bend.square().sum(1).clamp_min(1e-30)
    way = way * torch.where(known[:, -1] > 0, size, torch.ones_like(size))[:, None]
    for place, share in zip(range(known.shape[1]), reversed(shares), strict=True):
        back = known[:, place] * (bends[:, place] * way).sum(1)
        way = way + (share - back)[:, None] * steps[:, place]
    return way
