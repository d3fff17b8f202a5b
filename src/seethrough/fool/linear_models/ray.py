"""Along a ray whose coordinates stop at walls: where a linear classifier first reads a sample as one class, exactly."""

import torch
from torch import Tensor

from seethrough.fool.linear_models.affine import Affine


def first_read(known: Affine, sample: Tensor, ray: Tensor, room: Tensor, goal: int, over: float) -> float | None:
    """Return the least a >= 0 at which sample + sign(ray) * min(a |ray|, room) has the goal's score `over` all others.

    Every score is a line between the walls [n] that coordinates meet one after another: in each piece the goal leads from
    where the last of its rivals is passed, to where the first passes it again. None where there is no such a.

    >>> known = of_numbers([[0.0, 0.0], [1.0, 1.0]], [1.0, 0.0])
    >>> first_read(known, torch.zeros(2).double(), torch.ones(2).double(), torch.tensor([0.25, 9.0]).double(), 1, 0.0)
    0.75
    """
    walls, order = torch.where(ray != 0, room / ray.abs(), torch.inf).sort()
    begins = torch.cat([walls.new_zeros(1), walls])
    ends = torch.cat([walls, walls.new_full((1,), torch.inf)])
    earliest, latest = begins.clone(), ends.clone()
    steps = (ray.sign() * room)[order], ray[order]
    scores = known.scores(sample)
    nothing = walls.new_zeros(1)
    for rival in range(len(known.weights)):
        if rival == goal:
            continue
        slope = (known.weights[goal] - known.weights[rival])[order]
        stopped = torch.cat([nothing, torch.where(walls < torch.inf, slope * steps[0], 0).cumsum(0)])
        going = torch.cat([(slope * steps[1]).flip(0).cumsum(0).flip(0), nothing])
        lead = scores[goal] - scores[rival] - over + stopped
        passed = -lead / going
        earliest = torch.where(going > 0, torch.maximum(earliest, passed), earliest)
        latest = torch.where(going < 0, torch.minimum(latest, passed), latest)
        latest = torch.where((going == 0) & (lead < 0), -torch.inf, latest)
    found = ((earliest <= latest) & (earliest < torch.inf)).nonzero()
    return float(earliest[found[0, 0]]) if len(found) else None
