"""The pictures nearest to a picture: as pixels, and as a layer sees them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DRAWN = 12
"""Queries in one figure."""
CELL = 1.25
"""Inches."""


@dataclass(frozen=True)
class Near:
    """What lies nearest to each of Q queries in one space, K each: places in the data set, distances, labels and names [Q, K].

    `pictures` are uint8 [Q, K, C, h, w].
    """

    places: Tensor
    distances: Tensor
    labels: Tensor
    names: tuple[tuple[str, ...], ...]
    pictures: Tensor


@dataclass(frozen=True, kw_only=True)
class Neighbors(Result):
    """The nearest pictures of a data set to each of Q queries, in pixels and in the features of a layer.

    `pictures` uint8 [Q, C, h, w], `labels` and `names` [Q] are of the queries.
    """

    layer: str
    data: str
    metric: str
    classes: tuple[str, ...]
    pictures: Tensor
    labels: Tensor
    names: tuple[str, ...]
    pixels: Near
    features: Near
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold neighbours of every query in both spaces."""
        count = len(self.names)
        if not count == len(self.pictures) == len(self.labels) == len(self.pixels.places) == len(self.features.places):
            raise UserError(
                f"neighbors of {count} queries hold {len(self.pictures)} pictures, {len(self.labels)} labels, and "
                f"neighbours of {len(self.pixels.places)} and {len(self.features.places)}"
            )

    def __len__(self) -> int:
        """Count the queries."""
        return len(self.names)

    def same_class(self, near: Near) -> float:
        """Return the share of the neighbours that show what their query shows, where that is known of both; else NaN."""
        known = (near.labels >= 0) & (self.labels[:, None] >= 0)
        return float((near.labels == self.labels[:, None])[known].double().mean())

    def line(self) -> str:
        """Say how many neighbours are of the query's class in each space."""
        asked = self.names[0] if len(self) == 1 else f"{len(self)} pictures"
        return (
            f"neighbors of {asked} in {self.data}: {self._shares()}; {self.layer}, {self.metric} "
            f"({self.network}){unread(self.broken)}"
        )

    def table(self) -> list[dict[str, Any]]:
        """Return one row a neighbour: of which query, in which space, how far and what it shows."""
        return [
            {
                "query": query,
                "shows": self._class(int(self.labels[row])),
                "space": space,
                "rank": rank + 1,
                "photo": name,
                "class": self._class(int(near.labels[row, rank])),
                "distance": float(near.distances[row, rank]),
            }
            for row, query in enumerate(self.names)
            for space, near in self._spaces()
            for rank, name in enumerate(near.names[row])
        ]

    def figure(self) -> "Figure":
        """Draw each query with two strips beside it: its neighbours in pixels, and below them those in features."""
        from seethrough.plots import sheet, show_image
        from seethrough.plots.merge import merged
        from seethrough.plots.sheet import set_footnote

        drawn, count = min(len(self), MOST_DRAWN), self.pixels.places.shape[1]
        height, width = self.pictures.shape[-2:]
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        figure, panels = sheet(
            2 * drawn,
            2 + count,
            cell=(CELL * height / width + 0.3, CELL),
            title=f"Nearest pictures in {self.data} ({self.network}){more}",
        )
        for row in range(drawn):
            block = panels[2 * row : 2 * row + 2]
            name = self._class(int(self.labels[row])) or self.names[row]
            show_image(merged(block[:, :2]), self.pictures[row].float() / 255, name)
            for strip, (space, near) in zip(block[:, 2:], self._spaces(), strict=True):
                for rank, panel in enumerate(strip):
                    self._show(panel, near, row, rank)
                _beside(strip[0], space)
        notes = [f"{self._shares()}" if self._known else "", f"features: {self.layer}, {self.metric}"]
        edges = "orange edge: of the query's class" if self._known else ""
        set_footnote(figure, "; ".join([*filter(None, [*notes, edges])]) + unread(self.broken) + ".")
        return figure

    def _show(self, panel: "Axes", near: Near, row: int, rank: int) -> None:
        from seethrough.plots import OKABE_ITO, show_image

        show_image(panel, near.pictures[row, rank].float() / 255)
        label = int(near.labels[row, rank])
        _above(panel, self._class(label) or near.names[row][rank])
        if label >= 0 and label == int(self.labels[row]):
            for edge in panel.spines.values():
                edge.set(color=OKABE_ITO[1], linewidth=2.5)

    @property
    def _known(self) -> bool:
        return bool((self.labels >= 0).any() and (self.features.labels >= 0).any())

    def _shares(self) -> str:
        count = self.pixels.places.shape[1]
        if not self._known:
            return f"the nearest {count}"
        said = " and ".join(f"{percent(self.same_class(near))} in {space}" for space, near in self._spaces())
        return f"of the nearest {count}, {said} are of its class"

    def _spaces(self) -> list[tuple[str, Near]]:
        return [("pixels", self.pixels), ("features", self.features)]

    def _class(self, label: int) -> str | None:
        return None if label < 0 else self.classes[label]


def _above(ax: "Axes", words: str) -> None:
    """Write a picture's class above it, as far as it fits."""
    from seethrough.plots.style import INK
    from seethrough.plots.words import FAMILY, shortened

    ax.set_title(shortened(words, CELL * 0.95, 8.0), fontsize=8, fontfamily=FAMILY, color=INK, pad=3, parse_math=False)


def _beside(ax: "Axes", words: str) -> None:
    """Write at the left of a strip what it is."""
    from seethrough.plots.style import FAINT, NOTE
    from seethrough.plots.words import FAMILY

    ax.set_ylabel(words, fontsize=NOTE, fontfamily=FAMILY, color=FAINT, parse_math=False)
