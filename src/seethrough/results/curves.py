"""How fast a score falls as the pixels a map calls important are taken away, and how fast it rises as they come back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.heatmap import Heatmap
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Curves(Result):
    """The score of each image's class at `fractions` [S + 1] of its pixels removed, and put back: two curves [B, S + 1]."""

    heatmap: Heatmap
    fractions: Tensor
    deletion: Tensor
    insertion: Tensor

    def __post_init__(self) -> None:
        """Hold a score for each image and fraction."""
        wanted = (len(self.heatmap), len(self.fractions))
        for name, scores in (("deletion", self.deletion), ("insertion", self.insertion)):
            if tuple(scores.shape) != wanted:
                raise UserError(f"{name} has shape {list(scores.shape)}, not {list(wanted)} (images, fractions)")

    def __len__(self) -> int:
        """Count the images."""
        return len(self.heatmap)

    @property
    def deletion_area(self) -> Tensor:
        """Return the area under each deletion curve [B]: small where the map found what the score hangs on."""
        return torch.trapezoid(self.deletion, self.fractions, dim=1)

    @property
    def insertion_area(self) -> Tensor:
        """Return the area under each insertion curve [B]: large where a few pixels of the map make the score."""
        return torch.trapezoid(self.insertion, self.fractions, dim=1)

    def line(self) -> str:
        """Say the areas of the first images."""
        heatmap = self.heatmap
        said = "; ".join(
            f"{heatmap.name(place)}{target}: deletion {deleted:.3f}, insertion {inserted:.3f}"
            for place, (target, deleted, inserted) in enumerate(
                zip(heatmap.targets[:3], self.deletion_area.tolist(), self.insertion_area.tolist(), strict=False)
            )
        )
        more = f"; and {len(self) - 3} more" if len(self) > 3 else ""
        return f"{heatmap.method} of {said}{more} ({self.network})"

    def figure(self) -> "Figure":
        """Draw each photo, its map, and both curves with their areas."""
        from seethrough.plots import sheet, show_curve, show_image

        height, width = self.heatmap.values.shape[1:]
        cell = (3.2, max(3.0 * width / height, 3.0))
        name = self.heatmap.method.rpartition(".")[2]
        on = str(self.settings.get("on", "score"))
        figure, panels = sheet(len(self), 3, cell=cell, title=f"Deletion and insertion by {name} ({self.network})")
        areas = zip(self.deletion_area.tolist(), self.insertion_area.tolist(), strict=True)
        for place, (deleted, inserted) in enumerate(areas):
            image = self.heatmap.images[place]
            show_image(panels[place, 0], image, f"{self.heatmap.name(place)}{self.heatmap.targets[place]}")
            self.heatmap.draw(panels[place, 1], place, name, colorbar=False)
            show_curve(
                panels[place, 2],
                self.fractions.tolist(),
                {
                    f"deletion {deleted:.2f}": self.deletion[place].tolist(),
                    f"insertion {inserted:.2f}": self.insertion[place].tolist(),
                },
                across="share of the pixels",
                upward=on,
                limits=(0, 1.02) if on == "probability" else None,
            )
        return figure
