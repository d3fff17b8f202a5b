"""How the variance of features splits into the doing of each known change."""

import math
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

RESIDUAL = "residual"
MOST_DRAWN = 10
"""Layers in one figure."""
SIDE = 2.0
UNORDERED = frozenset({"photo", "shape", "background"})
"""Factors whose levels come in no order: no path leads through them."""


@dataclass(frozen=True)
class LayerShares:
    """What each of K factors alone, and the residual after them, does in a layer's features.

    `pictures` were given, of so many `numbers` each; `variance` is that of all numbers together. `shares` [K + 1] of it sum
    to 1. Of each component, `spectra` are the variances along its principal axes, `dimensions` [K + 1] their participation
    ratio (sum l)^2 / sum l^2, `axes` [K + 1] how many of them hold 90 %. `paths` are the places [levels, 2] of a factor's
    levels on its first two axes. A component that is nothing has no dimension (not a number).
    """

    network: str
    layer: str
    numbers: int
    pictures: int
    variance: float
    shares: Tensor
    dimensions: Tensor
    axes: Tensor
    spectra: tuple[Tensor, ...]
    paths: tuple[Tensor, ...]


@dataclass(frozen=True, kw_only=True)
class Invariance(Result):
    """The additive decomposition of features, layer by layer, over a full grid of `factors`.

    `values` are the levels of each factor in words, `examples` pictures [L, C, h, w] of them.
    """

    factors: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    examples: tuple[Tensor, ...]
    layers: tuple[LayerShares, ...]
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold a share for every factor, and the residual's."""
        for one in self.layers:
            if len(one.shares) != len(self.factors) + 1 or len(one.paths) != len(self.factors):
                raise UserError(
                    f"invariance of {one.layer} has {len(one.shares)} shares and {len(one.paths)} paths; "
                    f"{len(self.factors)} factors take one more share and as many paths"
                )

    def __len__(self) -> int:
        """Count the layers, over all networks."""
        return len(self.layers)

    @property
    def components(self) -> tuple[str, ...]:
        """Return the factors and the residual by name."""
        return (*self.factors, RESIDUAL)

    def line(self) -> str:
        """Say the shares at each network's last layer."""
        last = {one.network: one for one in self.layers}
        said = "; ".join(f"{one.layer} ({name}): {self._said(one)}" for name, one in last.items())
        return f"variance of features by factor, {said}{unread(self.broken)}"

    def table(self) -> list[dict[str, Any]]:
        """Return one row a layer and component: its share of the variance, and its dimension in both senses."""
        return [
            {
                "network": one.network,
                "layer": one.layer,
                "component": name,
                "share": _number(one.shares[place]),
                "dimension": _number(one.dimensions[place]),
                "axes_90": int(one.axes[place]),
                "pictures": one.pictures,
                "numbers": one.numbers,
            }
            for one in self.layers
            for place, name in enumerate(self.components)
        ]

    def figure(self) -> "Figure":
        """Draw what the factors do to a picture, and below, for each layer, the path features take by each, and the shares."""
        from seethrough.plots import sheet, show_bars
        from seethrough.plots.sheet import set_footnote

        shown = self.layers[:MOST_DRAWN]
        more = f", {len(shown)} of {len(self)} layers" if len(shown) < len(self) else ""
        columns = len(self.factors) + 1
        title = f"How features move with known changes ({self.network}){more}"
        height = max(SIDE, 0.42 * columns + 0.4) + 0.3
        figure, panels = sheet(len(shown) + 1, columns, cell=(height, SIDE + 0.3), title=title)
        for place, name in enumerate(self.factors):
            _show_levels(panels[0, place], self.examples[place], name, self.values[place])
        for row, one in zip(panels[1:], shown, strict=True):
            for place, path in enumerate(one.paths):
                said = f"{name_share(one.shares[place])}, dim {_said(one.dimensions[place])}"
                _show_path(row[place], path, said, joined=self.factors[place] not in UNORDERED)
            _write_beside(
                row[0], one.layer if len({each.network for each in shown}) == 1 else f"{one.network} {one.layer}"
            )
            shares = one.shares.tolist()
            texts = [name_share(share) for share in one.shares]
            heights = [0.0 if math.isnan(share) else share for share in shares]
            show_bars(row[-1], self.components, heights, texts=texts, limits=(0, 1))
        set_footnote(
            figure,
            "Points: the means of a layer's features at each level of a factor, dark to bright, on their first two principal "
            "axes. Percent: its share of the variance of all features. dim: (sum of the axes' variances)² / sum of their "
            "squares.",
        )
        return figure

    def curve(self) -> "Figure":
        """Draw each component's share by depth, a panel for each network."""
        from seethrough.plots import sheet, show_curve

        networks = list(dict.fromkeys(one.network for one in self.layers))
        figure, panels = sheet(1, len(networks), cell=(3.6, 5.2), title="Share of the variance of features, by depth")
        for panel, network in zip(panels[0], networks, strict=True):
            ours = [one for one in self.layers if one.network == network]
            lines = {name: [float(one.shares[place]) for one in ours] for place, name in enumerate(self.components)}
            show_curve(panel, range(len(ours)), lines, upward="share", title=network, limits=(0, 1), marks=True)
            panel.set_xticks(range(len(ours)), [one.layer for one in ours], rotation=30, ha="right")
        return figure

    def _said(self, one: LayerShares) -> str:
        if not one.variance > 0:
            return "nothing moves them"
        return ", ".join(f"{name} {name_share(share)}" for name, share in zip(self.components, one.shares, strict=True))


def name_share(share: Tensor) -> str:
    """Say a share of the variance: 34.0 %, or that it is not known."""
    return "?" if math.isnan(float(share)) else percent(float(share))


def _number(value: Tensor) -> float | None:
    return None if math.isnan(float(value)) else float(value)


def _said(value: Tensor) -> str:
    return "-" if math.isnan(float(value)) else f"{float(value):.1f}"


def _show_levels(panel: "Axes", pictures: Tensor, name: str, values: tuple[str, ...]) -> None:
    """Show what a factor's levels look like: as many as are easily seen."""
    import torch

    from seethrough.plots import grid_of_images, show_image

    count = min(len(pictures), 9)
    chosen = torch.linspace(0, len(pictures) - 1, count).round().long()
    show_image(panel, grid_of_images(pictures[chosen], min(3, math.ceil(math.sqrt(count)))), name)
    _write_under(panel, f"{values[0]} to {values[-1]}" if len(values) > 3 else ", ".join(values))


def _show_path(panel: "Axes", path: Tensor, title: str, *, joined: bool) -> None:
    """Draw the levels of a factor as points, dark to bright, on a path where they come in an order."""
    import numpy as np
    from matplotlib import colormaps

    from seethrough.plots.sheet import set_picture_frame, set_title
    from seethrough.plots.style import LINE, SEQUENTIAL

    x, y = path.T.tolist()
    colours = colormaps[SEQUENTIAL](np.linspace(0.1, 0.85, len(x)))
    panel.axhline(0, color=LINE, linewidth=0.6)
    panel.axvline(0, color=LINE, linewidth=0.6)
    if joined:
        panel.plot(x, y, color=LINE, linewidth=1.2)
    panel.scatter(x, y, c=colours, s=34, zorder=3)
    most = 1.2 * float(path.abs().max()) or 1.0
    panel.set_xlim(-most, most)
    panel.set_ylim(-most, most)
    panel.set_aspect("equal")
    set_picture_frame(panel)
    set_title(panel, title)


def _write_under(panel: "Axes", words: str) -> None:
    from seethrough.plots.style import FAINT, NOTE
    from seethrough.plots.words import FAMILY, shortened

    written = shortened(words, SIDE, NOTE)
    panel.set_xlabel(written, fontsize=NOTE, fontfamily=FAMILY, color=FAINT, parse_math=False)


def _write_beside(panel: "Axes", words: str) -> None:
    from seethrough.plots.style import INK, LABEL
    from seethrough.plots.words import FAMILY, shortened

    written = shortened(words, SIDE, LABEL)
    panel.set_ylabel(written, fontsize=LABEL, fontfamily=FAMILY, color=INK, parse_math=False)
