"""How far features of a picture determine those of the picture changed, by depth."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = ("no map", "moved", "linear map")
ACROSS = 3
HEADROOM = 0.2
"""Kept free above the lines for their names, as a share of the highest."""


@dataclass(frozen=True, kw_only=True)
class Equivariance(Result):
    """The errors [changes, layers, 3] of three ways to get from a picture's features to those of the picture changed.

    They are: to leave them, to move their positions as the change moves pixels, and to map the channels too. 0 is none, 1
    that of the mean. `ridges` [changes, layers] are how strongly each map was held to moving positions alone. `seen` pictures
    of the data were taken; a fifth of them are what the errors are of.
    """

    data: str
    seen: int
    changes: tuple[str, ...]
    layers: tuple[str, ...]
    errors: Tensor
    ridges: Tensor
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold three errors for every change and layer."""
        shape = (len(self.changes), len(self.layers), len(WAYS))
        if tuple(self.errors.shape) != shape or tuple(self.ridges.shape) != shape[:2]:
            raise UserError(
                f"equivariance has errors {list(self.errors.shape)} and ridges {list(self.ridges.shape)}; "
                f"{shape[0]} changes at {shape[1]} layers take {list(shape)} and {list(shape[:2])}"
            )

    def __len__(self) -> int:
        """Count the layers."""
        return len(self.layers)

    def line(self) -> str:
        """Say the error of the linear map at the first and the last layer, for each change."""
        first, last = self.layers[0], self.layers[-1]
        ends = f"{first} to {last}" if len(self) > 1 else first
        said = []
        for change, errors in zip(self.changes, self.errors[:, :, 2].tolist(), strict=True):
            values = [errors[0], errors[-1]] if len(self) > 1 else errors
            said.append(f"{change} {' to '.join(_number(value) for value in values)}")
        return (
            f"error of a linear map between features of {self.seen} pictures of {self.data} and of the same changed, "
            f"{ends}: {', '.join(said)} ({self.network}){unread(self.broken)}"
        )

    def table(self) -> list[dict[str, Any]]:
        """Return one row a change and layer: the three errors, and the ridge."""
        return [
            {
                "change": change,
                "layer": layer,
                **{
                    way.replace(" ", "_"): None if math.isnan(value) else value
                    for way, value in zip(WAYS, self.errors[row, column].tolist(), strict=True)
                },
                "ridge": float(self.ridges[row, column]),
                "pictures": self.seen,
            }
            for row, change in enumerate(self.changes)
            for column, layer in enumerate(self.layers)
        ]

    def figure(self) -> "Figure":
        """Draw the errors by depth, a panel for each change."""
        from seethrough.plots import sheet, show_curve
        from seethrough.plots.legend import names_above
        from seethrough.plots.sheet import set_footnote

        across = min(len(self.changes), ACROSS)
        down = math.ceil(len(self.changes) / across)
        title = (
            f"From features of a picture to those of the picture changed ({self.network}, {self.seen} of {self.data})"
        )
        figure, panels = sheet(down, across, cell=(3.9, 4.6), title=title)
        finite = self.errors[self.errors.isfinite()]
        most = max(1.0, *finite.tolist()) if finite.numel() else 1.0
        for panel, change, errors in zip(panels.flat, self.changes, self.errors, strict=False):
            lines = {way: errors[:, place].tolist() for place, way in enumerate(WAYS)}
            depths = range(len(self.layers))
            show_curve(
                panel, depths, lines, upward="error", title=change, limits=(0, (1 + HEADROOM) * most), marks=True
            )
            # In a corner the names would lie on the lines.
            names_above(panel, panel.lines[:], list(lines))
            panel.axhline(1, color="black", linewidth=0.8, linestyle=":")
            panel.set_xticks(depths, self.layers, rotation=30, ha="right")
        set_footnote(
            figure,
            "Error: squared, on pictures that were not fitted, as a share of the features' variance; at 1 (dotted) it is as "
            "well to guess the mean.",
        )
        return figure


def _number(value: float) -> str:
    return "?" if math.isnan(value) else f"{value:.2g}"
