"""A confusion matrix: what pictures of each class are read as."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from seethrough.errors import UserError
from seethrough.plots.sheet import set_title
from seethrough.plots.style import INK, LINE, NOTE
from seethrough.plots.words import FAMILY, shortened

WRITTEN = 12
"""Classes up to which the counts are written into the cells, and up to which every name is written at the edge."""
NAME = 0.85
"""Inches a class's name may take."""


def show_confusion(ax: Axes, counts: Tensor, labels: Sequence[str], *, title: str | None = None) -> None:
    """Draw counts [K, K], a row for what is shown and a column for what it is read as; a cell's colour is its share of the row.

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
    size = NOTE if classes <= WRITTEN else max(NOTE * 22 / classes, 3.0)
    names = [shortened(label, NAME, size) for label in labels]
    ax.set_xticks(range(classes), names, rotation=90, fontsize=size, fontfamily=FAMILY, color=INK, parse_math=False)
    ax.set_yticks(range(classes), names, fontsize=size, fontfamily=FAMILY, color=INK, parse_math=False)
    ax.tick_params(length=0)
    if classes <= WRITTEN:
        for row, column in torch.nonzero(counts).tolist():
            dark = float(share[row, column]) ** 0.5 > 0.55
            ax.text(
                column,
                row,
                str(int(counts[row, column])),
                ha="center",
                va="center",
                fontsize=NOTE - 2,
                fontfamily=FAMILY,
                color="white" if dark else INK,
            )
    set_title(ax, title)
