"""The full grid: every object at every level of every factor, all combined."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from seethrough.study.scenes import Factor, Objects, Scene, pictures

THUMBNAIL = 96
"""Pixels of the longer side of the pictures that show what a factor does."""


@dataclass(frozen=True, eq=False)
class SceneGrid:
    """All combinations of objects and levels, the last factor's fastest."""

    objects: Objects
    factors: Sequence[Factor]
    levels: int
    behind: Tensor

    @property
    def each(self) -> int:
        """Count the pictures of one object."""
        return int(self.levels ** len(self.factors))

    def places(self) -> list[tuple[int, ...]]:
        """Return the object and the level of every factor, of all pictures in order."""
        every = [range(len(self.objects.names)), *[range(self.levels)] * len(self.factors)]
        return list(itertools.product(*every))

    def pictures(self, places: Sequence[tuple[int, ...]]) -> Tensor:
        """Draw some of the pictures."""
        values = [factor.values(self.levels) for factor in self.factors]
        scenes = [
            Scene(**{factor.name: row[at] for factor, row, at in zip(self.factors, values, place[1:], strict=True)})
            for place in places
        ]
        return pictures(self.objects, [place[0] for place in places], scenes, self.behind)

    def examples(self) -> list[Tensor]:
        """Return small pictures [L, C, h, w] of each factor's levels, the object first; the others are as near to nothing."""
        nothing = Scene()
        middle = [0]
        for factor in self.factors:
            away = [abs(value - getattr(nothing, factor.name)) for value in factor.values(self.levels)]
            middle.append(away.index(min(away)))
        counts = [len(self.objects.names), *[self.levels] * len(self.factors)]
        found = []
        for place, count in enumerate(counts):
            shown = self.pictures([(*middle[:place], at, *middle[place + 1 :]) for at in range(count)])
            height, width = shown.shape[-2:]
            less = min(THUMBNAIL / max(height, width), 1.0)
            size = (max(round(height * less), 1), max(round(width * less), 1))
            found.append(functional.interpolate(shown, size, mode="bilinear", antialias=True).clamp(0, 1))
        return found
