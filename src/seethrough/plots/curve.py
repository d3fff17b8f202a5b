"""Curves: numbers along an axis, one line for each name."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from seethrough.errors import UserError
from seethrough.plots.layout import panel_width, when_placed
from seethrough.plots.sheet import set_title
from seethrough.plots.style import FAINT, INK, LABEL, LINE, NOTE, OKABE_ITO
from seethrough.plots.words import FAMILY, shortened

DASHES = ("-", "--", ":", "-.")
"""When the colours run out, and in grey print."""


def show_curve(
    ax: Axes,
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    across: str = "",
    upward: str = "",
    title: str | None = None,
    limits: tuple[float, float] | None = None,
    marks: bool = False,
) -> None:
    """Draw one line for each name over a common x; gaps where a value is not a number; a legend when there is a choice.

    `across` and `upward` name the axes, `limits` are the lower and upper end of the upward one.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_curve(panels[0, 0], [0, 1, 2], {"espresso": [0.9, 0.5, 0.1]}, across="step", upward="probability")
    """
    for name, values in lines.items():
        if len(values) != len(x):
            raise UserError(f"curve {name!r} has {len(values)} values for {len(x)} places on the axis")
    ax.set_axis_on()
    for place, values in enumerate(lines.values()):
        heights = np.asarray(values, dtype=float)
        ax.plot(
            np.asarray(x, dtype=float),
            np.where(np.isfinite(heights), heights, np.nan),
            color=OKABE_ITO[place % len(OKABE_ITO)],
            linestyle=DASHES[place // len(OKABE_ITO) % len(DASHES)],
            linewidth=2,
            marker="o" if marks or len(x) == 1 else None,
            markersize=4,
        )
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=LINE, linewidth=0.8)
    ax.grid(color=LINE, linewidth=0.6, alpha=0.7)
    ax.set_axisbelow(True)
    ax.locator_params(nbins=5)
    ax.tick_params(labelsize=NOTE, labelfontfamily=FAMILY, labelcolor=FAINT, color=LINE)
    ax.set_xlabel(across, fontsize=LABEL, fontfamily=FAMILY, color=INK, parse_math=False)
    ax.set_ylabel(upward, fontsize=LABEL, fontfamily=FAMILY, color=INK, parse_math=False)
    if limits:
        ax.set_ylim(*limits)
    if len(lines) > 1:
        # A legend passes over names that begin with "_" and reads dollars as formulas: it gets the names afterwards.
        legend = ax.legend(
            ax.lines[-len(lines) :],
            [" "] * len(lines),
            frameon=False,
            prop={"family": FAMILY, "size": NOTE},
            labelcolor=INK,
        )
        legend.set_in_layout(False)
        for text, name in zip(legend.get_texts(), lines, strict=True):
            text.set_parse_math(False)
            text.set_text(name)
            when_placed(ax, partial(fit, ax, text, name))
    set_title(ax, title)


def fit(ax: Axes, text: Text, name: str) -> None:
    """Keep a name in the legend narrower than its panel."""
    text.set_text(shortened(name, panel_width(ax) * 0.6, NOTE))
