"""Which parts of an image mattered: one map per image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Maps in one row of a figure, and the share of the pixels within whose range the colours of a pixel map go.
ACROSS = 3
WITHIN = 0.995


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
    `grid_is` says what the grid is where it is something else (occlusion's scores), and then the figure shows it too.
    `signed` says that values below zero speak against the target. `gap` [B] is what a method that promises to add up
    fails to add up to, as a share of what it should.
    """

    images: Tensor
    targets: tuple[Target, ...]
    values: Tensor
    raw: Tensor | None = None
    grid: Tensor | None = None
    grid_is: str = ""
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
        holes = 1 - float(self.values.isfinite().double().mean())
        odd = (f"; says nothing: map {flat}" if flat else "") + (f"; not a number: {percent(holes)}" if holes else "")
        return f"{self.method} of {said}{more} ({self.network}){gap}{odd}"

    def name(self, place: int) -> str:
        """Return the name of a photo, for a caption."""
        return f"{self.photos[place]}: " if place < len(self.photos) and self.photos[place] else ""

    def flat(self) -> list[int]:
        """Return the places of maps that say nothing: the same number everywhere, or no numbers at all."""
        values, known = self.values.flatten(1), self.values.flatten(1).isfinite()
        high, low = values.masked_fill(~known, -torch.inf).amax(1), values.masked_fill(~known, torch.inf).amin(1)
        return [place for place, wide in enumerate((high > low).tolist()) if not wide]

    def figure(self) -> "Figure":
        """Draw each photo beside its map, or its maps where several explain the same photo, titled with what they explain."""
        from seethrough.plots import sheet, show_image, show_map

        groups = self._groups()
        pictured = self.raw is not None and self.raw.shape[1] in (1, 3)
        each = 2 if self.grid_is or pictured else 1
        across = min(max(len(group) for group in groups), ACROSS // each)
        lines = [group[start : start + across] for group in groups for start in range(0, len(group), across)]
        height, width = self.values.shape[1:]
        cell = (max(min(3.0 * height / width, 5.0), 1.5), 3.0)
        figure, panels = sheet(
            len(lines), 1 + across * each, cell=cell, title=f"{self.method.rpartition('.')[2]} ({self.network})"
        )
        for line, row in zip(lines, panels, strict=True):
            first = any(line[0] == group[0] for group in groups)
            if first:
                show_image(row[0], self.images[line[0]], self.photos[line[0]] if line[0] < len(self.photos) else None)
            for ax in [*row[1 + len(line) * each :], *([] if first else row[:1])]:
                ax.set_axis_off()
            for number, place in enumerate(line):
                self.draw(row[1 + number * each], place, str(self.targets[place]))
                beside = row[(number + 1) * each]
                if self.grid_is and self.grid is not None:
                    show_map(beside, self.grid[place], title=self.grid_is)
                elif pictured:
                    show_image(beside, self.about_grey(place), "as a picture about grey")
        return figure

    def draw(self, ax: "Axes", place: int, title: str | None, *, colorbar: bool = True) -> None:
        """Draw one map into a panel: over its photo, or alone where it is too fine to be seen there."""
        from seethrough.plots import show_map

        values = self.values[place]
        if self.raw is None:
            show_map(ax, values, over=self.images[place], title=title, signed=self.signed, colorbar=colorbar)
        else:
            # Speckle over a photo cannot be read, and one pixel far out must not darken all others.
            limits = self.limits(values)
            show_map(ax, values, title=title, signed=self.signed, limits=limits, colorbar=colorbar)

    def _groups(self) -> list[list[int]]:
        """Gather the places of maps that explain the same photo."""
        groups: list[list[int]] = []
        for place, image in enumerate(self.images):
            if groups and bool((image == self.images[groups[-1][0]]).all()):
                groups[-1].append(place)
            else:
                groups.append([place])
        return groups

    def about_grey(self, place: int) -> Tensor:
        """Turn a signed attribution into a picture: grey where it is 0, each colour brighter where it is above."""
        assert self.raw is not None
        raw = self.raw[place].float().nan_to_num()
        sizes = raw.abs().flatten()
        most = float(sizes.kthvalue(max(int(len(sizes) * WITHIN), 1)).values)
        return (raw / (2 * most) + 0.5).clamp(0, 1) if most > 0 else torch.full_like(raw, 0.5)

    def limits(self, values: Tensor) -> tuple[float, float] | None:
        """Return a scale that ends where all but the furthest pixels lie; None leaves it to the whole range."""
        known = values[values.isfinite()].abs().flatten().double()
        if len(known) < 1000:
            return None
        most = float(known.kthvalue(int(len(known) * WITHIN)).values)
        if most <= 0 or (not self.signed and bool((values < 0).any())):
            return None
        return (-most, most) if self.signed else (0.0, most)
