"""What a linear classifier compares a picture with: one template a class."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 40
ACROSS = 5
WITHIN = 0.998
"""The share of a template's numbers within whose range its colours go."""
GREATEST = 1_000_000
"""Numbers looked at for that range: sorting more takes long and tells no more."""


@dataclass(frozen=True, kw_only=True)
class Templates(Result):
    """The weights [K, C, H, W] of a linear classifier on pictures and its `bias` [K], a template for each of the `labels`.

    A score is the sum of template * pixels, plus the bias.
    """

    weights: Tensor
    bias: Tensor
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Hold a name and a bias for each template."""
        if not len(self.weights) == len(self.labels) == len(self.bias):
            raise UserError(f"templates: {len(self.weights)}, {len(self.labels)} labels and {len(self.bias)} biases")

    def __len__(self) -> int:
        """Count the templates."""
        return len(self.weights)

    def line(self) -> str:
        """Say how many templates of which size."""
        channels, height, width = self.weights.shape[1:]
        what = "template" if len(self) == 1 else "templates"
        return f"{len(self)} {what} of {channels} x {height} x {width} ({self.network}): {', '.join(self.labels[:10])}"

    def pictures(self) -> Tensor:
        """Return the templates as pictures in [0, 1], each on its own: grey is a weight of 0, brighter is for the class.

        What lies beyond 99.8 % of a template's weights is drawn as if it were there.
        """
        return pictured(self.weights)

    def figure(self) -> "Figure":
        """Draw a template a class: in colour, or, of one channel, red where light speaks for the class and blue against."""
        from seethrough.plots import sheet, show_image, show_map

        drawn = min(len(self), MOST_DRAWN)
        across = min(ACROSS, drawn)
        channels, height, width = self.weights.shape[1:]
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        cell = (2.3 * height / width + 0.45, 2.3)
        figure, panels = sheet(math.ceil(drawn / across), across, cell=cell, title=f"Templates of {self.network}{more}")
        pictures = self.pictures()
        for place, panel in zip(range(drawn), panels.flat, strict=False):
            if channels == 1:
                show_map(panel, self.weights[place, 0], title=self.labels[place], signed=True, colorbar=False)
            else:
                show_image(panel, pictures[place], self.labels[place])
        return figure


def pictured(weights: Tensor) -> Tensor:
    """Return weights [K, C, H, W] as pictures about grey.

    >>> pictured(torch.tensor([-1.0, 0.0, 0.5, 1.0]).view(1, 1, 2, 2)).flatten().tolist()
    [0.0, 0.5, 0.75, 1.0]
    """
    sizes = weights.flatten(1).abs()
    sizes = sizes[:, :: max(1, sizes.shape[1] // GREATEST)]
    largest = sizes.float().quantile(WITHIN, dim=1, interpolation="higher").view(-1, 1, 1, 1)
    return torch.where(largest > 0, 0.5 + weights / largest / 2, 0.5).clamp(0, 1)
