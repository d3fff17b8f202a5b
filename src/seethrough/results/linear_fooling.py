"""Samples that a linear classifier misreads, beside what they were."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN, SAID = 8, 3
NORMS = {"linf": "Linf", "l2": "L2"}


@dataclass(frozen=True, kw_only=True)
class LinearFooling(Result):
    """Samples [N, n] that were moved across a boundary: `inputs`, and `moved`, in double precision.

    `before` and `after` are what the classifier reads them as, of its `labels`; `goals` what was wanted of each, and `success`
    [N] whether it is so. `scores_before` and `scores_after` are [N, classes], or [N, 1] where one score decides between two;
    `probabilities_before` and `probabilities_after` [N, classes] are there where the classifier has any. `distance` [N] is how
    far each was moved, in `norm`.
    """

    labels: tuple[str, ...]
    inputs: Tensor
    moved: Tensor
    goals: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    success: Tensor
    scores_before: Tensor
    scores_after: Tensor
    probabilities_before: Tensor | None
    probabilities_after: Tensor | None
    norm: str
    distance: Tensor

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.inputs)

    def line(self) -> str:
        """Say what became of the first samples."""
        said = "; ".join(self._moves(place) for place in range(min(len(self), SAID)))
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        count = f", {int(self.success.sum())} of {len(self)} as wanted" if len(self) > 1 else ""
        distances = ", ".join(f"{value:.4g}" for value in self.distance[:SAID].tolist())
        return f"linear: {said}{more} ({NORMS[self.norm]} {distances}, {self.network}{count})"

    def _moves(self, place: int) -> str:
        same = "still read as" if self.before[place] == self.after[place] else f"NOT {self.goals[place]}: read as"
        verb = "now read as" if self.success[place] and self.before[place] != self.after[place] else same
        return f"{self.say_before(place)}, {verb} {self.say_after(place)}"

    def say_before(self, place: int) -> str:
        """Say a sample as it was: 0, score -3, P(1) 4.7 %."""
        return self._said(place, self.before[place], self.after[place], self.scores_before, self.probabilities_before)

    def say_after(self, place: int) -> str:
        """Say a sample as it is now: 1, score 2, P(1) 88.1 %."""
        return self._said(place, self.after[place], self.after[place], self.scores_after, self.probabilities_after)

    def _said(self, place: int, read: str, about: str, scores: Tensor, shares: Tensor | None) -> str:
        # One score decides between two classes: it is the second's, whatever the sample is read as.
        binary = scores.shape[1] == 1
        index = 1 if binary else self.labels.index(about)
        of = f"P({self.labels[index]})"
        share = "" if shares is None else f", {of} {percent(float(shares[place, index]))}"
        score = float(scores[place, 0 if binary else index])
        named = "score" if binary or read == about else f"score of {about}"
        return f"{read}, {named} {score:.4g}{share}"

    def table(self) -> list[dict[str, Any]]:
        """Return one row a sample."""
        return [
            {
                "goal": self.goals[place],
                "before": self.before[place],
                "after": self.after[place],
                "success": bool(self.success[place]),
                "scores_before": self.scores_before[place].tolist(),
                "scores_after": self.scores_after[place].tolist(),
                "probabilities_before": _listed(self.probabilities_before, place),
                "probabilities_after": _listed(self.probabilities_after, place),
                "norm": self.norm,
                "distance": float(self.distance[place]),
            }
            for place in range(len(self))
        ]

    def figure(self) -> "Figure":
        """Draw the numbers of each sample as columns, before and after."""
        from seethrough.plots import sheet
        from seethrough.plots.columns import show_columns

        drawn = min(len(self), DRAWN)
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        figure, panels = sheet(drawn, 2, cell=(2.8, 5.4), title=f"Moved across a boundary of {self.network}{more}")
        for place, row in zip(range(drawn), panels, strict=True):
            was, now = self.inputs[place].tolist(), self.moved[place].tolist()
            both = (min(was + now + [0.0]), max(was + now + [0.0]))
            far = f"moved by {NORMS[self.norm]} {float(self.distance[place]):.4g}"
            show_columns(row[0], {"x": was}, title=f"read as {self.say_before(place)}", limits=both)
            show_columns(row[1], {"x": was, far: now}, title=f"read as {self.say_after(place)}", limits=both)
        return figure


def _listed(values: Tensor | None, place: int) -> list[float] | None:
    return None if values is None else values[place].tolist()
