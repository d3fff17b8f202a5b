"""What a drawn figure really shows: its pixels, and where its words lie."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray


def pixels(figure: Figure) -> NDArray[np.uint8]:
    """Return the figure as drawn, [height, width, RGBA]."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def colour_at(ax: Axes, row: float, column: float) -> tuple[int, ...]:
    """Return the colour drawn at a place of a panel's picture."""
    drawn = pixels(ax.figure)
    x, y = ax.transData.transform((column, row))
    return tuple(int(part) for part in drawn[drawn.shape[0] - 1 - round(y), round(x), :3])


def words(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return what every text that is shown says, and its box."""
    pixels(figure)
    shown = list(figure.texts)
    for ax in [*figure.axes, *(bar for panel in figure.axes for bar in panel.child_axes)]:
        shown += [ax.title, *ax.texts, *(ax.get_legend().get_texts() if ax.get_legend() else [])]
        if ax.axison:
            shown += [ax.xaxis.label, ax.yaxis.label, *tick_labels(ax.xaxis), *tick_labels(ax.yaxis)]
    return [(each.get_text(), each.get_window_extent()) for each in shown if each.get_visible() and each.get_text()]


def tick_labels(axis: Axis) -> list[Text]:
    """Return the labels of the ticks within the axis's ends: the others exist, but are not drawn."""
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [label for tick in ticks for label in (tick.label1, tick.label2)]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that lie on each other by more than a pixel."""
    boxes = [(text, box.padded(-1)) for text, box in words(figure)]
    return [(one, other) for place, (one, a) in enumerate(boxes) for other, b in boxes[place + 1 :] if a.overlaps(b)]


def outside(figure: Figure) -> list[str]:
    """Return the texts that leave the figure."""
    width, height = figure.canvas.get_width_height()
    return [
        text for text, box in words(figure) if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
