"""Which units of a layer tell two classes apart."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 8
"""Units of each direction in the figure."""


@dataclass(frozen=True, kw_only=True)
class Ranking(Result):
    """How well each of a layer's U units tells two classes apart, from `counts` pictures of each.

    `auc` [U] is the share of pairs in which the picture of the first class has the larger number, equal ones counting half;
    `apart` [U] is d', the difference of the means in standard deviations. `means` and `spreads` [2, U] are the mean and the
    standard deviation over each class's pictures.
    """

    data: str
    layer: str
    classes: tuple[str, str]
    counts: tuple[int, int]
    auc: Tensor
    apart: Tensor
    means: Tensor
    spreads: Tensor
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold every number for each unit."""
        units = len(self.auc)
        if (len(self.apart), *self.means.shape, *self.spreads.shape) != (units, 2, units, 2, units):
            raise UserError(
                f"ranking of {units} units has {len(self.apart)} apart, means {list(self.means.shape)} and spreads "
                f"{list(self.spreads.shape)}; right would be {units}, {[2, units]} and {[2, units]}"
            )

    def __len__(self) -> int:
        """Count the units."""
        return len(self.auc)

    def best(self, count: int = DRAWN, *, of: int = 0) -> list[int]:
        """Return the units that speak most for the first class (`of` 0) or the second (1), best first.

        By AUC, of equal ones by d'; units that do not speak for the class at all are left out.
        """
        sign = 1.0 if of == 0 else -1.0
        auc, apart = (self.auc - 0.5) * sign, self.apart * sign
        order = apart.nan_to_num(0.0).sort(descending=True, stable=True).indices
        order = order[auc[order].nan_to_num(-1.0).sort(descending=True, stable=True).indices]
        return [unit for unit in order.tolist() if float(auc[unit]) > 0][:count]

    def line(self) -> str:
        """Say the best unit for each class."""
        said = []
        for of, name in enumerate(self.classes):
            best = self.best(1, of=of)
            said.append(f"{name}: {self._say(best[0])}" if best else f"{name}: none")
        return (
            f"units of {self.layer} that tell {self.classes[0]} ({self.counts[0]} pictures) from {self.classes[1]} "
            f"({self.counts[1]}): {'; '.join(said)} ({self.network}, {self.data}){unread(self.broken)}"
        )

    def table(self) -> list[dict[str, Any]]:
        """Return one row a unit, those that tell the classes apart best first."""
        away = (self.auc - 0.5).abs().nan_to_num(-1.0)
        return [
            {
                "unit": f"{self.layer}:{unit}",
                "for": self._speaks_for(unit),
                "auc": _number(self.auc[unit]),
                "d_prime": _number(self.apart[unit]),
                **{f"mean_{name}": _number(self.means[place, unit]) for place, name in enumerate(self.classes)},
            }
            for unit in away.sort(descending=True, stable=True).indices.tolist()
        ]

    def figure(self) -> "Figure":
        """Draw the units that speak most for each class: their AUC as bars, and their means over both classes beside."""
        from seethrough.plots import OKABE_ITO, sheet, show_bars
        from seethrough.plots.columns import show_columns
        from seethrough.plots.sheet import set_footnote

        title = (
            f"Units of {self.layer} that tell {self.classes[0]} from {self.classes[1]} ({self.network}, {self.data})"
        )
        figure, panels = sheet(2, 2, cell=(0.42 * DRAWN + 0.5, 4.6), title=title)
        for of, row in enumerate(panels):
            units = self.best(of=of)
            sure = [float(self.auc[unit]) if of == 0 else 1 - float(self.auc[unit]) for unit in units]
            texts = [
                f"AUC {share:.3f}, d' {abs(float(self.apart[unit])):.2f}"
                for unit, share in zip(units, sure, strict=True)
            ]
            heading = f"for {self.classes[of]}" if units else f"for {self.classes[of]}: none"
            names = [f"unit {unit}" for unit in units]
            show_bars(row[0], names, sure, texts=texts, limits=(0, 1), title=heading, colour=OKABE_ITO[of])
            if not units:
                continue
            means = {name: self.means[place, units].tolist() for place, name in enumerate(self.classes)}
            show_columns(row[1], means, title="class means")
            row[1].set_xticks(range(len(units)), [str(unit) for unit in units])
        set_footnote(
            figure,
            f"AUC: of all pairs of a picture of each class ({self.counts[0]} and {self.counts[1]}), the share in which the "
            "one of this class excites the unit more. d': how many standard deviations the means lie apart.",
        )
        return figure

    def _speaks_for(self, unit: int) -> str | None:
        sure = float(self.auc[unit])
        return self.classes[0] if sure > 0.5 else self.classes[1] if sure < 0.5 else None

    def _say(self, unit: int) -> str:
        sure = max(float(self.auc[unit]), 1 - float(self.auc[unit]))
        return f"unit {unit}, AUC {sure:.3f}, d' {abs(float(self.apart[unit])):.2f}"


def _number(value: Tensor) -> float | None:
    return None if not math.isfinite(float(value)) else float(value)
