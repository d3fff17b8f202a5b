"""Several maps of the same photos side by side: what one method says beside all the others."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.heatmap import Heatmap
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDEST = 5
"""Panels side by side that are still large enough on a slide."""
DRAWN = 120
"""Panels in one figure: the photos beyond them are counted in the title."""
DELETION = "del: area under the deletion curve, less is better"
INSERTION = "ins: area under the insertion curve, more is better"
SAID = 4
"""Methods named in one line."""


@dataclass(frozen=True, kw_only=True)
class Comparison(Result):
    """The maps of several methods for the same images, and how well each map finds what the network goes by.

    `deletion` and `insertion` [methods, B] are the areas under the curves of `seethrough.see.deletion_insertion`: a good map
    has a small first and a large second. `left_out` says which methods were asked for and could not be had, and why.
    """

    maps: tuple[Heatmap, ...]
    deletion: Tensor | None = None
    insertion: Tensor | None = None
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse maps of different images, and areas for other maps than these."""
        if not self.maps:
            raise UserError("maps: none given; a comparison takes one map or more")
        counts = sorted({len(each) for each in self.maps})
        if len(counts) > 1:
            raise UserError(f"maps are of {' and '.join(map(str, counts))} images; a comparison is of the same images")
        for name, areas in (("deletion", self.deletion), ("insertion", self.insertion)):
            if areas is not None and tuple(areas.shape) != (len(self.maps), len(self)):
                raise UserError(
                    f"{name} has shape {list(areas.shape)}, not [{len(self.maps)} methods, {len(self)} images]"
                )

    def __len__(self) -> int:
        """Count the images."""
        return len(self.maps[0])

    @property
    def names(self) -> tuple[str, ...]:
        """Return the methods' names."""
        return tuple(each.method.rpartition(".")[2] for each in self.maps)

    def line(self) -> str:
        """Say what was compared, and which methods did best."""
        first = self.maps[0]
        said = "; ".join(f"{first.name(place)}{target}" for place, target in enumerate(first.targets[:3]))
        more = f"; and {len(self) - 3} more" if len(self) > 3 else ""
        best = [f"least deletion {self._best(self.deletion, largest=False)}"] if self.deletion is not None else []
        best += [f"most insertion {self._best(self.insertion, largest=True)}"] if self.insertion is not None else []
        named = ", ".join(self.names) if len(self.maps) <= SAID else f"{len(self.maps)} maps"
        return f"{named} of {said}{more} ({self.network})" + "".join(f"; {one}" for one in best)

    def _best(self, areas: Tensor, *, largest: bool) -> str:
        means = areas.mean(dim=1)
        place = int(means.argmax() if largest else means.argmin())
        return f"{self.names[place]} {float(means[place]):.2f}"

    def figure(self) -> "Figure":
        """Draw each photo and, beside and below it, every method's map over it, with the areas."""
        from seethrough.plots import sheet, show_image
        from seethrough.plots.sheet import set_footnote

        panels_each = 1 + len(self.maps)
        rows = math.ceil(panels_each / WIDEST)
        columns = math.ceil(panels_each / rows)
        shown = min(len(self), max(1, DRAWN // panels_each))
        height, width = self.maps[0].values.shape[1:]
        cell = (3.0, min(max(2.7 * width / height, 2.4), 4.5))
        count = f": the first {shown} of {len(self)} photos" if shown < len(self) else ""
        figure, panels = sheet(shown * rows, columns, cell=cell, title=f"{len(self.maps)} maps ({self.network}){count}")
        for place in range(shown):
            cells = panels[place * rows : (place + 1) * rows].flat
            first = self.maps[0]
            show_image(next(cells), first.images[place], f"{first.name(place)}{first.targets[place]}")
            for number, heatmap in enumerate(self.maps):
                title = "\n".join(filter(None, (self.names[number], self.areas(number, place))))
                heatmap.draw(next(cells), place, title, colorbar=False)
        notes = [says for areas, says in ((self.deletion, DELETION), (self.insertion, INSERTION)) if areas is not None]
        reasons: dict[str, list[str]] = {}
        for name, _, why in (line.partition(": ") for line in self.left_out):
            reasons.setdefault(why, []).append(name)
        notes += [f"left out: {', '.join(names)}: {why}" for why, names in reasons.items()]
        if notes:
            set_footnote(figure, " · ".join(notes))
        return figure

    def areas(self, number: int, place: int) -> str:
        """Say the areas of one method's map of one image.

        >>> comparison.areas(0, 0)  # doctest: +SKIP
        'del 0.12 · ins 0.71'
        """
        both = (("del", self.deletion), ("ins", self.insertion))
        return " · ".join(f"{word} {float(areas[number, place]):.2f}" for word, areas in both if areas is not None)
