"""The one look of every figure; passed by hand, as matplotlib's global settings know nothing of threads."""

from matplotlib import colormaps
from matplotlib.colors import Colormap

DPI = 150
CELL = (3.0, 3.0)
"""Height and width of one panel, in inches."""

SEQUENTIAL = "inferno"
"""Maps that grow from nothing to much: over a photo the cold dims and the hot glows; one order to every eye."""
DIVERGING = "RdBu_r"
"""Signed maps: red speaks for, blue speaks against, white is zero."""
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Colours for things that are different, not more or less (Okabe and Ito 2008), the faint yellow last."""

INK = "#1f2328"
FAINT = "#6a737d"
LINE = "#d0d7de"
TRACK = "#eef1f4"

SHEET_TITLE = 16.0
PANEL_TITLE = 13.0
LABEL = 11.0
NOTE = 9.5


def colours(signed: bool) -> Colormap:
    """Return the colour map of signed or of unsigned values, where what is not a number stays clear.

    >>> colours(signed=True).name
    'RdBu_r'
    """
    return colormaps[DIVERGING if signed else SEQUENTIAL].with_extremes(bad=(0, 0, 0, 0))
