"""Columns: the numbers of a short list beside one another, for one list or a few."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from seethrough.errors import UserError
from seethrough.plots.legend import names_above
from seethrough.plots.sheet import set_title
from seethrough.plots.style import FAINT, INK, LINE, NOTE, OKABE_ITO
from seethrough.plots.words import FAMILY

TOGETHER = 0.8
"""How much of its place a number's columns take."""
HEADROOM, FOOTROOM = 0.2, 0.05
"""Kept free above the columns, for the names, and below, as a share of their height; alike in panels of the same limits."""


def show_columns(
    ax: Axes,
    lists: Mapping[str, Sequence[float]],
    *,
    title: str | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw the numbers of each list as columns from zero, those of one place side by side; a legend when there are several.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_columns(panels[0, 0], {"before": [1, -2, 0.5], "after": [1.5, -1.5, 1]})
    """
    counts = {len(values) for values in lists.values()}
    if len(counts) != 1 or counts == {0}:
        raise UserError(f"columns take lists of one length, not {', '.join(map(str, sorted(counts))) or 'none'}")
    (count,) = counts
    ax.set_axis_on()
    wide = TOGETHER / len(lists)
    for place, values in enumerate(lists.values()):
        at = np.arange(count) + (place - (len(lists) - 1) / 2) * wide
        ax.bar(at, np.asarray(values, dtype=float), width=wide, color=OKABE_ITO[place % len(OKABE_ITO)])
    ax.axhline(0, color=INK, linewidth=0.8)
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
    ax.spines["left"].set(color=LINE, linewidth=0.8)
    ax.grid(axis="y", color=LINE, linewidth=0.6, alpha=0.7)
    ax.set_axisbelow(True)
    ax.set_xlim(-0.6, count - 0.4)
    ax.set_xticks(range(count) if count <= len(OKABE_ITO) * 2 else [])
    ax.tick_params(labelsize=NOTE, labelfontfamily=FAMILY, labelcolor=FAINT, color=LINE, length=0)
    low, high = limits or (min(0.0, ax.dataLim.y0), max(0.0, ax.dataLim.y1))
    if not low < high:
        low, high = low - 0.5, high + 0.5
    ax.set_ylim(low - (high - low) * FOOTROOM, high + (high - low) * HEADROOM)
    if len(lists) > 1:
        names_above(ax, ax.containers[-len(lists) :], list(lists))
    set_title(ax, title)
