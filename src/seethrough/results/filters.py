"""The filters of a layer: what it was trained to look for, drawn from its weights alone."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IN_A_ROW = 16
SLICES = 16
"""Input channels shown of a filter that cannot be drawn in colour."""
FINE = 32
"""Pixels a filter is drawn with at least, so that the lines between filters are thin beside it."""
WIDE, TALL = 12.8, 9.0
"""Inches a sheet of filters takes in a figure, at most."""
LARGEST = 4096
"""Pixels a side of a sheet of filters, at most."""


@dataclass(frozen=True, kw_only=True)
class Filters(Result):
    """The weights [N, C, h, w] of one layer, all N of its filters, of which a figure draws the first `most`.

    `reads` is how many channels the layer reads; with grouped convolutions a filter has fewer (C) of its own.
    """

    layer: str
    kind: str
    weights: Tensor
    reads: int
    most: int

    def __len__(self) -> int:
        """Count the filters."""
        return len(self.weights)

    def line(self) -> str:
        """Say how many filters of which size: 64 filters of 3 x 11 x 11 in conv1 (alexnet-caffe)."""
        count, channels, height, width = self.weights.shape
        what = "filters" if self.kind == "Conv2d" else "templates"
        grouped = f", each reading {channels} of {self.reads} channels" if channels < self.reads else ""
        return f"{count} {what} of {channels} x {height} x {width}{grouped} in {self.layer} ({self.network})"

    @property
    def sliced(self) -> bool:
        """Tell whether a filter is drawn as a grey slice for each channel: it has neither one channel nor red, green, blue."""
        channels = self.weights.shape[1]
        return channels != 1 and not (channels == 3 and self.reads == 3)

    def stretched(self) -> Tensor:
        """Return the filters as pictures in [0, 1], each on its own: minus its minimum, then over its new maximum.

        All channels of a filter share the two numbers, so its colours are its own. One that is the same everywhere is black.
        """
        raised = self.weights - self.weights.amin((1, 2, 3), keepdim=True)
        top = raised.amax((1, 2, 3), keepdim=True)
        return torch.where(top > 0, raised / top, 0.0)

    def sheet(self, columns: int = IN_A_ROW) -> Tensor:
        """Return the drawn filters as one picture [1 or 3, H, W]: rows of 16, or a column for each filter with its slices."""
        from seethrough.plots import grid_of_images

        shown = self.stretched()[: self.most]
        if self.sliced:
            shown = shown[:, :SLICES].transpose(0, 1).flatten(0, 1)[:, None]
            columns = min(len(self), self.most)
        height, width = shown.shape[2:]
        room = LARGEST // max(min(columns, len(shown)), math.ceil(len(shown) / columns))
        times = max(1, min(math.ceil(FINE / max(height, width)), room // max(height, width)))
        large = shown.repeat_interleave(times, dim=2).repeat_interleave(times, dim=3)
        return grid_of_images(large, columns=columns, pad=max(1, times * max(height, width) // 16))

    def shown(self) -> str:
        """Say how many of how many are drawn, where that is not all."""
        count, channels = self.weights.shape[:2]
        said = [f"the first {self.most} of {count}"] if self.most < count else []
        if self.sliced:
            part = f"{SLICES} of {channels}" if channels > SLICES else f"all {channels}"
            said.append(f"a column for each, a row for each input channel ({part})")
        return ", ".join(said)

    def figure(self) -> "Figure":
        """Draw the filters on one sheet."""
        from seethrough.plots import sheet, show_image

        picture = self.sheet()
        height, width = picture.shape[1:]
        figure, panels = sheet(1, 1, cell=(min(WIDE * height / width, TALL) + 0.4, WIDE), title=self.line())
        show_image(panels[0, 0], picture, self.shown() or None)
        return figure
