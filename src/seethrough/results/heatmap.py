"""Which parts of an image mattered: one map per image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Target:
    """What a map explains: a class with its index and probability, or something else by name."""

    label: str
    index: int | None = None
    probability: float | None = None

    def __str__(self) -> str:
        """Say it: espresso 95.2 %."""
        return self.label if self.probability is None else f"{self.label} {percent(self.probability)}"


@dataclass(frozen=True, kw_only=True)
class Heatmap(Result):
    """A map for each image of a batch, larger where the image mattered more.

    `values` [B, H, W] is at the size of the pixels; `raw` [B, C, H, W] the signed attribution before any reduction, where
    there is one; `grid` [B, h, w] the map at the layer's or the block positions' own resolution, before it was enlarged.
    `signed` says that values below zero speak against the target. `gap` [B] is what a method that promises to add up
    fails to add up to, as a share of what it should.
    """

    images: Tensor
    targets: tuple[Target, ...]
    values: Tensor
    raw: Tensor | None = None
    grid: Tensor | None = None
    signed: bool = False
    gap: Tensor | None = None
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.values)

    def line(self) -> str:
        """Say what is explained, and what is odd about it."""
        said = "; ".join(f"{self.name(place)}{target}" for place, target in enumerate(self.targets[:3]))
        more = f"; and {len(self) - 3} more" if len(self) > 3 else ""
        gap = f"; adds up to within {percent(float(self.gap.abs().max()))}" if self.gap is not None else ""
        flat = ", ".join(str(place + 1) for place in self.flat())
        return f"{self.method} of {said}{more} ({self.network}){gap}" + (
            f"; flat or not a number: {flat}" if flat else ""
        )

    def name(self, place: int) -> str:
        """Return the name of a photo, for a caption."""
        return f"{self.photos[place]}: " if place < len(self.photos) and self.photos[place] else ""

    def flat(self) -> list[int]:
        """Return the places of maps that say nothing: the same number everywhere, or no numbers."""
        flat = self.values.flatten(1)
        spread = flat.amax(1) - flat.amin(1)
        # A NaN makes the comparison false.
        return [place for place, wide in enumerate((spread > 0).tolist()) if not wide]

    def figure(self) -> "Figure":
        """Draw each image beside its map, with class and probability."""
        from seethrough.plots import sheet, show_image, show_map

        height, width = self.values.shape[1:]
        cell = (3.0, max(3.0 * width / height, 2.4))
        figure, panels = sheet(len(self), 2, cell=cell, title=f"{self.method.rpartition('.')[2]} ({self.network})")
        for place, target in enumerate(self.targets):
            show_image(panels[place, 0], self.images[place], f"{self.name(place)}{target}")
            show_map(panels[place, 1], self.values[place], over=self.images[place], title=None, signed=self.signed)
        return figure
