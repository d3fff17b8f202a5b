"""Bars: a few named numbers, longest name and all, readable from the back of the room."""

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.text import Text

from seethrough.errors import UserError
from seethrough.plots.layout import panel_width, when_placed
from seethrough.plots.sheet import set_title
from seethrough.plots.style import INK, LABEL, OKABE_ITO, TRACK
from seethrough.plots.words import FAMILY, numbers, shortened, width


def show_bars(
    ax: Axes,
    labels: Sequence[str],
    values: Sequence[float],
    *,
    texts: Sequence[str] | None = None,
    title: str | None = None,
    limits: tuple[float, float] | None = None,
    colour: str = OKABE_ITO[0],
) -> None:
    """Show named numbers as horizontal bars, the first on top: each name above its bar, each number at its right.

    `texts` says the numbers in other words ("95.2 %"); `limits` are the values at the left and right end.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_bars(panels[0, 0], ["espresso", "cup"], [0.95, 0.02], texts=["95.2 %", "2.0 %"], limits=(0, 1))
    """
    texts = numbers(values) if texts is None else texts
    if not len(labels) == len(values) == len(texts):
        raise UserError(f"bars need as many labels as values, not {len(labels)}, {len(values)} and {len(texts)}")
    low, high = limits or (min(0.0, *values, 0.0), max(0.0, *values, 0.0))
    if not low < high:
        low, high = 0.0, 1.0
    written = []
    for place, (label, value, text) in enumerate(zip(labels, values, texts, strict=True)):
        ax.barh(place + 0.2, high - low, left=low, height=0.3, color=TRACK)
        ax.barh(place + 0.2, value, height=0.3, color=colour)
        written.append(write(ax, low, place - 0.04, label, "left"))
        write(ax, high, place - 0.04, text, "right")

    def fit() -> None:
        for drawn, label, text in zip(written, labels, texts, strict=True):
            drawn.set_text(shortened(label, panel_width(ax) - width(text, LABEL) - 0.12, LABEL))

    when_placed(ax, fit)
    ax.set_xlim(low, high)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.set_axis_off()
    set_title(ax, title)


def write(ax: Axes, x: float, y: float, words: str, side: Literal["left", "right"]) -> Text:
    """Write words that end or begin at a place in a panel, without a say in the layout: they are fitted into it."""
    drawn = ax.text(x, y, words, ha=side, va="bottom", fontsize=LABEL, fontfamily=FAMILY, color=INK, parse_math=False)
    drawn.set_in_layout(False)
    return drawn
