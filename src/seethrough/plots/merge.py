"""One large panel in place of several."""

from typing import Any

from matplotlib.axes import Axes
from numpy.typing import NDArray


def merged(panels: NDArray[Any]) -> Axes:
    """Put one blank panel in the place of a block [rows, columns] of a sheet's panels.

    >>> from seethrough.plots import sheet, show_image
    >>> figure, panels = sheet(2, 4)
    >>> show_image(merged(panels[:2, :2]), torch.rand(3, 40, 56))
    """
    first, last = panels[0, 0].get_subplotspec(), panels[-1, -1].get_subplotspec()
    figure = panels[0, 0].figure
    for panel in panels.flat:
        panel.remove()
    block = first.get_gridspec()[first.rowspan.start : last.rowspan.stop, first.colspan.start : last.colspan.stop]
    large: Axes = figure.add_subplot(block)
    large.set_axis_off()
    return large
