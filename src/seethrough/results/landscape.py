"""A data set laid out in the plane: as points by class, and as the pictures themselves on a grid."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS = ("o", "^", "s", "D", "v", "P", "X", "*")
"""With eight colours, 64 classes are told apart."""
NAMES = {"tsne": "t-SNE", "pca": "PCA"}
GAP = 1
"""Pixels between two pictures of the grid."""
IN_A_ROW, LINE = 6, 0.185
"""Classes side by side in the legend, and inches from one line of it to the next."""
ROWS, ROW = 20, 0.31
"""The points and the grid take so many rows of panels, each so many inches high; the legend takes more below them."""


@dataclass(frozen=True, kw_only=True)
class Landscape(Result):
    """A point [N, 2] for each picture of a data set; `shown` [M] of the rows stand as `pictures` uint8 [M, C, h, w] on a grid.

    `grid` is its rows and columns, `cells` [M] say where in it each stands, counted row by row: no two in one. `shares` [2] are
    the principal components' shares of the variance, where the points are these. `labels` [N] are places in `classes`.
    """

    how: str
    layer: str
    data: str
    points: Tensor
    shares: Tensor | None
    places: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    names: tuple[str, ...]
    shown: Tensor
    cells: Tensor
    grid: tuple[int, int]
    pictures: Tensor
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold a point, a label and a name for each picture, and a cell of its own for each that is shown."""
        if not len(self.points) == len(self.labels) == len(self.names) == len(self.places):
            raise UserError(
                f"a landscape of {len(self.points)} points holds {len(self.labels)} labels, {len(self.names)} names and "
                f"{len(self.places)} places"
            )
        cells = len(set(self.cells.tolist()))
        if not len(self.shown) == len(self.pictures) == len(self.cells) == cells:
            raise UserError(
                f"a landscape shows {len(self.shown)} rows as {len(self.pictures)} pictures in {cells} cells"
            )

    def __len__(self) -> int:
        """Count the points."""
        return len(self.points)

    def line(self) -> str:
        """Say what is laid out, and how."""
        known = len(set(self.labels.tolist()) - {-1})
        classes = f" of {known} class{'' if known == 1 else 'es'}" if known else ""
        return (
            f"map: {len(self)} pictures{classes} of {self.data} by {self.layer}, {self._how()} "
            f"({self.network}){unread(self.broken)}"
        )

    def table(self) -> list[dict[str, Any]]:
        """Return one row a picture: its name, its class and its point."""
        rows = zip(self.names, self.labels.tolist(), self.points.tolist(), strict=True)
        return [
            {"photo": name, "class": None if label < 0 else self.classes[label], "x": x, "y": y}
            for name, label, (x, y) in rows
        ]

    def picture(self) -> Tensor:
        """Return the grid of pictures as one image [C, H, W], white where a cell is empty."""
        channels, height, width = self.pictures.shape[1:]
        rows, columns = self.grid
        paper = torch.ones(channels, rows * (height + GAP) + GAP, columns * (width + GAP) + GAP)
        for picture, cell in zip(self.pictures, self.cells.tolist(), strict=True):
            top, left = (cell // columns) * (height + GAP) + GAP, (cell % columns) * (width + GAP) + GAP
            paper[:, top : top + height, left : left + width] = picture.float() / 255
        return paper

    def figure(self) -> "Figure":
        """Draw the points by class, and beside them the pictures on their grid."""
        from seethrough.plots import sheet, show_image
        from seethrough.plots.merge import merged
        from seethrough.plots.sheet import set_footnote

        present = sorted(set(self.labels.tolist()) - {-1})
        named = 1 < len(present) <= len(MARKS) * 8
        below = math.ceil((math.ceil(len(present) / IN_A_ROW) * LINE + 0.1) / ROW) if named else 0
        title = f"{self.data} by {self.layer} ({self.network})"
        figure, panels = sheet(ROWS + below, 2, cell=(ROW, ROWS * ROW), title=title)
        drawn = self._show_points(merged(panels[:ROWS, :1]), present)
        show_image(merged(panels[:ROWS, 1:]), self.picture())
        if named:
            _name(merged(panels[ROWS:, :]), drawn, [self.classes[label] for label in present])
        notes = [self._how()]
        if len(self.shown) < len(self):
            notes.append(f"the grid shows {len(self.shown)} of the {len(self)} pictures")
        notes.append("each picture stands in the cell that is free nearest to its point, all together")
        set_footnote(figure, "; ".join(notes) + unread(self.broken) + ".")
        return figure

    def _how(self) -> str:
        name = NAMES.get(self.how, self.how)
        if self.shares is not None:
            return f"{name}, {percent(float(self.shares.sum()))} of the variance"
        return f"{name}, perplexity {self.settings.get('perplexity', 0):.3g}"

    def _show_points(self, ax: "Axes", present: list[int]) -> list[Any]:
        """Draw the points of each class in a colour and a mark of its own, those of none in grey."""
        from seethrough.plots import OKABE_ITO
        from seethrough.plots.sheet import set_picture_frame
        from seethrough.plots.style import FAINT

        size = min(40.0, max(4.0, 12_000 / len(self)))
        unknown = self.points[self.labels < 0]
        ax.scatter(unknown[:, 0], unknown[:, 1], s=size, color=FAINT, alpha=0.5, linewidths=0)
        drawn = []
        for place, label in enumerate(present):
            here = self.points[self.labels == label]
            colour, mark = OKABE_ITO[place % len(OKABE_ITO)], MARKS[place // len(OKABE_ITO) % len(MARKS)]
            drawn.append(ax.scatter(here[:, 0], here[:, 1], s=size, color=colour, marker=mark, linewidths=0, alpha=0.8))
        set_picture_frame(ax)
        # The points need not fill a square, but one step must be as long upward as across.
        ax.set_aspect("equal", adjustable="datalim")
        ax.margins(0.03)
        return drawn


def _name(ax: "Axes", drawn: list[Any], names: list[str]) -> None:
    """Name the classes below the points."""
    from seethrough.plots.style import INK, NOTE
    from seethrough.plots.words import FAMILY, shortened

    # A legend passes over names that begin with "_" and reads dollars as formulas: it gets the names afterwards.
    legend = ax.legend(
        drawn,
        [" "] * len(names),
        frameon=False,
        ncols=min(IN_A_ROW, len(names)),
        loc="upper left",
        borderaxespad=0,
        prop={"family": FAMILY, "size": NOTE},
        labelcolor=INK,
        markerscale=1.5,
        labelspacing=0.5,
    )
    legend.set_in_layout(False)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(shortened(name, 11.5 / IN_A_ROW - 0.5, NOTE))
