"""What is left of photos at the layers of a network: images with the same code."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.percent import percent
from seethrough.results.guesses import Guess
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 5
"""Pictures beside a photo: more go on below."""
DRAWN = 120
"""Panels in one figure: the photos beyond them are counted in the title."""
SAID = 3
PRIORS = {
    "none": "no prior",
    "tv1": "TV, exponent 1",
    "tv2": "TV, exponent 2",
    "alpha": "alpha norm",
    "both": "TV + alpha norm",
}


@dataclass(frozen=True, kw_only=True)
class Inversion(Result):
    """Pictures [N, C, H, W] that layers take for the photos `images` [P, C, H, W]; `of` says of which photo each is.

    `layers`, `priors` and `starts` say of each picture at which layer it has the photo's code, under which prior it was
    found, and from which start. `code_error` [N] is |phi(x) - phi(photo)| / |phi(photo)|, `pixel_error` [N] is
    |x - photo| / |photo - mean colour|, both in L2: 1 is as far as a code of zeros, or a picture of one colour. `guesses`
    are what the network takes the pictures for, `photo_guesses` the photos. `trace` [N, steps] is what was optimised.
    """

    images: Tensor
    pictures: Tensor
    of: tuple[int, ...]
    layers: tuple[str, ...]
    priors: tuple[str, ...]
    starts: tuple[int, ...]
    code_error: Tensor
    pixel_error: Tensor
    guesses: tuple[Guess, ...]
    photo_guesses: tuple[Guess, ...]
    trace: Tensor
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.pictures)

    def line(self) -> str:
        """Say how near the first pictures and the last come to their photos, and what the network takes them for."""
        all_said = [self.say(place) for place in range(len(self))]
        if len(self) > SAID:
            all_said = [*all_said[: SAID - 1], f"{len(self) - SAID} more", all_said[-1]]
        return f"{self.method} of {'; '.join(all_said)} ({self.network})"

    def say(self, place: int) -> str:
        """Say one picture: coffee at conv_stem: code off by 1.2 %, pixels by 5.0 %, read as espresso 95 %."""
        name = f"{self.name(place)} at " if self.name(place) else ""
        return f"{name}{self.label(place)}: {self.errors(place)}, read as {self.guesses[place]}"

    def name(self, place: int) -> str:
        """Return the name of the photo that a picture is of."""
        return self.photos[self.of[place]] if self.of[place] < len(self.photos) else ""

    def label(self, place: int) -> str:
        """Say the layer of a picture, and the prior and start where there are several."""
        said = [self.layers[place]]
        said += [PRIORS.get(self.priors[place], self.priors[place])] if len(set(self.priors)) > 1 else []
        said += [f"start {self.starts[place] + 1}"] if len(set(self.starts)) > 1 else []
        return ", ".join(said)

    def errors(self, place: int) -> str:
        """Say how far a picture is off: code off by 1.2 %, pixels by 5.0 %."""
        return (
            f"code off by {percent(float(self.code_error[place]))}, pixels by {percent(float(self.pixel_error[place]))}"
        )

    def picture(self) -> Tensor:
        """Return the picture itself [C, H, W], or all of them as one contact sheet, as they stand in the figure."""
        from seethrough.plots import grid_of_images

        if len(self) == 1:
            return self.pictures[0]
        lines = self._lines()
        across = max(len(line) for line in lines)
        white = torch.ones_like(self.pictures[0])
        cells = [[*(self.pictures[place] for place in line), *[white] * (across - len(line))] for line in lines]
        return grid_of_images(torch.stack([cell for line in cells for cell in line]), across)

    def figure(self) -> "Figure":
        """Draw each photo, and beside it its pictures, titled with layer, class and how far they are off."""
        from seethrough.plots import sheet, show_image

        lines = self._lines()
        across = max(len(line) for line in lines)
        most = max(DRAWN // (across + 1), 1)
        shown = lines[:most]
        cut = f", the first {most} of {len(lines)} rows" if len(lines) > most else ""
        height, width = self.images.shape[-2:]
        side = 2.7
        cell = (min(max(side * height / width, 1.2), 5.0) + 0.4, side)
        title = f"Images with the photo's code ({self.network}){cut}"
        figure, panels = sheet(len(shown), 1 + across, cell=cell, title=title)
        drawn: set[int] = set()
        for line, row in zip(shown, panels, strict=True):
            photo = self.of[line[0]]
            if photo not in drawn:
                name = self.name(line[0])
                show_image(row[0], self.images[photo], "\n".join(filter(None, (name, str(self.photo_guesses[photo])))))
                drawn.add(photo)
            for place, panel in zip(line, row[1:], strict=False):
                errors = self.errors(place).replace(", pixels by", "\npixels off by")
                said = f"{self.label(place)}\n{self.guesses[place]}\n{errors}"
                show_image(panel, self.pictures[place], said)
        return figure

    def curve(self) -> "Figure":
        """Draw the best of the wish so far over the steps, for each picture."""
        from seethrough.results.trace import draw_trace

        best = self.trace.nan_to_num(-math.inf).cummax(dim=1).values.masked_fill(self.trace.isnan(), math.nan)
        labels = [f"{self.name(place)} {self.label(place)}".strip() for place in range(len(self))]
        return draw_trace(best, tuple(labels), f"invert ({self.network})")

    def _lines(self) -> list[list[int]]:
        """Gather the pictures of each photo into lines along the last of prior, start and layer of which there are several."""
        kinds = [self.priors, self.starts, self.layers]
        along = max((axis for axis, kind in enumerate(kinds) if len(set(kind)) > 1), default=0)
        lines: dict[tuple[object, ...], list[int]] = {}
        for place in range(len(self)):
            rest = tuple(kind[place] for axis, kind in enumerate(kinds) if axis != along)
            lines.setdefault((self.of[place], *rest), []).append(place)
        return [line[first : first + ACROSS] for line in lines.values() for first in range(0, len(line), ACROSS)]
