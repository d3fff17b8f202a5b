"""How well classes can be told apart by a linear classifier on a layer's features."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL = 1.3
"""Inches."""
ACROSS = 4
"""Pictures of one confusion, side by side."""


@dataclass(frozen=True)
class Confusion:
    """One class read as another: how many of its pictures, and some of them as uint8 [n, C, h, w] with their names."""

    true: int
    read: int
    count: int
    pictures: Tensor
    photos: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Probe(Result):
    """A linear classifier on features, and how it reads the test pictures: `confusion` [K, K] counts them, true by read.

    The scores are `weights` [K, D] . features + `bias` [K]. `strength` is that of the L2 penalty on the weights; where it was
    chosen, `validation` [S] is the mean per-class accuracy of each of the `strengths` [S] on pictures held back from training.
    `confusions` are the classes most often taken for another. `trained` counts the pictures it was trained on.
    """

    kind: str
    layer: str
    data: str
    classes: tuple[str, ...]
    confusion: Tensor
    weights: Tensor
    bias: Tensor
    strength: float
    strengths: Tensor
    validation: Tensor
    confusions: tuple[Confusion, ...]
    trained: int
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold a row of counts and of weights for every class, and a test picture of each."""
        count = len(self.classes)
        if tuple(self.confusion.shape) != (count, count) or len(self.weights) != count or len(self.bias) != count:
            raise UserError(
                f"a probe of {count} classes has a confusion [{count}, {count}] and {count} weights and biases, not "
                f"{list(self.confusion.shape)}, {len(self.weights)} and {len(self.bias)}"
            )

    def __len__(self) -> int:
        """Count the test pictures."""
        return int(self.confusion.sum())

    @property
    def per_class(self) -> Tensor:
        """Return the share of each class's test pictures [K] that is read rightly."""
        return self.confusion.diagonal().double() / self.confusion.sum(1)

    @property
    def mean_accuracy(self) -> float:
        """Return the mean over classes of the share read rightly: a rare class counts as much as a frequent one."""
        return float(self.per_class.mean())

    @property
    def accuracy(self) -> float:
        """Return the share of all test pictures that is read rightly."""
        return float(self.confusion.diagonal().sum() / self.confusion.sum())

    def line(self) -> str:
        """Say how well it does, and which class is most often taken for another."""
        worst = f"; worst: {self.say(self.confusions[0])}" if self.confusions else ""
        return (
            f"probe: mean per-class accuracy {percent(self.mean_accuracy)} of {len(self.classes)} classes "
            f"({percent(self.accuracy)} of {len(self)} pictures), {self.kind} on {self.layer}, strength "
            f"{self.strength:.2g}{worst} ({self.network}){unread(self.broken)}"
        )

    def say(self, one: Confusion) -> str:
        """Say one confusion: Birman read as Ragdoll, 5 of 20."""
        total = int(self.confusion[one.true].sum())
        return f"{self.classes[one.true]} read as {self.classes[one.read]}, {one.count} of {total}"

    def table(self) -> list[dict[str, Any]]:
        """Return one row a class: how many of its test pictures are read rightly, and what the others are most read as."""
        rows = []
        for place, (name, share) in enumerate(zip(self.classes, self.per_class.tolist(), strict=True)):
            others = self.confusion[place].clone()
            others[place] = 0
            read = int(others.argmax())
            rows.append(
                {
                    "class": name,
                    "pictures": int(self.confusion[place].sum()),
                    "right": int(self.confusion[place, place]),
                    "accuracy": share,
                    "most_read_as": self.classes[read] if others[read] else None,
                    "so_often": int(others[read]),
                }
            )
        return rows

    def figure(self) -> "Figure":
        """Draw the confusion matrix, and beside it pictures of the worst confusions."""
        from seethrough.plots import sheet, show_image
        from seethrough.plots.confusion import show_confusion
        from seethrough.plots.merge import merged
        from seethrough.plots.sheet import set_footnote

        drawn = [one for one in self.confusions if len(one.pictures)]
        rows, wide = max(len(drawn), 4), 6
        # As high as it is wide, with room at the left for the names of the classes.
        tall = max(wide * CELL * 0.8 / rows, 1.35)
        title = f"{percent(self.mean_accuracy)} mean per-class accuracy: {self.kind} on {self.layer} ({self.network})"
        figure, panels = sheet(rows, wide + (ACROSS if drawn else 0), cell=(tall, CELL), title=title)
        show_confusion(merged(panels[:, :wide]), self.confusion, self.classes, names=2.0)
        for row, one in enumerate(drawn):
            for panel, picture in zip(panels[row, wide:], one.pictures, strict=False):
                show_image(panel, picture.float() / 255)
            self._name(panels[row, wide], self.say(one))
        notes = [
            f"{len(self)} test pictures of {self.data}, {percent(self.accuracy)} of them read rightly",
            f"trained on {self.trained} pictures",
            f"strength {self.strength:.2g}" + (", chosen on a part of them" if len(self.strengths) else ""),
            "colours: the square root of the share of a class, so that small shares are seen",
        ]
        set_footnote(figure, "; ".join(notes) + unread(self.broken) + ".")
        return figure

    def curve(self) -> "Figure":
        """Draw the accuracy on the pictures held back, by the strength of the penalty."""
        from seethrough.plots import sheet, show_curve

        if not len(self.strengths):
            raise UserError("curve: the strength was given, not chosen; there is nothing to draw")
        figure, panels = sheet(1, 1, cell=(3.6, 5.4), title=f"Choosing the strength ({self.network})")
        lines = {"validation": self.validation.tolist()}
        show_curve(
            panels[0, 0],
            self.strengths.tolist(),
            lines,
            across="strength of the L2 penalty",
            upward="mean per-class accuracy",
            marks=True,
        )
        panels[0, 0].set_xscale("log")
        return figure

    def _name(self, ax: "Axes", words: str) -> None:
        """Write above a row of pictures, from the first of them on."""
        from seethrough.plots.style import INK, NOTE
        from seethrough.plots.words import FAMILY, shortened

        # A blank title keeps the room; the words run on above the next pictures, and must not push those away.
        ax.set_title(" ", fontsize=NOTE)
        ax.annotate(
            shortened(words, CELL * ACROSS, NOTE),
            (0, 1),
            xytext=(0, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=NOTE,
            fontfamily=FAMILY,
            color=INK,
            parse_math=False,
        ).set_in_layout(False)


def worst_confusions(confusion: Tensor, count: int) -> list[tuple[int, int]]:
    """Return the pairs (true, read) that most of a class's pictures fall to, the largest share first; none that never happen.

    >>> worst_confusions(torch.tensor([[5, 5], [1, 9]]), 2)
    [(0, 1), (1, 0)]
    """
    shares = confusion.double() / confusion.sum(1, keepdim=True)
    shares.fill_diagonal_(0)
    order = shares.flatten().argsort(descending=True, stable=True)[:count]
    pairs = [(int(place) // len(confusion), int(place) % len(confusion)) for place in order]
    return [(true, read) for true, read in pairs if shares[true, read] > 0]
