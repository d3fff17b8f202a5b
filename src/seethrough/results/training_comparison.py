"""Trainings side by side."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = {"loss": "training loss", "validation loss": "validation loss", "validation accuracy": "validation accuracy"}


@dataclass(frozen=True, kw_only=True)
class TrainingComparison(Result):
    """Several trainings: `curves` [R, epochs, columns] by epoch (not a number past a run's end), and how each ended.

    `accuracy` and `robust` [R] are shares of the test pictures that are read rightly, as they are and under attack; not a
    number where that was not tried. `recipes` say how each was trained.
    """

    runs: tuple[str, ...]
    columns: tuple[str, ...]
    curves: Tensor
    accuracy: Tensor
    robust: Tensor
    parameters: tuple[int, ...]
    recipes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Hold curves for every run."""
        if self.curves.ndim != 3 or self.curves.shape[::2] != (len(self.runs), len(self.columns)):
            raise UserError(
                f"{len(self.runs)} trainings with {len(self.columns)} columns do not fit curves {list(self.curves.shape)}"
            )

    def __len__(self) -> int:
        """Count the trainings."""
        return len(self.runs)

    def column(self, run: int, name: str) -> list[float]:
        """Return one number of every epoch of a run."""
        numbers: list[float] = self.curves[run, :, self.columns.index(name)].tolist()
        return numbers

    def seconds(self, run: int) -> float:
        """Return how long an epoch of a run took, the middle one of them."""
        taken = sorted(value for value in self.column(run, "seconds") if not math.isnan(value))
        return taken[len(taken) // 2] if taken else math.nan

    def line(self) -> str:
        """Say how each ended."""
        return "; ".join(self.say(run) for run in range(len(self)))

    def say(self, run: int) -> str:
        """Say one: cifar-cnn: 79.6 % of the test part, training loss 0.421, 38.0 s an epoch."""
        losses = [value for value in self.column(run, "loss") if not math.isnan(value)]
        tested = float(self.accuracy[run])
        said = [] if math.isnan(tested) else [f"{percent(tested)} of the test part"]
        if not math.isnan(float(self.robust[run])):
            said.append(f"{percent(float(self.robust[run]))} under attack")
        said.append(f"training loss {losses[-1]:.3g} after {len(losses)} epochs" if losses else "no epoch")
        said.append(f"{self.seconds(run):.3g} s an epoch")
        return f"{self.runs[run]}: {', '.join(said)}"

    def table(self) -> list[dict[str, Any]]:
        """Return one row a training."""
        return [
            {
                "run": name,
                "test_accuracy": _known(float(self.accuracy[place])),
                "robust_accuracy": _known(float(self.robust[place])),
                "training_loss": next(
                    (value for value in reversed(self.column(place, "loss")) if not math.isnan(value)), None
                ),
                "epochs": sum(not math.isnan(value) for value in self.column(place, "loss")),
                "seconds_per_epoch": _known(self.seconds(place)),
                "parameters": self.parameters[place],
                "recipe": self.recipes[place],
            }
            for place, name in enumerate(self.runs)
        ]

    def figure(self) -> "Figure":
        """Draw the curves of all trainings over one another, and how each ended."""
        from seethrough.plots import sheet, show_bars, show_curve

        drawn = [name for name in DRAWN if bool(self.curves[..., self.columns.index(name)].isfinite().any())]
        figure, panels = sheet(1, len(drawn) + 1, cell=(3.6, 4.6), title="Trainings side by side")
        epochs = [float(epoch) for epoch in range(1, self.curves.shape[1] + 1)]
        for panel, name in zip(panels[0], drawn, strict=False):
            lines = {run: self.column(place, name) for place, run in enumerate(self.runs)}
            lines = {run: line for run, line in lines.items() if not all(map(math.isnan, line))}
            show_curve(panel, epochs, lines, across="epoch", upward=name, title=DRAWN[name], marks=len(epochs) < 30)
            panel.get_xaxis().get_major_locator().set_params(integer=True)
        ends = [value if not math.isnan(value) else 0.0 for value in self.accuracy.tolist()]
        words = [
            f"{percent(value) if not math.isnan(value) else 'not tested'}, {self.seconds(place):.3g} s an epoch"
            for place, value in enumerate(self.accuracy.tolist())
        ]
        show_bars(panels[0, -1], self.runs, ends, texts=words, title="test pictures right", limits=(0, 1))
        return figure


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
