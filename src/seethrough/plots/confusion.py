"""A confusion matrix: what pictures of each class are read as."""

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.axes import Axes
from torch import Tensor

from seethrough.errors import UserError
from seethrough.plots.layout import panel_height, panel_width, when_placed
from seethrough.plots.sheet import set_title
from seethrough.plots.style import FAINT, INK, LABEL, LINE, NOTE
from seethrough.plots.words import FAMILY, shortened

WRITTEN = 12
"""Classes up to which the counts are written into the cells."""
NAMED = 60
"""Classes up to which their names are written at the edge."""


def show_confusion(
    ax: Axes, counts: Tensor, labels: Sequence[str], *, title: str | None = None, names: float = 0.85
) -> None:
    """Draw counts [K, K], a row for what is shown and a column for what it is read as; a cell's colour is its share of the row.

    A class's name may take `names` inches.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_confusion(panels[0, 0], torch.tensor([[9, 1], [2, 8]]), ["cat", "dog"], title="read as")
    """
    classes = len(labels)
    if tuple(counts.shape) != (classes, classes):
        raise UserError(
            f"a confusion matrix of {classes} classes has counts [{classes}, {classes}], not {list(counts.shape)}"
        )
    share = counts.double() / counts.sum(1, keepdim=True).clamp_min(1)
    ax.set_axis_on()
    # The root of the share: a class that is confused in one case of a hundred is to be seen.
    ax.imshow(share.sqrt().numpy(), cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    for spine in ax.spines.values():
        spine.set(color=LINE, linewidth=0.8)
    named = labels if classes <= NAMED else ()
    written: Any = {"fontsize": NOTE, "fontfamily": FAMILY, "color": INK, "parse_math": False}
    short = [shortened(label, names, NOTE) for label in named]
    ax.set_xticks(range(len(short)), short, rotation=90 if max(map(len, short), default=0) > 2 else 0, **written)
    ax.set_yticks(range(len(short)), short, **written)
    ax.tick_params(length=0)
    ax.set_xlabel("read as", fontsize=LABEL, fontfamily=FAMILY, color=FAINT)
    ax.set_ylabel("what they show", fontsize=LABEL, fontfamily=FAMILY, color=FAINT)
    cells = []
    if classes <= WRITTEN:
        for row, column in torch.nonzero(counts).tolist():
            light = float(share[row, column]) ** 0.5 <= 0.55
            said = str(int(counts[row, column]))
            cells.append(
                ax.text(column, row, said, ha="center", va="center", family=FAMILY, color=INK if light else "w")
            )
            cells[-1].set_in_layout(False)
    longest = max((len(cell.get_text()) for cell in cells), default=1)

    def fit() -> None:
        # Points a cell is wide; a line is 1.2 times as high as its letters, a digit some two thirds as wide.
        room = min(panel_width(ax), panel_height(ax)) * 72 / classes
        ax.tick_params(labelsize=min(NOTE, room / 1.25))
        for cell in cells:
            cell.set_fontsize(min(NOTE - 1, room / longest / 0.7))

    when_placed(ax, fit)
    set_title(ax, title)
