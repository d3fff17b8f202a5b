"""How many photos are still read rightly, the farther an attack may go."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

APART = 1 / 16
"""As a share of the axis: distances that lie nearer to one another are not written at it one by one."""


@dataclass(frozen=True, kw_only=True)
class RobustCurve(Result):
    """The share of the photos that each attack leaves rightly read, `robust` [A, E], at each distance of `eps` [E].

    `words` are the distances as they were given, in the `norm`. `least` [A, B] is the smallest distance at which each photo was
    misread: 0 where it is misread as it is, infinite where the attacks failed. What was not come to is not a number.
    `gradients` [A] counts what each attack took. `own_reading` counts the photos of which it is not known what they show:
    those count as right while they are read as before. `masking` says where an attack that should be weaker did better, if
    one did: then the gradients do not lead where they should.
    """

    attacks: tuple[str, ...]
    norm: str
    eps: Tensor
    words: tuple[str, ...]
    robust: Tensor
    least: Tensor
    gradients: Tensor
    own_reading: int = 0
    masking: str = ""

    def __post_init__(self) -> None:
        """Hold a share for every attack and distance."""
        shape = (len(self.attacks), len(self.words))
        if tuple(self.robust.shape) != shape or len(self.eps) != shape[1] or len(self.least) != shape[0]:
            raise UserError(
                f"a robust curve of {shape[0]} attacks at {shape[1]} distances has robust {list(shape)}, not "
                f"{list(self.robust.shape)}, with {len(self.eps)} eps and {len(self.least)} rows of least"
            )

    def __len__(self) -> int:
        """Count the photos."""
        return int(self.least.shape[1])

    def line(self) -> str:
        """Say what each attack leaves at the largest distance it came to, and whether gradients seem to be masked."""
        said = "; ".join(self.say(place) for place in range(len(self.attacks)))
        clean = f"{percent(float(self.robust[0, 0]))} as they are"
        doubt = f"; gradient masking suspected: {self.masking}" if self.masking else ""
        return f"{self.what} of {self._photos}: {clean}; {said} ({self.norm}, {self.network}){doubt}"

    def say(self, place: int) -> str:
        """Say one attack: pgd 12.5 % at 8/255."""
        reached = int(self.robust[place].isfinite().sum()) - 1
        short = "" if reached + 1 == len(self.words) else ", stopped there" if reached else ", not come to"
        return f"{self.attacks[place]} {percent(float(self.robust[place, reached]))} at {self.words[reached]}{short}"

    @property
    def what(self) -> str:
        """Return what is measured: with photos of which nothing is known it is no accuracy."""
        return "robust agreement" if self.own_reading == len(self) else "robust accuracy"

    def table(self) -> list[dict[str, Any]]:
        """Return one row an attack and distance: the share and the number of photos that are still read rightly."""
        return [
            {
                "attack": attack,
                "norm": self.norm,
                "eps": word,
                "distance": float(self.eps[column]),
                "robust": None if math.isnan(share) else share,
                "right": None if math.isnan(share) else round(share * len(self)),
                "photos": len(self),
                "gradients": int(self.gradients[row]),
                "seed": self.settings.get("seed"),
            }
            for row, attack in enumerate(self.attacks)
            for column, (word, share) in enumerate(zip(self.words, self.robust[row].tolist(), strict=True))
        ]

    def figure(self) -> "Figure":
        """Draw a curve for each attack, from the photos as they are to the largest distance."""
        from seethrough.plots import sheet, show_curve
        from seethrough.plots.sheet import set_footnote

        title = f"{self.what.capitalize()} of {self._photos} ({self.network})"
        figure, panels = sheet(1, 1, cell=(3.8, 5.8), title=title)
        of_255 = all(
            word.endswith("/255") or float(value) == 0 for word, value in zip(self.words, self.eps, strict=True)
        )
        places = (self.eps * 255 if of_255 else self.eps).tolist()
        curves = {attack: row.tolist() for attack, row in zip(self.attacks, self.robust, strict=True)}
        across = f"eps, in 1/255 ({self.norm})" if of_255 else f"eps ({self.norm})"
        show_curve(panels[0, 0], places, curves, across=across, upward=self.what, limits=(-0.02, 1.02), marks=True)
        if min(b - a for a, b in pairwise(places)) >= APART * places[-1]:
            panels[0, 0].set_xticks(places, [f"{place:.3g}" for place in places])
        notes = [f"gradient masking suspected: {self.masking}"] if self.masking else []
        if 0 < self.own_reading < len(self):
            notes.append(
                f"of {self.own_reading} photos it is not known what they show: they are right while read as before"
            )
        if notes:
            set_footnote(figure, " · ".join(notes))
        return figure

    @property
    def _photos(self) -> str:
        return f"{len(self)} photo{'' if len(self) == 1 else 's'}"
