"""The first filters of several networks, side by side."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seethrough.results.filters import Filters
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IN_A_ROW = 4


@dataclass(frozen=True, kw_only=True)
class FirstLayers(Result):
    """The filters of the first layer of each network; `network` names them all."""

    filters: tuple[Filters, ...]

    def __len__(self) -> int:
        """Count the networks."""
        return len(self.filters)

    def line(self) -> str:
        """Say each network's first layer in turn."""
        return "; ".join(each.line() for each in self.filters)

    def figure(self) -> "Figure":
        """Draw a near-square sheet of filters for each network, with their count and size."""
        from seethrough.plots import sheet, show_image

        columns = min(len(self), IN_A_ROW)
        figure, panels = sheet(
            math.ceil(len(self) / columns), columns, cell=(4.6, 4.0), title="What the first layers look for"
        )
        for panel, each in zip(panels.flat, self.filters, strict=False):
            count, channels, height, width = each.weights.shape
            some = f"{each.most} of " if each.most < count else ""
            picture = each.sheet(columns=math.ceil(math.sqrt(min(each.most, count))))
            show_image(panel, picture, f"{each.network}\n{some}{count} of {channels} x {height} x {width}")
        return figure
