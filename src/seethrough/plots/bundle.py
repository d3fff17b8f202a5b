"""A bundle of lines: a few that are named, in front of the many that are not."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from seethrough.plots.curve import show_curve
from seethrough.plots.legend import names_above
from seethrough.plots.style import LINE

HEADROOM = 0.16
"""Kept free above the lines for their names, as a share of the height."""


def show_bundle(
    ax: Axes,
    x: Sequence[float],
    named: Mapping[str, Sequence[float]],
    behind: Sequence[Sequence[float]],
    *,
    across: str = "",
    upward: str = "",
    title: str | None = None,
) -> None:
    """Draw named lines in colour over a common x, before thin grey ones; the names stand above them all.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_bundle(panels[0, 0], [0, 1], {"espresso": [9, 2]}, [[0, 1], [1, 0]], across="step", upward="score")
    """
    show_curve(ax, x, named, across=across, upward=upward, title=title)
    drawn = list(ax.lines)
    for line in behind:
        ax.plot(x, line, color=LINE, linewidth=0.5, zorder=0.5)
    low, high = ax.dataLim.y0, ax.dataLim.y1
    tall = high - low or 1.0
    ax.set_ylim(low - 0.04 * tall, high + HEADROOM * tall)
    # One line more to read: in a corner the names would lie on the lines.
    names_above(ax, drawn, list(named))
