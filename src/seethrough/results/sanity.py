"""What becomes of a map as a network forgets, layer by layer, what it has learned."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.percent import percent
from seethrough.results.heatmap import Heatmap
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRAWN = 6
"""Photos in one figure."""
COLUMN = 1.7
"""Inches a map has, as wide as what stands under it."""


@dataclass(frozen=True, kw_only=True)
class Sanity(Result):
    """The `maps` [stages + 1, B, H, W] of a network more and more random, the first its own, and how like that they are.

    Stage k has `depths[k - 1]` of the `weighted` layers with weights random, from the output down to `layers[k - 1]`. `rank`
    and `structure` [stages + 1, B] are Spearman's rank correlation and SSIM with the first map; both begin at 1.
    """

    heatmap: Heatmap
    layers: tuple[str, ...]
    depths: tuple[int, ...]
    weighted: int
    maps: Tensor
    rank: Tensor
    structure: Tensor

    def __len__(self) -> int:
        """Count the images."""
        return len(self.heatmap)

    @property
    def name(self) -> str:
        """Return the method's name."""
        return self.heatmap.method.rpartition(".")[2]

    def line(self) -> str:
        """Say how much of the maps is left at the end."""
        if not self.layers:
            return f"sanity check of {self.name} ({self.network}): no stage done"
        return (
            f"sanity check of {self.name} ({self.network}): with {self.depths[-1]} of {self.weighted} layers random, "
            f"rank correlation {float(self.rank[-1].nanmean()):.2f}, SSIM {float(self.structure[-1].nanmean()):.2f}"
        )

    def figure(self) -> "Figure":
        """Draw for each photo the strip of its maps, and below them, each under its map, how like the first they are."""
        from seethrough.plots import sheet, show_curve, show_image

        shown, stages = min(len(self), DRAWN), len(self.maps)
        height, width = self.heatmap.values.shape[1:]
        count = f": the first {shown} of {len(self)} photos" if shown < len(self) else ""
        cell = (COLUMN * min(max(height / width, 0.6), 1.6) + 0.3, COLUMN)
        title = f"Sanity check of {self.name} ({self.network}){count}"
        figure, panels = sheet(shown + 2, 1 + stages, cell=cell, title=title)
        strip = [replace(self.heatmap, values=values) for values in self.maps]
        for place in range(shown):
            target = self.heatmap.targets[place]
            sure = "" if target.probability is None else f"\n{percent(target.probability)}"
            show_image(panels[place, 0], self.heatmap.images[place], f"{self.heatmap.name(place)}{target.label}{sure}")
            for panel, heatmap in zip(panels[place, 1:], strip, strict=True):
                heatmap.draw(panel, place, None, colorbar=False)
        for panel in panels[shown:].flat:
            panel.remove()
        axes = figure.add_subplot(panels[0, 0].get_gridspec()[shown:, 1:])
        lines = {"rank correlation": self.rank.nanmean(1).tolist(), "SSIM": self.structure.nanmean(1).tolist()}
        lowest = min(0.0, *(value for line in lines.values() for value in line if value == value))
        similar = "similarity" if len(self) == 1 else f"similarity, mean of {len(self)}"
        across = "random from the output down to" if self.layers else ""
        show_curve(axes, range(stages), lines, across=across, upward=similar, limits=(lowest - 0.04, 1.04), marks=True)
        self._name_stages(axes)
        return figure

    def _name_stages(self, axes: "Axes") -> None:
        from seethrough.plots.style import NOTE
        from seethrough.plots.words import wrapped

        below = [f"{name}\n{depth} of {self.weighted}" for name, depth in zip(self.layers, self.depths, strict=True)]
        axes.set_xticks(range(len(self.maps)), [wrapped(text, COLUMN - 0.2, NOTE) for text in ("nothing", *below)])
        axes.set_xlim(-0.5, len(self.maps) - 0.5)
