"""Images made by optimisation: what a unit or class asks for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.percent import percent
from seethrough.results.contact_sheet import columns, contact_sheet
from seethrough.results.guesses import Guess
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 64
"""Images in one figure: more are on the picture itself."""
BESIDE = 5
"""Dreams in one row beside the photo they began as."""
SAID = 4
CLOSE = 0.05
"""How near to the wanted value counts as there, as a share of it."""
LEAST = 1e-3
"""What a wanted value counts as at least in that: of 0 there is no share."""


@dataclass(frozen=True, kw_only=True)
class Dream(Result):
    """Images [B, C, H, W], each for its wish: a unit, a class, a layer.

    `reached` [B] is what the unit or class says to the image as it is here, and `wanted` [B] what it was to say, where a
    value was asked for. `probabilities` [B] are of the classes dreamt of. `guesses` are what the network takes the images
    for. `trace` [B, steps] is what was optimised, at each step. `starts` are the photos they began as. `falls` [B] is the
    exponent with which each image's amplitudes fall with frequency, `natural_falls` the least and largest of the bundled
    photographs.
    """

    images: Tensor
    wishes: tuple[str, ...]
    reached: Tensor
    trace: Tensor
    guesses: tuple[Guess, ...]
    wanted: Tensor | None = None
    probabilities: Tensor | None = None
    starts: Tensor | None = None
    falls: Tensor | None = None
    natural_falls: tuple[float, float] | None = None
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def line(self) -> str:
        """Say what was reached, and what the network takes the first images for."""
        said = "; ".join(self.say(place) for place in range(min(len(self), SAID)))
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        kind = self._called if self._called.endswith("dream") else f"{self._called} dream"
        return f"{kind} of {said}{more} ({self.network}){self._spectrum()}"

    def say(self, place: int) -> str:
        """Say one image: espresso 16.4, read as espresso 99.2 %."""
        name = f"{self.photos[place]}: " if place < len(self.photos) and self.photos[place] else ""
        said = f"{name}{self.wishes[place]} {float(self.reached[place]):.4g}"
        if self.wanted is not None:
            there = "" if self.close()[place] else ", NOT reached"
            said += f" (wanted {float(self.wanted[place]):.4g}{there})"
        guess = self.guesses[place]
        if self.probabilities is not None and guess.label != self.wishes[place]:
            said += f" ({percent(float(self.probabilities[place]))})"
        return f"{said}, read as {guess.label} {percent(guess.probability)}"

    def close(self) -> list[bool]:
        """Tell of each image whether it is as near to the wanted value as was promised."""
        if self.wanted is None:
            return [True] * len(self)
        near = (self.reached - self.wanted).abs() <= CLOSE * self.wanted.abs().clamp_min(LEAST)
        return [bool(one) for one in near.tolist()]

    def _spectrum(self) -> str:
        if self.falls is None or self.natural_falls is None:
            return ""
        low, high = self.natural_falls
        return f"; amplitudes fall as 1/f^{float(self.falls.mean()):.2f} (photographs: {low:.2f} to {high:.2f})"

    def picture(self) -> Tensor:
        """Return the image itself [C, H, W], or all of them as one contact sheet."""
        return contact_sheet(self.images)

    def figure(self) -> "Figure":
        """Draw the images, each titled with its wish and what was reached; after the photo it began as, where there is one."""
        from seethrough.plots import sheet, show_image

        drawn = min(len(self), MOST_DRAWN)
        groups = self.groups(drawn)
        lines: list[tuple[bool, list[int]]] = []
        across = columns(drawn) if self.starts is None else min(BESIDE, max(len(group) for group in groups))
        for group in groups:
            lines += [
                (not at and self.starts is not None, group[at : at + across]) for at in range(0, len(group), across)
            ]
        first = 0 if self.starts is None else 1
        side = 3.0 if drawn <= 4 else 2.3
        height, width = self.images.shape[-2:]
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        title = f"Dreams: {self._called} ({self.network}){more}"
        figure, panels = sheet(len(lines), first + across, cell=(side * height / width + 0.4, side), title=title)
        for row, (begins, places) in zip(panels, lines, strict=True):
            if begins and self.starts is not None:
                name = self.photos[places[0]] if places[0] < len(self.photos) else ""
                show_image(row[0], self.starts[places[0]], name or "it began as this")
            for panel, place in zip(row[first:], places, strict=False):
                show_image(panel, self.images[place], self.title(place))
        return figure

    def groups(self, count: int | None = None) -> list[list[int]]:
        """Gather the places of the first `count` images that began as the same photo; without photos they are one group."""
        places = range(len(self) if count is None else count)
        if self.starts is None:
            return [list(places)]
        groups: list[list[int]] = []
        for place in places:
            if groups and bool((self.starts[place] == self.starts[groups[-1][-1]]).all()):
                groups[-1].append(place)
            else:
                groups.append([place])
        return groups

    def curve(self) -> "Figure":
        """Draw the wish of each image over the steps."""
        from seethrough.results.trace import draw_trace

        return draw_trace(self.trace, self.wishes, f"{self._called} ({self.network})")

    def title(self, place: int) -> str:
        """Return what stands above one image."""
        if self.probabilities is not None:
            return f"{self.wishes[place]} {percent(float(self.probabilities[place]))}"
        reached = f"{float(self.reached[place]):.3g}"
        if self.wanted is None:
            return f"{self.wishes[place]} at {reached}"
        there = "" if self.close()[place] else ": not reached"
        return f"{self.wishes[place]}\n{reached} of {float(self.wanted[place]):.4g}{there}"

    @property
    def _called(self) -> str:
        """What the method is called, without the underscore by which Python tells it from a word of its own."""
        return self.method.rpartition(".")[2].strip("_")
