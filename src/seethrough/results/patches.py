"""The patches of a data set that excite units most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNITS_A_SHEET = 20
PAPER = 255
"""What a patch shows beyond the picture's border: white."""
BOLD = 0.99
"""The share of guided backprop's numbers that are drawn as they are."""
SIDE = 1.15
"""Inches of a patch in a figure."""


@dataclass(frozen=True)
class LayerPatches:
    """The k strongest patches of U units of one layer, the strongest first.

    `values` [U, k] are the unit's numbers, `pictures` [U, k] say which of the result's images each is of (-1: there were
    fewer), `places` [U, k, 2] where in the map (-1: the layer has none), and `boxes` [U, k, 4] (top, left, bottom, right) where
    in the image; they may reach beyond its border. `guided` [U, k, C, h, w] is guided backprop, cut like the patches.
    """

    layer: str
    units: Tensor
    values: Tensor
    pictures: Tensor
    places: Tensor
    boxes: Tensor
    guided: Tensor | None = None

    def name(self, row: int) -> str:
        """Write down one of the units: blocks.2.1:7."""
        return f"{self.layer}:{int(self.units[row])}"


@dataclass(frozen=True, kw_only=True)
class Patches(Result):
    """What excited units most among the `seen` pictures of a data set.

    `images` uint8 [M, C, H, W] are the pictures that won, as the network saw them, in 256 levels; `names` and `shows` (the
    class, "" where unknown) go with them.
    """

    data: str
    seen: int
    images: Tensor
    names: tuple[str, ...]
    shows: tuple[str, ...]
    layers: tuple[LayerPatches, ...]
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold a name for every image, and a box for every number."""
        if not len(self.images) == len(self.names) == len(self.shows):
            raise UserError(
                f"patches need a name and a class for each image, not {len(self.names)} and {len(self.shows)} "
                f"for {len(self.images)}"
            )
        for one in self.layers:
            shape = (len(one.units), one.values.shape[1])
            if not tuple(one.values.shape) == tuple(one.pictures.shape) == tuple(one.boxes.shape[:2]) == shape:
                raise UserError(f"patches of {one.layer}: values, pictures and boxes should be of {list(shape)}")

    def __len__(self) -> int:
        """Count the units."""
        return sum(len(one.units) for one in self.layers)

    def patch(self, layer: int, row: int, place: int) -> Tensor:
        """Return a patch [C, h, w] in [0, 1]: the unit's receptive field, white beyond the picture's border."""
        one = self.layers[layer]
        picture = int(one.pictures[row, place])
        if picture < 0:
            raise UserError(f"place is {place}; {one.name(row)} has {int((one.pictures[row] >= 0).sum())} patches")
        return cut_out(self.images[picture], one.boxes[row, place].tolist(), PAPER).float() / 255

    def patches(self, layer: int) -> Tensor:
        """Return all patches of a layer [U, k, C, h, w] in [0, 1]; white where there were fewer."""
        one = self.layers[layer]
        top, left, bottom, right = one.boxes[0, 0].tolist()
        paper = torch.ones(*one.values.shape, self.images.shape[1], bottom - top, right - left)
        for row, place in (one.pictures >= 0).nonzero().tolist():
            paper[row, place] = self.patch(layer, row, place)
        return paper

    def line(self) -> str:
        """Say how many units of which layers, and the first unit's strongest."""
        first = self.layers[0]
        listed = ", ".join(f"{len(one.units)} of {one.layer}" for one in self.layers)
        said = f"patches from {self.seen:,} pictures of {self.data} that excite {listed} most ({self.network}); "
        if (at := int(first.pictures[0, 0])) >= 0:
            said += f"{first.name(0)} reaches {float(first.values[0, 0]):.3g} in {self.names[at]}"
        else:
            said += f"{first.name(0)} gives no number"
        return said + unread(self.broken)

    def table(self) -> list[dict[str, Any]]:
        """Return one row a unit and patch: the unit's number, the picture and where in it."""
        return [
            {
                "unit": one.name(row),
                "rank": place + 1,
                "activation": float(one.values[row, place]),
                "picture": self.names[at],
                "shows": self.shows[at] or None,
                "place": one.places[row, place].tolist() if int(one.places[row, place, 0]) >= 0 else None,
                "box": one.boxes[row, place].tolist(),
            }
            for one in self.layers
            for row, pictures in enumerate(one.pictures.tolist())
            for place, at in enumerate(pictures)
            if at >= 0
        ]

    def figure(self) -> "Figure":
        """Draw a row of patches for each unit; of more than 20 units as many of each layer."""
        share = max(UNITS_A_SHEET // len(self.layers), 1)
        # What layers with few units leave free goes to no other: all of them begin at unit 0.
        shown = [(at, row) for at, one in enumerate(self.layers) for row in range(len(one.units)) if row < share]
        if len(self) <= UNITS_A_SHEET:
            shown = [(at, row) for at, one in enumerate(self.layers) for row in range(len(one.units))]
        return self._sheet(shown[:UNITS_A_SHEET])

    def sheets(self) -> "list[Figure]":
        """Draw all units, 20 a figure, each layer beginning a new one."""
        return [
            self._sheet([(at, row) for row in range(start, min(start + UNITS_A_SHEET, len(one.units)))])
            for at, one in enumerate(self.layers)
            for start in range(0, len(one.units), UNITS_A_SHEET)
        ]

    def _sheet(self, shown: Sequence[tuple[int, int]]) -> "Figure":
        from seethrough.plots import sheet, show_image

        top = max(self.layers[at].values.shape[1] for at, _ in shown)
        each = 2 if any(one.guided is not None for one in self.layers) else 1
        some = f", {len(shown)} of {len(self)} units" if len(shown) < len(self) else ""
        title = f"Patches that excite units most: {self.seen:,} pictures of {self.data} ({self.network}){some}"
        figure, panels = sheet(len(shown) * each, top, cell=(SIDE + 0.22, SIDE), title=title)
        for line, (at, row) in enumerate(shown):
            one = self.layers[at]
            for place in range(one.values.shape[1]):
                if int(one.pictures[row, place]) < 0:
                    continue
                panel = panels[line * each, place]
                show_image(panel, self.patch(at, row, place))
                _write_under(panel, f"{float(one.values[row, place]):.3g}")
                if one.guided is not None and bool(one.guided[row, place].isfinite().all()):
                    show_image(panels[line * each + 1, place], _about_grey(one.guided[row, place]))
            _write_beside(panels[line * each, 0], one.name(row))
        return figure


def cut_out(picture: Tensor, box: Sequence[int], beyond: float) -> Tensor:
    """Return a box (top, left, bottom, right) of a picture [C, H, W]; what lies beyond its border has that value.

    >>> cut_out(torch.ones(1, 4, 4), (-1, 2, 2, 4), 0.0)[0].tolist()
    [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
    """
    top, left, bottom, right = box
    height, width = picture.shape[-2:]
    inside = picture[:, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    border = (max(-left, 0), max(right - width, 0), max(-top, 0), max(bottom - height, 0))
    return functional.pad(inside, border, value=beyond)


def _about_grey(slope: Tensor) -> Tensor:
    """Return a signed map [C, h, w] as a picture about grey; a few of its largest numbers are cut, or they alone were seen."""
    sizes = slope.float().abs().flatten().sort().values
    most = float(sizes[int(BOLD * (len(sizes) - 1))]) or float(sizes[-1]) or 1.0
    return (0.5 + slope.float() / (2 * most)).clamp(0, 1)


def _write_under(panel: "Axes", words: str) -> None:
    from seethrough.plots.style import FAINT, NOTE
    from seethrough.plots.words import FAMILY

    panel.set_xlabel(words, fontsize=NOTE, fontfamily=FAMILY, color=FAINT, labelpad=2, parse_math=False)


def _write_beside(panel: "Axes", words: str) -> None:
    from seethrough.plots.style import INK, NOTE
    from seethrough.plots.words import FAMILY, shortened

    written = shortened(words, SIDE + 0.1, NOTE)
    panel.set_axis_on()
    panel.set_ylabel(written, fontsize=NOTE, fontfamily=FAMILY, color=INK, labelpad=4, parse_math=False)
