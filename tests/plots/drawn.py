"""What a drawn figure really shows: its pixels, and where its words lie."""

import numpy as np
from matplotlib.axes import Axes
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


def words(figure: Figure) -> dict[str, Bbox]:
    """Return the box of every text that is shown, by what it says."""
    pixels(figure)
    texts = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text()]
    shown = [
        each
        for each in texts
        if each.axes is None or each.axes.axison or each in each.axes.texts or each is each.axes.title
    ]
    return {f"{each.get_text()}#{place}": each.get_window_extent() for place, each in enumerate(shown)}


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that lie on each other by more than a pixel."""
    boxes = [(text, box.padded(-1)) for text, box in words(figure).items()]
    return [(one, other) for place, (one, a) in enumerate(boxes) for other, b in boxes[place + 1 :] if a.overlaps(b)]


def outside(figure: Figure) -> list[str]:
    """Return the texts that leave the figure."""
    width, height = figure.canvas.get_width_height()
    return [
        text
        for text, box in words(figure).items()
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
