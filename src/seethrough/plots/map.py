"""Maps of numbers over an image: where a heat map is hot, and honest where there is nothing to show."""

import math

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.plots.image import checked_image, interpolation
from seethrough.plots.layout import title_width, when_placed
from seethrough.plots.sheet import set_picture_frame, set_title
from seethrough.plots.style import DPI, FAINT, INK, LINE, NOTE, colours
from seethrough.plots.words import FAMILY, numbers, wrapped

FLAT = 1e-6
"""Differences this small beside the values themselves are float32 rounding, not a finding."""
GREY = (0.299, 0.587, 0.114)


def show_map(
    ax: Axes,
    values: Tensor,
    *,
    over: Tensor | None = None,
    title: str | None = None,
    signed: bool = False,
    opacity: float = 0.6,
    colorbar: bool = True,
    limits: tuple[float, float] | None = None,
) -> None:
    """Show numbers [H, W] as colours, alone or over a greyed photo [C, H, W] of the same view.

    Signed maps are centred on zero. A map without differences is drawn in one colour and said to be flat; places that
    are not numbers are striped and counted.

    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_map(panels[0, 0], torch.randn(7, 7), over=torch.rand(3, 56, 56), signed=True)
    """
    if values.ndim != 2 or 0 in values.shape:
        raise UserError(f"values must have shape [height, width], not {list(values.shape)}")
    if not 0 <= opacity <= 1:
        raise UserError(f"opacity must lie in [0, 1], not {opacity}")
    measured = values.detach().cpu().double().numpy()
    known = np.isfinite(measured)
    low, high, flat = span(measured[known], signed, limits)

    height, width = values.shape
    if over is not None:
        photo = checked_image(over)
        height, width = photo.shape[1:]
        ax.imshow(greyed(photo), cmap="gray", vmin=0, vmax=1, interpolation=interpolation(height, width))
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    scale = ScalarMappable(Normalize(low, high), colours(signed))
    ax.imshow(
        np.ma.masked_where(~known, measured),
        cmap=scale.cmap,
        vmin=low,
        vmax=high,
        alpha=1.0 if over is None else opacity,
        extent=extent,
        interpolation=interpolation(*values.shape),
    )
    if not known.all():
        ax.imshow(stripes(~known), extent=extent, interpolation="nearest")
    set_picture_frame(ax)
    set_title(ax, title)
    note(ax, known, flat, low)
    if colorbar and known.any() and not flat:
        show_scale(ax, scale, low, high)


def span(known: NDArray[np.float64], signed: bool, limits: tuple[float, float] | None) -> tuple[float, float, bool]:
    """Return the lowest and highest value of the colour scale, and whether the map is flat."""
    if limits is not None:
        low, high = limits
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise UserError(f"limits must be two numbers, the lower first, not {limits}")
        return low, high, False
    if known.size == 0:
        return 0.0, 1.0, False
    low, high = float(known.min()), float(known.max())
    peak = max(abs(low), abs(high))
    if high - low <= FLAT * peak:
        return (low - max(peak, 1.0) if signed else low, low + max(peak, 1.0), True)
    return (-peak, peak, False) if signed else (low, high, False)


def greyed(photo: Tensor) -> NDArray[np.float32]:
    """Return a photo's brightness [H, W], so that only the map speaks in colour."""
    weights = torch.tensor(GREY).view(3, 1, 1)
    grey: NDArray[np.float32] = (photo * weights).sum(dim=0).numpy() if len(photo) == 3 else photo[0].numpy()
    return grey


def stripes(holes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Paint slanted grey stripes where a mask is true, fine enough to be seen as stripes in a small map."""
    finer = max(1, math.ceil(256 / max(holes.shape)))
    mask = holes.repeat(finer, axis=0).repeat(finer, axis=1)
    down, across = np.indices(mask.shape)
    period = max(4, max(mask.shape) // 48)
    grey = np.where((down + across) // period % 2, 0.62, 0.93)
    return np.dstack([grey, grey, grey, mask.astype(float)])


def note(ax: Axes, known: NDArray[np.bool_], flat: bool, value: float) -> None:
    """Say under the map what its colours cannot: that it is flat, or has holes."""
    said = []
    if flat:
        said.append("flat: the same value everywhere")
    if not known.all():
        said.append("not a number" if not known.any() else f"striped: {percent(float(1 - known.mean()))} not a number")
    if said:
        text = "; ".join(said)
        drawn = ax.set_xlabel(text, fontsize=NOTE, fontfamily=FAMILY, color=FAINT, parse_math=False)
        when_placed(ax, lambda: drawn.set_text(wrapped(text, title_width(ax), NOTE)))


def show_scale(ax: Axes, scale: ScalarMappable, low: float, high: float) -> None:
    """Draw the colour bar beside a map, exactly as tall as the map."""
    bar = ax.inset_axes((1.04, 0.0, 0.05, 1.0))
    drawn = ax.figure.colorbar(scale, cax=bar)
    drawn.outline.set(edgecolor=LINE, linewidth=0.8)
    bar.tick_params(labelsize=NOTE, labelfontfamily=FAMILY, labelcolor=INK, color=LINE, length=3)

    def fit() -> None:
        height = bar.get_window_extent().height / DPI
        ticks = [float(tick) for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
        ticks = ticks if height > 1 else [low, high]
        drawn.set_ticks(ticks, labels=numbers(ticks))

    fit()
    when_placed(ax, fit)
