"""The boundaries about samples of a linear classifier, and the moves that cross them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from seethrough.fool.linear_models.affine import Affine
from seethrough.fool.linear_models.several import several_l2, several_linf
from seethrough.fool.linear_models.walls import SIZES, Norm, best_of_size, least_gaining

SEVERAL: Mapping[Norm, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor | None]] = MappingProxyType(
    {"linf": several_linf, "l2": several_l2}
)


@dataclass(frozen=True)
class Boundaries:
    """Samples [N, n] read as `present` [N], which are to come to `goals` [N], or to any other class where that is -1.

    Their numbers may go down by `low` (0 or less) and up by `high` [N, n].
    """

    known: Affine
    samples: Tensor
    present: Tensor
    goals: Tensor
    low: Tensor
    high: Tensor
    norm: Norm

    def least(self, share: float) -> Tensor:
        """Return the least moves [N, n] across, by a share of what a score is the sum of; the best there are where none do."""
        over = share * (self.samples.abs() @ self.known.weights.abs().T + self.known.bias.abs()).amax(1)
        moves, classes = self._nearest(over)
        scores = self.known.scores(self.samples + moves)
        goal = scores.gather(1, classes[:, None])
        others = scores.scatter(1, classes[:, None], -torch.inf).amax(1, keepdim=True)
        # The way to a class may lead through a third one: then several boundaries have to be crossed.
        for row in ((self.goals >= 0) & (goal < others)[:, 0]).nonzero()[:, 0].tolist():
            further = self._several(row, float(over[row]))
            moves[row] = moves[row] if further is None else further
        return moves

    def best(self, sizes: Tensor) -> Tensor:
        """Return the moves [N, n] of those sizes [N] that gain the most on the goal, or on the class nearest by."""
        _, classes = self._nearest(torch.zeros(len(self.samples), dtype=torch.float64))
        slope = self._slope(classes)
        return best_of_size(slope, self._room(slope), sizes, self.norm)

    def _nearest(self, over: Tensor) -> tuple[Tensor, Tensor]:
        """Return the least moves across one boundary each, and the class behind it [N]; the goal's where there is one."""
        scores = self.known.scores(self.samples)
        lead = scores.gather(1, self.present[:, None]) - scores
        moves, classes = torch.zeros_like(self.samples), torch.zeros_like(self.present)
        length, short = (torch.full((len(moves),), torch.inf, dtype=torch.float64) for _ in range(2))
        for one in range(len(self.known.weights)):
            slope = self._slope(torch.full_like(self.present, one))
            gain = lead[:, one].clamp(min=0) + over
            move, there = least_gaining(slope, self._room(slope), gain, self.norm)
            far = torch.where(there, SIZES[self.norm](move), torch.inf)
            lacking = gain - (slope * move).sum(1)
            nearer = (far < length) | (~there & length.isinf() & (lacking < short))
            nearer &= (self.present != one) & ((self.goals == one) | (self.goals < 0))
            moves[nearer], classes[nearer] = move[nearer], one
            length[nearer], short[nearer] = far[nearer], lacking[nearer]
        return moves, classes

    def _several(self, row: int, over: float) -> Tensor | None:
        goal = int(self.goals[row])
        others = [one for one in range(len(self.known.weights)) if one != goal]
        scores = self.known.scores(self.samples[row])
        slopes = self.known.weights[goal] - self.known.weights[others]
        return SEVERAL[self.norm](slopes, scores[others] - scores[goal] + over, self.low[row], self.high[row])

    def _slope(self, classes: Tensor) -> Tensor:
        return self.known.weights[classes] - self.known.weights[self.present]

    def _room(self, slope: Tensor) -> Tensor:
        return torch.where(slope > 0, self.high, -self.low)
