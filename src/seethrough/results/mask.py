"""An object cut out of its photo, found without anyone having drawn one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.percent import percent
from seethrough.results.heatmap import Heatmap, Target
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DRAWN = 16
"""Photos in one figure; beyond that nobody reads it."""
INSIDE, OUTSIDE = 1, -1
"""The marks of `seeds`; 0 is undecided."""


@dataclass(frozen=True, kw_only=True)
class Mask(Result):
    """For each image of a batch which pixels belong to the object: `mask` [B, H, W] is true there.

    `heatmap` is the map it began with, `smooth` [B, H, W] that map without its speckle, and `seeds` [B, H, W] what was taken
    from it: 1 is surely inside, -1 surely outside.
    """

    heatmap: Heatmap
    smooth: Tensor
    seeds: Tensor
    mask: Tensor
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.mask)

    @property
    def images(self) -> Tensor:
        """Return the photos [B, C, H, W]."""
        return self.heatmap.images

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return what each mask is of."""
        return self.heatmap.targets

    @property
    def cut_outs(self) -> Tensor:
        """Return the photos [B, C, H, W] with white in place of what lies outside the mask."""
        return self.images.masked_fill(~self.mask[:, None], 1.0)

    def share(self, place: int) -> float:
        """Return which share of the photo its mask covers."""
        return float(self.mask[place].double().mean())

    def line(self) -> str:
        """Say what was cut out: tabby 43.0 %: 31.2 % of the photo (efficientnet-lite0, grad_cam)."""
        said = [
            f"{self.name(k)}{target}: {percent(self.share(k))} of the photo"
            for k, target in enumerate(self.targets[:3])
        ]
        more = f"; and {len(self) - 3} more" if len(self) > 3 else ""
        return f"mask of {'; '.join(said)}{more} ({self.network}, {self.how()})"

    def how(self) -> str:
        """Return the name of the method that made the map."""
        return self.heatmap.method.rpartition(".")[2]

    def name(self, place: int) -> str:
        """Return the name of a photo, for a caption."""
        return f"{self.photos[place]}: " if place < len(self.photos) and self.photos[place] else ""

    def figure(self) -> "Figure":
        """Draw each photo, its map with the seeds, the mask's outline, and the cut-out."""
        from seethrough.plots import OKABE_ITO, sheet, show_image, show_map

        drawn = min(len(self), MOST_DRAWN)
        height, width = self.mask.shape[1:]
        title = f"From map to mask ({self.network}, {self.how()})"
        title += f": the first {drawn} of {len(self)} photos" if drawn < len(self) else ""
        figure, panels = sheet(drawn, 4, cell=(3.0 * height / width + 0.4, 3.0), title=title)
        for place in range(drawn):
            photo, row = self.images[place], panels[place]
            show_image(row[0], photo, f"{self.name(place)}{self.targets[place]}")
            show_map(row[1], self.smooth[place], over=photo, title="map and seeds", colorbar=False)
            outline(row[1], self.seeds[place] == INSIDE, "white")
            outline(row[1], self.seeds[place] == OUTSIDE, OKABE_ITO[5])
            show_image(row[2], photo, "mask")
            outline(row[2], self.mask[place], "white")
            show_image(row[3], self.cut_outs[place], f"{percent(self.share(place))} of the photo")
        return figure


def outline(panel: "Axes", inside: Tensor, colour: str) -> None:
    """Draw the edge of a region over a picture of the same pixels."""
    from matplotlib.patheffects import withStroke

    from seethrough.plots.style import INK

    if inside.any() and not inside.all():
        # The dark edge keeps a light line visible on any photo.
        edge = withStroke(linewidth=3.2, foreground=INK)
        panel.contour(inside.float().numpy(), levels=[0.5], colors=[colour], linewidths=1.6).set_path_effects([edge])
