"""How straight a network's scores run along a direction that fools it."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seethrough.percent import percent
from seethrough.results.heatmap import Target
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRAWN, SAID = 6, 3
STOPS = 5
"""Pictures along the way."""
BEHIND = 100
"""Classes drawn in grey behind the named ones, those that come highest."""


@dataclass(frozen=True, kw_only=True)
class Linearity(Result):
    """The `scores` [B, S, K] of all `labels` at originals + way * directions, the `way` [B, S] going from -eps to +eps.

    `originals` and `directions` are [B, C, H, W], a direction being 1 or -1 at each pixel (0 where the network does not look);
    pixels on the way are not clipped. `targets` are the classes whose cross entropy grows along it. `straightness` [B, K] is
    R^2 of a straight line through each class's scores. `top` classes are named in the figure, and `eps` is what was given.
    """

    originals: Tensor
    directions: Tensor
    targets: tuple[Target, ...]
    labels: tuple[str, ...]
    way: Tensor
    eps: tuple[str, ...]
    scores: Tensor
    straightness: Tensor
    top: int
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the photos."""
        return len(self.originals)

    def name(self, place: int) -> str:
        """Return the name of the photo, where it is known."""
        return self.photos[place] if place < len(self.photos) else ""

    def of_class(self, place: int) -> float:
        """Return how straight the line of the photo's own class is."""
        return float(self.straightness[place, self._own(place)])

    def of_all(self, place: int) -> float:
        """Return how straight the lines of all classes are, the median."""
        return float(self.straightness[place].median())

    def line(self) -> str:
        """Say how straight the lines of the first photos are."""
        said = "; ".join(
            f"{self.name(place)}{': ' if self.name(place) else ''}{self.targets[place]}, R^2 {self.of_class(place):.3f}"
            f" (all classes {self.of_all(place):.3f}), at +{self.far(place)} read as {self.read(place, -1)}"
            for place in range(min(len(self), SAID))
        )
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        return f"linearity: {said}{more} ({self.network})"

    def far(self, place: int) -> str:
        """Return how far the way of a photo goes, as it was given."""
        return self.eps[place if len(self.eps) > 1 else 0]

    def read(self, place: int, stop: int) -> str:
        """Say what a photo is read as at one point of its way: espresso 95.2 %."""
        shares = self.scores[place, stop].float().softmax(0)
        index = int(shares.argmax())
        return f"{self.labels[index]} {percent(float(shares[index]))}"

    def table(self) -> list[dict[str, Any]]:
        """Return one row a photo."""
        return [
            {
                "photo": self.name(place),
                "class": self.targets[place].label,
                "eps": self.far(place),
                "straightness": self.of_class(place),
                "straightness_of_all": self.of_all(place),
                "at_minus_eps": self.read(place, 0),
                "at_plus_eps": self.read(place, -1),
                "classes_read": len(set(self.scores[place].argmax(1).tolist())),
            }
            for place in range(len(self))
        ]

    def named(self, place: int) -> list[int]:
        """Return the classes worth naming for a photo: its own, then those that come highest anywhere on the way."""
        highest = self.scores[place].amax(0).argsort(descending=True, stable=True).tolist()
        # Those that are read somewhere come before those that only come near.
        read = Counter(self.scores[place].argmax(1).tolist())
        leading = [one for one, _ in read.most_common()]
        return list(dict.fromkeys([self._own(place), *leading, *highest]))[: self.top]

    def _own(self, place: int) -> int:
        index = self.targets[place].index
        assert index is not None
        return index

    def figure(self) -> "Figure":
        """Draw for each photo the scores of all classes along the way, above what it looks like and is read as there."""
        from seethrough.plots import show_image
        from seethrough.plots.merge import merged
        from seethrough.plots.sheet import sheet

        drawn = min(len(self), DRAWN)
        height, width = self.originals.shape[-2:]
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        cell = (2.3 * height / width + 0.55, 2.3)
        title = f"Scores along the sign of the gradient ({self.network}){more}"
        figure, panels = sheet(2 * drawn, STOPS, cell=cell, title=title)
        stops = torch.linspace(0, self.way.shape[1] - 1, STOPS).round().long().tolist()
        for place in range(drawn):
            pictures = panels[2 * place + 1]
            for panel, stop in zip(pictures, stops, strict=True):
                at = float(self.way[place, stop])
                image = self.originals[place] + at * self.directions[place]
                show_image(panel, image.clamp(0, 1), f"{_signed(at * 255)}\n{self.read(place, stop)}")
            self._lines(merged(panels[2 * place : 2 * place + 1]), place, stops)
        return figure

    def _lines(self, panel: "Axes", place: int, stops: list[int]) -> None:
        from seethrough.plots.bundle import show_bundle

        x, named = (self.way[place] * 255).tolist(), self.named(place)
        order = self.scores[place].amax(0).argsort(descending=True)[:BEHIND].tolist()
        name = f"{self.name(place)}: " if self.name(place) else ""
        straight = f"R² {self.of_class(place):.3f} (median of all classes {self.of_all(place):.3f})"
        show_bundle(
            panel,
            x,
            {self._legend(one): self.scores[place, :, one].tolist() for one in named},
            [self.scores[place, :, one].tolist() for one in order if one not in named],
            across="step along the sign of the gradient, of 255",
            upward="score",
            title=f"{name}{self.targets[place]}, {straight}",
        )
        # Every picture stands under its place on the way.
        end = float(self.way[place, -1]) * 255
        panel.set_xlim(-end * STOPS / (STOPS - 1), end * STOPS / (STOPS - 1))
        panel.set_xticks([x[stop] for stop in stops], [_signed(x[stop]).partition("/")[0] for stop in stops])

    def _legend(self, index: int) -> str:
        label = self.labels[index]
        alike = self.labels.count(label) > 1
        return f"{label} ({index})" if alike else label


def _signed(step: float) -> str:
    """Say a step of pixels from 0 to 255 as so many of 255: +8/255.

    >>> _signed(8.0), _signed(0.0)
    ('+8/255', '0')
    """
    return f"{step:+.3g}/255" if step else "0"
