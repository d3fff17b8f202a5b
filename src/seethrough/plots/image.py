"""Pictures in figures: one in a panel, or many as one contact sheet."""

import math

from matplotlib.axes import Axes
from torch import Tensor

from seethrough.errors import UserError
from seethrough.plots.sheet import set_picture_frame, set_title

TINY = 128
"""Up to this many pixels a side every pixel is drawn as a sharp square."""
ROUNDING = 1e-3


def interpolation(height: int, width: int) -> str:
    """Draw tiny pictures as sharp squares, others without the moiré of skipped pixels."""
    return "nearest" if max(height, width) <= TINY else "auto"


def checked_image(image: Tensor) -> Tensor:
    """Return an image [C, H, W] as float on the CPU, or say why it is none."""
    if image.ndim != 3 or image.shape[0] not in (1, 3) or 0 in image.shape:
        raise UserError(f"image must have shape [1 or 3, height, width], not {list(image.shape)}")
    image = image.detach().cpu().float()
    low, high = float(image.min()), float(image.max())
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):
        raise UserError(f"image must lie in [0, 1], not in [{low:.4g}, {high:.4g}]")
    return image.clamp(0, 1)


def show_image(ax: Axes, image: Tensor, title: str | None = None) -> None:
    """Show an image [C, H, W] in [0, 1] in a panel; one channel is grey.

    >>> import torch
    >>> from seethrough.plots import sheet
    >>> figure, panels = sheet(1, 1)
    >>> show_image(panels[0, 0], torch.rand(3, 40, 56), "noise")
    """
    image = checked_image(image)
    channels, height, width = image.shape
    if channels == 1:
        image = image.expand(3, height, width)
    ax.imshow(image.permute(1, 2, 0).numpy(), interpolation=interpolation(height, width))
    set_picture_frame(ax)
    set_title(ax, title)


def grid_of_images(images: Tensor, columns: int | None = None, pad: int = 2) -> Tensor:
    """Lay images [N, C, H, W] out as one contact sheet [C, H', W'] on white, row by row; near square unless told.

    >>> import torch
    >>> grid_of_images(torch.zeros(5, 3, 10, 10), columns=3, pad=1).shape
    torch.Size([3, 23, 34])
    """
    if images.ndim != 4 or len(images) == 0:
        raise UserError(f"images must have shape [N, C, H, W] with N >= 1, not {list(images.shape)}")
    if pad < 0 or (columns is not None and columns < 1):
        raise UserError(f"columns must be at least 1 and pad at least 0, not {columns} and {pad}")
    count, channels, height, width = images.shape
    columns = min(columns or math.ceil(math.sqrt(count)), count)
    rows = math.ceil(count / columns)
    paper = images.new_ones(channels, rows * (height + pad) + pad, columns * (width + pad) + pad)
    for place, image in enumerate(images):
        top = pad + place // columns * (height + pad)
        left = pad + place % columns * (width + pad)
        paper[:, top : top + height, left : left + width] = image
    return paper
