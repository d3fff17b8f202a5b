"""Words that know their room: panels are placed first, then words are broken to fit them, then panels make way."""

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

GAP = 0.15
"""Inches kept free between the words of neighbouring panels."""


class FittingLayout(ConstrainedLayoutEngine):
    """Constrained layout that lets words be fitted once their panels have a place, and then lays out again."""

    def __init__(self) -> None:
        """Start with no words to fit."""
        super().__init__(w_pad=0.08, h_pad=0.08, wspace=0.03, hspace=0.03)
        self.fits: list[Callable[[], None]] = []
        self.headroom: dict[int, float] = {}
        self.laid_out: tuple[float, ...] = ()

    def execute(self, fig: Figure) -> Any:
        """Place the panels, fit the words, place the panels again; leave alone what is already in place."""
        # A second pass moves panels by a hair: a figure that is drawn twice must give the same bytes twice.
        state = (*fig.get_size_inches(), len(fig.findobj()))
        if state == self.laid_out:
            return
        super().execute(fig)
        for fit in self.fits:
            fit()
        # Pictures leave some of their place free; how much is known once they stand there: the second time is right.
        super().execute(fig)
        super().execute(fig)
        self.laid_out = (*fig.get_size_inches(), len(fig.findobj()))

    def make_room(self, ax: Axes, inches: float) -> None:
        """Make a figure taller by what stands above a row of panels, so that the panels keep their size."""
        row = ax.get_subplotspec().rowspan.start  # type: ignore[union-attr]
        more = inches - self.headroom.get(row, 0.0)
        if more > 0:
            self.headroom[row] = inches
            figure = ax.get_figure(root=True)
            figure.set_figheight(figure.get_figheight() + more)  # type: ignore[union-attr]


def when_placed(ax: Axes, fit: Callable[[], None]) -> None:
    """Fit words when their panel has its place; at once on a figure that is not one of our sheets."""
    layout = layout_of(ax)
    if layout:
        layout.fits.append(fit)
    else:
        fit()


def layout_of(ax: Axes) -> FittingLayout | None:
    """Return the layout of a panel's sheet, if it is on one."""
    layout = ax.get_figure(root=True).get_layout_engine()  # type: ignore[union-attr]
    return layout if isinstance(layout, FittingLayout) and ax.get_subplotspec() else None


def panel_width(ax: Axes) -> float:
    """Return the width of a panel as placed, in inches."""
    return float(ax.get_position().width) * figure_width(ax)


def panel_height(ax: Axes) -> float:
    """Return the height of a panel as placed, in inches."""
    return float(ax.get_position().height) * float(ax.get_figure(root=True).get_figheight())  # type: ignore[union-attr]


def title_width(ax: Axes) -> float:
    """Return the inches a centred title may take: halfway to the next panels' middles, or up to the figure's edge."""
    place = ax.get_subplotspec()
    if place is None:
        return panel_width(ax)
    middle = centre(ax)
    others = [
        centre(other)
        for other in ax.get_figure(root=True).axes  # type: ignore[union-attr]
        if (spec := other.get_subplotspec()) is not None and set(spec.rowspan) & set(place.rowspan)
    ]
    edges = (2 * middle, 2 * (figure_width(ax) - middle))
    return min([abs(other - middle) for other in others if abs(other - middle) > GAP] + list(edges)) - GAP


def centre(ax: Axes) -> float:
    """Return how far from the figure's left edge the middle of a panel is, in inches."""
    place = ax.get_position()
    return (float(place.x0) + float(place.x1)) / 2 * figure_width(ax)


def figure_width(ax: Axes) -> float:
    """Return the width of the figure a panel is in, in inches."""
    return float(ax.get_figure(root=True).get_figwidth())  # type: ignore[union-attr]
