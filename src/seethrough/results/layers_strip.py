"""What layer after layer makes of an image, in one sheet."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.results.feature_maps import MOST_DRAWN, draw_map
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation


@dataclass(frozen=True)
class LayerMaps:
    """Some maps [B, N, h, w] of one layer; `units` says for each image which of its `total` units they are of.

    `depth` is what to call the place of the layer (early, middle, late), or nothing.
    """

    depth: str
    layer: str
    total: int
    units: tuple[tuple[int, ...], ...]
    maps: Tensor

    def size(self) -> str:
        """Say how many maps of which size the layer has."""
        height, width = self.maps.shape[2:]
        return f"{self.total} maps of {height} x {width}"


@dataclass(frozen=True, kw_only=True)
class LayersStrip(Result):
    """Some maps of several layers for each image of a batch, with the values the network computed."""

    images: Tensor
    layers: tuple[LayerMaps, ...]
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def line(self) -> str:
        """Say the layers: bn1.act (32 maps of 112 x 112), ... (efficientnet-lite0)."""
        return f"{'; '.join(f'{each.layer} ({each.size()})' for each in self.layers)} ({self.network})"

    def figure(self) -> "Figure":
        """Draw each photo with a row of maps for each layer; each map has its own colour scale."""
        from seethrough.plots import sheet, show_image
        from seethrough.plots.merge import merged

        drawn, rows = min(len(self), MOST_DRAWN), len(self.layers)
        most = max(each.maps.shape[1] for each in self.layers)
        large = min(rows, 2)
        height, width = self.images.shape[-2:]
        side = 1.9
        title = f"{self.network}, layer by layer"
        title += f" (the first {drawn} of {len(self)} photos)" if drawn < len(self) else ""
        figure, panels = sheet(drawn * rows, large + 1 + most, cell=(side * height / width + 0.55, side), title=title)
        for place in range(drawn):
            block = panels[place * rows : (place + 1) * rows]
            name = self.photos[place] if place < len(self.photos) else None
            show_image(merged(block[:large, :large]), self.images[place], name)
            for line, each in zip(block, self.layers, strict=True):
                describe(line[large], each)
                for panel, unit, values in zip(line[large + 1 :], each.units[place], each.maps[place], strict=False):
                    draw_map(panel, values, f"unit {unit}")
        return figure


def describe(panel: "Axes", layer: LayerMaps) -> None:
    """Write at the left of a row which layer it is of."""
    from seethrough.plots.layout import panel_width, when_placed
    from seethrough.plots.style import FAINT, INK, LABEL, PANEL_TITLE
    from seethrough.plots.words import FAMILY, wrapped

    def write(words: str, down: float, size: float, colour: str, weight: str = "normal") -> "Annotation":
        drawn = panel.annotate(
            words, (0, 1), (0, -down), "axes fraction", "offset points", annotation_clip=False, va="top",
            fontsize=size, fontfamily=FAMILY, fontweight=weight, color=colour, parse_math=False,
        )  # fmt: skip
        drawn.set_in_layout(False)
        return drawn

    write(layer.depth, 0, PANEL_TITLE, INK, "bold")
    name = write(layer.layer, 24 if layer.depth else 0, LABEL, INK)
    size = write(layer.size(), 0, LABEL, FAINT)

    def fit() -> None:
        room = panel_width(panel)
        name.set_text(wrapped(layer.layer, room, LABEL))
        lines = name.get_text().count("\n") + 1
        size.set_text(wrapped(layer.size(), room, LABEL))
        size.xyann = (0, name.xyann[1] - lines * LABEL * 1.35)

    when_placed(panel, fit)
