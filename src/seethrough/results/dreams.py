"""Dreams of several networks side by side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.dream import Dream
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Dreams(Result):
    """One Dream for each network, of the same classes or of units at the same depth."""

    dreams: tuple[Dream, ...]

    def __post_init__(self) -> None:
        """Hold one dream or more."""
        if not self.dreams:
            raise UserError("dreams: none given; a comparison takes one or more")

    def __len__(self) -> int:
        """Count the networks."""
        return len(self.dreams)

    def line(self) -> str:
        """Say every network's first image."""
        return "; ".join(f"{dream.network}: {dream.say(0)}" for dream in self.dreams)

    def picture(self) -> Tensor:
        """Return all images as one contact sheet, a row for each network, as large as the largest."""
        from torch.nn.functional import interpolate

        from seethrough.plots import grid_of_images

        columns = max(len(dream) for dream in self.dreams)
        size = max((dream.images.shape[-2:] for dream in self.dreams), key=lambda size: size[0] * size[1])
        channels = max(dream.images.shape[1] for dream in self.dreams)
        rows = []
        for dream in self.dreams:
            images = interpolate(dream.images, tuple(size), mode="bilinear", align_corners=False)
            images = images.expand(-1, channels, -1, -1)
            rows += [*images, *[images.new_ones(channels, *size)] * (columns - len(images))]
        return grid_of_images(torch.stack(rows), columns)

    def figure(self) -> "Figure":
        """Draw a row for each network."""
        from seethrough.plots import sheet, show_image

        columns = max(len(dream) for dream in self.dreams)
        tallest = max(dream.images.shape[-2] / dream.images.shape[-1] for dream in self.dreams)
        cell = (2.8 * tallest + 0.4, 2.8)
        figure, panels = sheet(len(self.dreams), columns, cell=cell, title="The same dream in several networks")
        for row, dream in zip(panels, self.dreams, strict=True):
            for place, image in enumerate(dream.images):
                name = f"{dream.network}\n" if place == 0 else ""
                show_image(row[place], image, f"{name}{dream.title(place)}")
        return figure
