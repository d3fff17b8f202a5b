"""A training: how it went from epoch to epoch, and what the network makes of pictures it has not seen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.guesses import Guess
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 8
"""Test pictures in a row."""
WRITTEN = 12
"""Classes up to which every count of the confusion matrix is written into its cell."""


@dataclass(frozen=True, kw_only=True)
class Training(Result):
    """How a network was trained, and how good it is.

    `curves` [epochs, columns] has the `columns` of every epoch, not a number where there was no validation part; `best` is the
    epoch (from 1; 0 before the first has ended) whose weights were kept. `confusion` [K, K] counts test pictures by what they
    show (row) and are read as (column); empty without a test part. `images` [S, C, H, W] are some of them, with what they show
    and are read as. `robust` is the share that is rightly read under attack, not a number where none was tried. `layers` and
    `counts` say what the network is made of, `weights` are what it has learned; `card` is all of this in words and numbers, as
    it stands beside the weights.
    """

    columns: tuple[str, ...]
    curves: Tensor
    best: int
    labels: tuple[str, ...]
    confusion: Tensor
    images: Tensor
    truths: Tensor
    guesses: tuple[Guess, ...]
    layers: tuple[tuple[str, str, str, str, int, int], ...]
    counts: Mapping[str, Mapping[str, int]]
    robust: float = math.nan
    attack: str = ""
    broken: tuple[str, ...] = ()
    weights: Mapping[str, Tensor] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold a number for every epoch and column."""
        if self.curves.ndim != 2 or self.curves.shape[1] != len(self.columns):
            raise UserError(f"training has curves {list(self.curves.shape)} for {len(self.columns)} columns")

    def __len__(self) -> int:
        """Count the epochs."""
        return len(self.curves)

    @property
    def accuracy(self) -> float:
        """Return the share of test pictures that are read rightly."""
        return float(self.confusion.diagonal().sum() / self.confusion.sum()) if self.tested else math.nan

    @property
    def tested(self) -> int:
        """Count the test pictures."""
        return int(self.confusion.sum())

    @property
    def per_class(self) -> Tensor:
        """Return the share of each class's test pictures that are read rightly [K]; not a number where there is none."""
        return self.confusion.diagonal().double() / self.confusion.sum(1)

    @property
    def seconds(self) -> float:
        """Return how long the epochs took together."""
        return float(self.column("seconds").sum())

    def column(self, name: str) -> Tensor:
        """Return one number of every epoch [epochs]."""
        return self.curves[:, self.columns.index(name)]

    def line(self) -> str:
        """Say how good it is, and what that took."""
        said = f"{self.network}: {self._read()}"
        if not math.isnan(self.robust):
            said += f", {percent(self.robust)} under {self.attack}"
        said += f"; {self.counts['total']['parameters']:,} parameters, {self._taken()}"
        return said + unread(self.broken)

    def table(self) -> list[dict[str, Any]]:
        """Return one row an epoch."""
        return [
            {"epoch": place + 1, **{name: None if math.isnan(value) else value for name, value in numbers.items()}}
            for place, numbers in enumerate(dict(zip(self.columns, row, strict=True)) for row in self.curves.tolist())
        ]

    def figure(self) -> "Figure":
        """Draw loss and accuracy by epoch, and, of the test pictures, every class and every confusion."""
        from seethrough.plots import sheet, show_curve
        from seethrough.plots.confusion import show_confusion

        tested = self.tested > 0
        figure, panels = sheet(2 if tested else 1, 2, cell=(3.6, 5.2), title=self.line())
        epochs = [float(epoch) for epoch in range(1, len(self) + 1)]
        for panel, word in zip(panels[0], ("loss", "accuracy"), strict=True):
            lines = {"training": self.column(word).tolist()}
            validated = self.column(f"validation {word}")
            if bool(validated.isfinite().any()):
                lines["validation"] = validated.tolist()
            if not lines["training"]:
                continue
            show_curve(panel, epochs, lines, across="epoch", upward=word, title=self._ended(word), marks=len(self) < 30)
            panel.get_xaxis().get_major_locator().set_params(integer=True)
        if tested:
            show_confusion(panels[1, 0], self.confusion, self.labels, title=f"{self.tested:,} test pictures")
            self._classes(panels[1, 1])
        return figure

    def samples(self) -> "Figure":
        """Draw test pictures drawn by chance, with what they show and what they are read as; the wrong ones in red."""
        from seethrough.plots import OKABE_ITO, sheet, show_image
        from seethrough.plots.style import LINE

        count = len(self.guesses)
        if not count:
            raise UserError("no test picture was kept: there was no test part")
        across = min(ACROSS, count)
        height, width = self.images.shape[-2:]
        title = f"{count} test pictures drawn by chance ({self.network})"
        figure, panels = sheet(math.ceil(count / across), across, cell=(1.5 * height / width + 0.6, 1.6), title=title)
        for panel, image, truth, guess in zip(
            panels.flat, self.images, self.truths.tolist(), self.guesses, strict=False
        ):
            right = guess.index == truth
            show_image(panel, image, f"is {self.labels[truth]}\nread as {guess.label}")
            for edge in panel.spines.values():
                edge.set(color=LINE if right else OKABE_ITO[1], linewidth=0.8 if right else 3)
        return figure

    def _read(self) -> str:
        if not self.tested:
            accuracy = self.column("validation accuracy")
            known = self.best > 0 and not math.isnan(float(accuracy[self.best - 1]))
            return f"{percent(float(accuracy[self.best - 1]))} of the validation part right" if known else "not tested"
        mean = float(self.per_class[self.per_class.isfinite()].mean())
        return f"{percent(self.accuracy)} of {self.tested:,} test pictures right (mean of the classes {percent(mean)})"

    def _taken(self) -> str:
        one = "" if len(self) == 1 else "s"
        kept = f", epoch {self.best} kept" if 0 < self.best < len(self) else ""
        return f"{len(self)} epoch{one} in {self.seconds:.0f} s{kept}"

    def _ended(self, word: str) -> str:
        accuracy = word == "accuracy"
        said = [f"{word}: training {self._number(float(self.column(word)[-1]), accuracy)}"]
        if not math.isnan(float(self.column(f"validation {word}")[-1])):
            said.append(f"validation {self._number(float(self.column(f'validation {word}')[-1]), accuracy)}")
        return ", ".join(said)

    @staticmethod
    def _number(value: float, share: bool) -> str:
        return percent(value) if share else f"{value:.3g}"

    def _classes(self, panel: Any) -> None:
        from seethrough.plots import show_bars

        there = self.per_class.isfinite()
        ranked = sorted(
            (float(value), label) for value, label in zip(self.per_class, self.labels, strict=True) if value >= 0
        )
        drawn = ranked[:WRITTEN]
        more = f", the {len(drawn)} worst of {int(there.sum())}" if len(drawn) < len(ranked) else ""
        show_bars(
            panel,
            [label for _, label in drawn],
            [value for value, _ in drawn],
            texts=[percent(value) for value, _ in drawn],
            title=f"right, by class{more}",
            limits=(0, 1),
        )
