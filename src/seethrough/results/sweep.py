"""One class dreamt under a grid of settings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Sweep(Result):
    """Images [R * C, channels, H, W] of one class, row by row: a setting and its values down, another across.

    `reached` and `probabilities` [R, C] are the class's logit and probability for each. What was not come to is not a
    number.
    """

    wish: str
    images: Tensor
    rows: tuple[str, tuple[str, ...]]
    columns: tuple[str, tuple[str, ...]]
    reached: Tensor
    probabilities: Tensor

    def line(self) -> str:
        """Say the best cell."""
        if not bool(self.probabilities.isfinite().any()):
            return f"{self.method} of {self.wish} ({self.network}): nothing yet"
        best = int(self.reached.nan_to_num(-torch.inf).argmax())
        row, column = divmod(best, self.reached.shape[1])
        return (
            f"{self.method} of {self.wish} ({self.network}): logit {float(self.reached[row, column]):.4g}, "
            f"{percent(float(self.probabilities[row, column]))} at best, "
            f"with {self.rows[0]} {self.rows[1][row]} and {self.columns[0]} {self.columns[1][column]}"
        )

    def picture(self) -> Tensor:
        """Return all images as one contact sheet."""
        from seethrough.plots import grid_of_images

        return grid_of_images(self.images.nan_to_num(1.0), len(self.columns[1]))

    def figure(self) -> "Figure":
        """Draw the grid, each image titled with its settings and the class's probability."""
        from seethrough.plots import sheet, show_image

        down, across = len(self.rows[1]), len(self.columns[1])
        height, width = self.images.shape[-2:]
        title = f"{self.wish}: {self.rows[0]} down, {self.columns[0]} across ({self.network})"
        figure, panels = sheet(down, across, cell=(2.5 * height / width + 0.5, 2.7), title=title)
        for place, (panel, image) in enumerate(zip(panels.flat, self.images, strict=True)):
            row, column = divmod(place, across)
            if not bool(image.isfinite().all()):
                continue
            said = f"{self.rows[0]} {self.rows[1][row]}, {self.columns[0]} {self.columns[1][column]}"
            show_image(panel, image, f"{said}\n{percent(float(self.probabilities[row, column]))}")
        return figure
