"""What a layer makes of an image: some of its maps, as they are."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DRAWN = 16
"""Photos in one figure; beyond that nobody reads it."""
ONE_ROW = 6
"""Up to this many maps stand in one row beside their photo."""


@dataclass(frozen=True, kw_only=True)
class FeatureMaps(Result):
    """Some maps of one layer for each image of a batch, with the values the network computed.

    `units` says for each image which of the layer's `total` units the maps [B, N, h, w] are of.
    """

    images: Tensor
    layer: str
    total: int
    units: tuple[tuple[int, ...], ...]
    maps: Tensor
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.maps)

    def line(self) -> str:
        """Say which maps of what: 5 of 32 maps (112 x 112) of bn1 (efficientnet-lite0): units 3, 18, 7, ..."""
        count, height, width = self.maps.shape[1:]
        said = f"{count} of {self.total} maps ({height} x {width}) of {self.layer} ({self.network})"
        if len(set(self.units)) > 1:
            return f"{said} for each of {len(self)} photos"
        listed = ", ".join(str(unit) for unit in self.units[0][:8]) + (", ..." if count > 8 else "")
        return f"{said}: unit{'s' if count > 1 else ''} {listed}"

    def figure(self) -> "Figure":
        """Draw each photo large among its maps; each map has its own colour scale, from its least to its largest value."""
        from seethrough.plots import sheet, show_image
        from seethrough.plots.merge import merged

        count, height, width = self.maps.shape[1:]
        drawn = min(len(self), MOST_DRAWN)
        # A photo in a grid is as large as 2 x 2 maps.
        large = 1 if count <= ONE_ROW else 2
        columns = count + 1 if large == 1 else math.ceil(math.sqrt(count + 4))
        rows = 1 if large == 1 else math.ceil((count + 4) / columns)
        title = f"{self.layer}: {count} of {self.total} maps, {height} x {width} ({self.network})"
        title += f", the first {drawn} of {len(self)} photos" if drawn < len(self) else ""
        side = 1.9
        figure, panels = sheet(drawn * rows, columns, cell=(side * height / width + 0.55, side), title=title)
        for place in range(drawn):
            block = panels[place * rows : (place + 1) * rows]
            free = [panel for y, line in enumerate(block) for x, panel in enumerate(line) if max(x, y) >= large]
            show_image(merged(block[:large, :large]), self.images[place], self.name(place))
            for panel, unit, values in zip(free, self.units[place], self.maps[place], strict=False):
                draw_map(panel, values, f"unit {unit}")
        return figure

    def name(self, place: int) -> str | None:
        """Return the name of a photo, for a caption."""
        return self.photos[place] if place < len(self.photos) else None


def draw_map(panel: "Axes", values: Tensor, title: str) -> None:
    """Draw one map over its own range, and write the range under it; a map without differences is drawn flat."""
    from seethrough.plots import show_map
    from seethrough.plots.style import FAINT, NOTE
    from seethrough.plots.words import FAMILY, numbers

    known = values[values.isfinite()].double()
    if known.numel() < values.numel():
        show_map(panel, values, title=title, colorbar=False)
        return
    low, high = float(known.min()), float(known.max())
    show_map(panel, values, title=title, colorbar=False, limits=(low, high if high > low else low + 1))
    said = " to ".join(numbers([low, high])) if high > low else f"flat: {numbers([low])[0]}"
    panel.set_xlabel(said, fontsize=NOTE, fontfamily=FAMILY, color=FAINT, parse_math=False)
