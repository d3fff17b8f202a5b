"""Pictures painted in the style of others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn import functional

from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 16
"""Pictures in one figure; beyond that nobody reads it."""
SAID = 3
ACROSS = 4


@dataclass(frozen=True, kw_only=True)
class Styled(Result):
    """Pictures, each [C, H, W] of its own size, in the style of `styles` with their `weights`.

    `contents` are the photos they show, none for a texture. `style_cost` [B] is how far each picture's style is from that of
    the styles, as a share (0 for the same, 1 for a picture without any), `style_before` [B] that of the photo or of the noise
    it began as, and `content_cost` [B] how far what it shows is from the photo. `trace` [B, steps] is what was optimised.
    """

    pictures: tuple[Tensor, ...]
    contents: tuple[Tensor, ...]
    styles: tuple[Tensor, ...]
    weights: tuple[float, ...]
    style_cost: Tensor
    style_before: Tensor
    content_cost: Tensor | None
    trace: Tensor
    photos: tuple[str, ...] = ()
    style_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.pictures)

    def line(self) -> str:
        """Say how near the first pictures come to the style and to their photos."""
        said = "; ".join(self.say(place) for place in range(min(len(self), SAID)))
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        height, width = self.pictures[0].shape[-2:]
        return f"{self._called} {said}{more} ({self.network}, {height} x {width} pixels)"

    def say(self, place: int) -> str:
        """Say one picture: cat after starry_night: style off by 0.017 (before 1.36), content by 0.66."""
        name = self.photos[place] if place < len(self.photos) and self.photos[place] else ""
        after = " and ".join(name for name in self.style_names if name)
        title = f"{name}{f' after {after}' if after else ''}".strip()
        return f"{title}{': ' if title else ''}{self.costs(place)}"

    def costs(self, place: int) -> str:
        """Say how far a picture is off: style off by 0.017 (before 1.36), content by 0.66."""
        said = f"style off by {float(self.style_cost[place]):.2g} (before {float(self.style_before[place]):.3g})"
        return said if self.content_cost is None else f"{said}, content by {float(self.content_cost[place]):.2g}"

    def picture(self) -> Tensor:
        """Return the picture itself [C, H, W], or all of them as one contact sheet, each in the middle of its place."""
        import torch

        from seethrough.plots import grid_of_images

        if len(self) == 1:
            return self.pictures[0]
        tall = max(one.shape[1] for one in self.pictures)
        wide = max(one.shape[2] for one in self.pictures)
        return grid_of_images(
            torch.stack([_on_white(one, tall, wide) for one in self.pictures]), min(ACROSS, len(self))
        )

    def figure(self) -> "Figure":
        """Draw each photo, the styles, and what became of the two."""
        from seethrough.plots import sheet, show_image

        drawn = min(len(self), MOST_DRAWN)
        columns = len(self.styles) + 1 + (1 if self.contents else 0)
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        pictures = [*self.pictures[:drawn], *self.contents[:drawn], *self.styles]
        side = 3.4
        tallest = max(one.shape[1] / one.shape[2] for one in pictures)
        figure, panels = sheet(
            drawn, columns, cell=(min(side * tallest, 6.0) + 0.5, side), title=f"{self._called} ({self.network}){more}"
        )
        for place in range(drawn):
            row = list(panels[place])
            if self.contents:
                name = self.photos[place] if place < len(self.photos) else ""
                show_image(row.pop(0), self.contents[place], name or "photo")
            for number, one in enumerate(self.styles):
                show_image(row[number], one, self._style_title(number))
            show_image(row[-1], self.pictures[place], self.costs(place))
        return figure

    def curve(self) -> "Figure":
        """Draw what was optimised over the steps, for each picture."""
        from seethrough.results.trace import draw_trace

        names = tuple(
            self.photos[place] if place < len(self.photos) and self.photos[place] else f"picture {place + 1}"
            for place in range(len(self))
        )
        return draw_trace(self.trace, names, f"{self._called} ({self.network})")

    def _style_title(self, number: int) -> str:
        name = self.style_names[number] if number < len(self.style_names) and self.style_names[number] else "style"
        return name if len(self.styles) == 1 else f"{name}, {self.weights[number]:.2g} of it"

    @property
    def _called(self) -> str:
        return self.method.rpartition(".")[2]


def _on_white(picture: Tensor, tall: int, wide: int) -> Tensor:
    above, left = (tall - picture.shape[1]) // 2, (wide - picture.shape[2]) // 2
    sides = (left, wide - picture.shape[2] - left, above, tall - picture.shape[1] - above)
    return functional.pad(picture, sides, value=1.0)
