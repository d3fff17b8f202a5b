"""Names above what is drawn, on one line: for panels whose lines or columns leave no corner free."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text

from seethrough.plots.layout import panel_width, when_placed
from seethrough.plots.style import INK, NOTE
from seethrough.plots.words import FAMILY, shortened

MARK = 0.55
"""Inches that a name's mark and the gaps beside it take."""


def names_above(ax: Axes, drawn: Sequence[Any], names: Sequence[str]) -> None:
    """Name what was drawn along the panel's upper edge, which the caller keeps free.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> names_above(panels[0, 0], panels[0, 0].plot([0, 1], [0, 1]), ["espresso"])
    """
    # A legend passes over names that begin with "_" and reads dollars as formulas: it gets the names afterwards.
    legend = ax.legend(
        drawn,
        [" "] * len(names),
        frameon=False,
        ncols=len(names),
        loc="upper left",
        borderaxespad=0.1,
        columnspacing=1.2,
        prop={"family": FAMILY, "size": NOTE},
        labelcolor=INK,
    )
    legend.set_in_layout(False)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)
        when_placed(ax, partial(_fit, ax, text, name, len(names)))


def _fit(ax: Axes, text: Text, name: str, among: int) -> None:
    text.set_text(shortened(name, panel_width(ax) / among - MARK, NOTE))
