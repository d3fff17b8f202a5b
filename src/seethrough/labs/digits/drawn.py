"""Figures of many small pictures: a table of them with words under the columns and beside the rows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seethrough.plots import grid_of_images, sheet, show_curve, show_image
from seethrough.plots.style import INK, NOTE
from seethrough.plots.words import FAMILY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAD = 2
WIDE = 10.0
"""Inches that a figure takes across."""
UNDER = 0.24
"""Inches that a line of words under pictures takes."""


def lay(panel: "Axes", images: Tensor, under: Sequence[str], *, left: Sequence[str] = (), title: str = "") -> None:
    """Show pictures [N, 1, h, w] in rows of as many as `under` has words; `left` are words beside the rows."""
    show_image(panel, grid_of_images(images, columns=len(under), pad=PAD), title or None)
    tall, wide = (side + PAD for side in images.shape[-2:])
    written: Any = {"fontsize": NOTE, "fontfamily": FAMILY, "color": INK, "parse_math": False}
    panel.set_xticks([PAD + wide * (place + 0.5) - PAD / 2 for place in range(len(under))], list(under), **written)
    panel.set_yticks([PAD + tall * (place + 0.5) - PAD / 2 for place in range(len(left))], list(left), **written)
    panel.tick_params(length=0)


def rows_of_pictures(title: str, rows: Mapping[str, tuple[Tensor, Sequence[str]]]) -> "Figure":
    """Draw rows of pictures [N, 1, h, w], each row with its own title, and with words under each picture."""
    longest = max(len(images) for images, _ in rows.values())
    side = WIDE / longest
    lines = max((words.count("\n") + 1 for _, under in rows.values() for words in under), default=1)
    figure, panels = sheet(len(rows), 1, cell=(side + 0.5 + lines * UNDER, WIDE), title=title)
    for panel, (name, (images, under)) in zip(panels[:, 0], rows.items(), strict=True):
        lay(panel, images, under, title=name)
    return figure


def table_of_pictures(title: str, images: Tensor, under: Sequence[str], left: Sequence[str]) -> "Figure":
    """Draw pictures [rows * columns, 1, h, w] as a table."""
    figure, panels = sheet(1, 1, cell=(WIDE * len(left) / len(under) + 0.4, WIDE), title=title)
    lay(panels[0, 0], images, under, left=left)
    return figure


def curves(title: str, across: str, upward: str, lines: Mapping[str, Sequence[float]], wide: float = 8.0) -> "Figure":
    """Draw one line a name, from step 1 on."""
    figure, panels = sheet(1, 1, cell=(4.2, wide), title=title)
    count = max(len(values) for values in lines.values())
    show_curve(panels[0, 0], [float(step) for step in range(1, count + 1)], lines, across=across, upward=upward)
    # Ten names do not fit among the lines: they stand beside them.
    legend = panels[0, 0].get_legend()
    if legend is not None and len(lines) > 4:
        legend.set_loc("upper left")
        legend.set_bbox_to_anchor((1.0, 1.0))
        legend.set_in_layout(True)
    return figure


def about_grey(noise: Tensor) -> Tensor:
    """Draw noises [N, 1, h, w] about grey, all on one scale: brighter where they add, darker where they take away."""
    return (0.5 + noise / (2 * float(noise.abs().max().clamp_min(1e-12)))).clamp(0, 1)


def stretched(images: Tensor) -> Tensor:
    """Bring each picture [N, 1, h, w] to its own whole range from black to white; flat ones stay black."""
    low, high = images.amin((1, 2, 3), keepdim=True), images.amax((1, 2, 3), keepdim=True)
    return torch.where(high > low, (images - low) / (high - low).clamp_min(1e-12), torch.zeros_like(images))
