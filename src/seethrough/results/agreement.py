"""How far a map agrees with what a person marked: a region, or points."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn import functional

from seethrough.results.heatmap import Heatmap
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Agreement(Result):
    """A map's hottest part [B, H, W] beside a person's `region` [B, H, W] or `points` [B, N, 2] (y, x in the map's pixels).

    With a region: `overlap` [B] is intersection over union of the two, `inside` the share of the map's positive mass that
    lies in the region, `peak` 1 where the map's largest value does. With points: `hit` is the share of them that the
    hottest part holds. NaN where the map says nothing.
    """

    heatmap: Heatmap
    hottest: Tensor
    region: Tensor | None = None
    overlap: Tensor | None = None
    inside: Tensor | None = None
    peak: Tensor | None = None
    points: Tensor | None = None
    hit: Tensor | None = None

    def __len__(self) -> int:
        """Count the images."""
        return len(self.heatmap)

    def line(self) -> str:
        """Say the numbers of the first images."""
        heatmap = self.heatmap
        said = "; ".join(
            f"{heatmap.name(place)}{target}: {', '.join(f'{name} {value:.2f}' for name, value, _ in self.numbers(place))}"
            for place, target in enumerate(heatmap.targets[:3])
        )
        more = f"; and {len(self) - 3} more" if len(self) > 3 else ""
        return f"{heatmap.method} of {said}{more} ({self.network})"

    def numbers(self, place: int) -> list[tuple[str, float, float | None]]:
        """Return what was measured for one image: its name, the number, and what a map that knows nothing would get."""
        share = float(self.hottest[place].float().mean())
        if self.region is None:
            assert self.hit is not None
            return [("points found", float(self.hit[place]), share)]
        assert self.overlap is not None and self.inside is not None and self.peak is not None
        area = float(self.region[place].float().mean())
        both = area * share
        return [
            ("overlap (IoU)", float(self.overlap[place]), both / (area + share - both)),
            ("mass inside", float(self.inside[place]), area),
            ("peak inside", float(self.peak[place]), area),
        ]

    def figure(self) -> "Figure":
        """Draw each photo with what was marked, the map with its hottest part, and the numbers beside those of chance."""
        from seethrough.plots import OKABE_ITO, sheet, show_bars, show_image
        from seethrough.plots.sheet import set_footnote

        height, width = self.heatmap.values.shape[1:]
        cell = (3.2, max(3.0 * width / height, 3.0))
        name = self.heatmap.method.rpartition(".")[2]
        figure, panels = sheet(len(self), 3, cell=cell, title=f"{name} and a person's eye ({self.network})")
        set_footnote(figure, "white: what the person marked; dashed: the hottest part of the map")
        for place, target in enumerate(self.heatmap.targets):
            image = self.heatmap.images[place]
            show_image(panels[place, 0], image, f"{self.heatmap.name(place)}{target}")
            self.heatmap.draw(panels[place, 1], place, name, colorbar=False)
            for ax in panels[place, :2]:
                if self.region is not None:
                    outline(ax, self.region[place])
                if self.points is not None:
                    ax.plot(
                        self.points[place, :, 1] - 0.5,
                        self.points[place, :, 0] - 0.5,
                        linestyle="",
                        marker="o",
                        markersize=7,
                        markerfacecolor="white",
                        markeredgecolor="black",
                    )
            outline(panels[place, 1], self.hottest[place], OKABE_ITO[5], "dashed")
            numbers = self.numbers(place)
            show_bars(
                panels[place, 2],
                [label for label, _, _ in numbers],
                [value if value == value else 0.0 for _, value, _ in numbers],
                texts=[said(value, chance) for _, value, chance in numbers],
                limits=(0, 1),
            )
        return figure


def said(value: float, chance: float | None) -> str:
    """Say a number, and what chance alone would give.

    >>> said(0.52, 0.11)
    '0.52 (chance 0.11)'
    """
    number = f"{value:.2f}" if value == value else "not a number"
    return number if chance is None else f"{number} (chance {chance:.2f})"


def outline(ax: "Axes", region: Tensor, colour: str = "white", style: str = "solid") -> None:
    """Draw the edge of a region [H, W] over a picture, also where it runs along the picture's own edge."""
    from matplotlib import patheffects

    drawn = functional.pad(region.float(), (1, 1, 1, 1)).numpy()
    height, width = drawn.shape
    limits = ax.get_xlim(), ax.get_ylim()
    lines = ax.contour(
        range(-1, width - 1),
        range(-1, height - 1),
        drawn,
        levels=[0.5],
        colors=[colour],
        linestyles=style,
        linewidths=2,
    )
    lines.set_path_effects([patheffects.withStroke(linewidth=3.5, foreground="black")])
    ax.set_xlim(limits[0])
    ax.set_ylim(limits[1])
