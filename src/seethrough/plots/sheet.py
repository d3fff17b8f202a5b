"""A sheet: a figure of equal panels, and what each panel has in common with all the others."""

import io
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seethrough.errors import UserError
from seethrough.plots.layout import FittingLayout, figure_width, layout_of, title_width, when_placed
from seethrough.plots.style import CELL, DPI, FAINT, INK, LINE, NOTE, PANEL_TITLE, SHEET_TITLE
from seethrough.plots.words import FAMILY, wrapped

LARGEST = 48_000 / DPI
"""Inches a side may have: the renderer counts pixels in 16 bits, and titles need some of them."""
LINE_HEIGHT = 1.3


def sheet(
    rows: int, columns: int, *, cell: tuple[float, float] = CELL, title: str | None = None
) -> tuple[Figure, NDArray[Any]]:
    """Lay out a figure of rows x columns blank panels of (height, width) inches; no window, no global state.

    >>> figure, panels = sheet(2, 3, title="Six ways to look at a cup")
    >>> panels.shape
    (2, 3)
    """
    if rows < 1 or columns < 1:
        raise UserError(f"a sheet needs at least one row and one column, not {rows} x {columns}")
    across, down = columns * cell[1], rows * cell[0]
    if max(across, down) > LARGEST:
        raise UserError(
            f"a sheet of {rows} x {columns} panels is too large to draw; at most {LARGEST:.0f} inches a side"
        )
    heading = wrapped(title, across - 0.4, SHEET_TITLE, bold=True) if title else ""
    if heading:
        down += 0.15 + (heading.count("\n") + 1) * SHEET_TITLE * LINE_HEIGHT / 72
    figure = Figure(figsize=(across, down), dpi=DPI, facecolor="white", layout=FittingLayout())
    FigureCanvasAgg(figure)
    if heading:
        figure.suptitle(
            heading, fontsize=SHEET_TITLE, fontweight="bold", fontfamily=FAMILY, color=INK, parse_math=False
        )
    panels = figure.subplots(rows, columns, squeeze=False)
    for panel in panels.flat:
        panel.set_axis_off()
    return figure, np.asarray(panels)


def set_title(ax: Axes, title: str | None) -> None:
    """Write a panel's title, broken into lines that stay above the panel and clear of its neighbours."""
    if title:
        layout, place = layout_of(ax), ax.get_subplotspec()
        if layout and place:
            # Panels have room for one line; what a long title adds must not be taken from the picture.
            breaks = wrapped(title, figure_width(ax) / place.get_gridspec().ncols * 0.85, PANEL_TITLE).count("\n")
            layout.make_room(ax, breaks * PANEL_TITLE * LINE_HEIGHT / 72)
        drawn = ax.set_title(title, fontsize=PANEL_TITLE, fontfamily=FAMILY, color=INK, pad=9, parse_math=False)
        when_placed(ax, lambda: drawn.set_text(wrapped(title, title_width(ax), PANEL_TITLE)))


def set_footnote(figure: Figure, words: str) -> None:
    """Write a note along the foot of a figure, which grows by it."""
    written = wrapped(words, figure.get_figwidth() - 0.4, NOTE)
    figure.set_figheight(figure.get_figheight() + (written.count("\n") + 1) * NOTE * LINE_HEIGHT / 72)
    figure.supxlabel(
        written,
        x=0.15 / figure.get_figwidth(),
        ha="left",
        fontsize=NOTE,
        fontfamily=FAMILY,
        color=FAINT,
        parse_math=False,
    )


def set_picture_frame(ax: Axes) -> None:
    """Show a panel as a picture: at the top of its place, no ticks, a thin edge that white pictures need."""
    ax.set_axis_on()
    ax.set_anchor("N")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(color=LINE, linewidth=0.8)


def png(figure: Figure) -> bytes:
    """Draw a figure as the bytes of a PNG file; equal figures give equal bytes.

    >>> figure, _ = sheet(1, 1)
    >>> png(figure)[1:4]
    b'PNG'
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    return drawn.getvalue()
