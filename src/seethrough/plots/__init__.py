"""How results are drawn: small functions over matplotlib's objects, one look, safe in any thread, no window."""

from seethrough.percent import percent
from seethrough.plots.bars import show_bars
from seethrough.plots.curve import show_curve
from seethrough.plots.image import grid_of_images, show_image
from seethrough.plots.map import show_map
from seethrough.plots.sheet import png, sheet
from seethrough.plots.style import DIVERGING, OKABE_ITO, SEQUENTIAL

__all__ = [
    "DIVERGING",
    "OKABE_ITO",
    "SEQUENTIAL",
    "grid_of_images",
    "percent",
    "png",
    "sheet",
    "show_bars",
    "show_curve",
    "show_image",
    "show_map",
]
