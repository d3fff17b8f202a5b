"""Images that mislead a network, beside what they were made of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.results.guesses import Guess
from seethrough.results.heatmap import Heatmap
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 16
"""Rows in one figure."""
SAID = 4
NICE = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000)
"""Factors by which a noise is amplified."""


@dataclass(frozen=True, kw_only=True)
class Fooling(Result):
    """Images [B, C, H, W] that are to be misread, and the `originals` [B, C, H, W] they were made of.

    `shows` [B] is the class that each original shows, as it was given, or else as the network read it. `before` and `after` are
    what the network takes them for, `goals` say in words what was wanted of each, and `success` [B]
    whether it is so. `goal_before` and `goal_after` [B] are the probability of the goal: that of the class to come to, or
    that of anything but the class to be left. `l2` and `linf` [B] are the distances, in pixels from 0 to 1; `eps` the largest
    allowed, as it was given. `steps`, `queries` and `gradients` [B] count what each image took. `as_png` is what a picture
    file of 8 bits is read as, and `png_success` [B] whether that still is what was wanted. `trace` [B, steps] is what was
    climbed, at each step. `ways` say how each was made, where several ways were tried on each photo. `heatmaps` are those of
    both readings, where they were asked for.
    """

    originals: Tensor
    images: Tensor
    shows: Tensor
    goals: tuple[str, ...]
    before: tuple[Guess, ...]
    after: tuple[Guess, ...]
    goal_before: Tensor
    goal_after: Tensor
    success: Tensor
    as_png: tuple[Guess, ...]
    png_success: Tensor
    l2: Tensor
    linf: Tensor
    steps: Tensor
    queries: Tensor
    gradients: Tensor
    trace: Tensor
    eps: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    heatmaps: tuple[Heatmap, Heatmap] | None = None
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def line(self) -> str:
        """Say what became of the first images, and how many are misread."""
        said = "; ".join(self.say(place) for place in range(min(len(self), SAID)))
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        count = f", {int(self.success.sum())} of {len(self)} as wanted" if len(self) > 1 else ""
        return f"{self._called}: {said}{more} ({self.network}{count})"

    def say(self, place: int) -> str:
        """Say one image: coffee: espresso 95.2 % now read as goldfish 88.0 % (L2 0.31, Linf 0.0039, 12 gradients)."""
        name = " ".join(part for part in (self.name(place), self.by(place)) if part)
        measured = f"L2 {float(self.l2[place]):.3g}, Linf {of_255(float(self.linf[place]))}"
        counted = f"{int(self.gradients[place])} gradients"
        before, after = self.before[place], self.after[place]
        verb = "now read as" if self.success[place] else f"NOT {self.goals[place]}: read as"
        if self.left_alone(place):
            return f"{f'{name}: ' if name else ''}{before} is {self.goals[place]} already"
        file = "" if bool(self.png_success[place]) == bool(self.success[place]) else self._of_file(place)
        return f"{f'{name}: ' if name else ''}{before} {verb} {after} ({measured}, {counted}{file})"

    def _of_file(self, place: int) -> str:
        return f"; its PNG is read as {self.as_png[place]}"

    def name(self, place: int) -> str:
        """Return the name of the photo, where it is known."""
        return self.photos[place] if place < len(self.photos) else ""

    def left_alone(self, place: int) -> bool:
        """Tell whether an image was read as wanted to begin with, and is as it was."""
        return bool(self.success[place]) and not bool(self.linf[place])

    def by(self, place: int) -> str:
        """Say how an image was made, where there are several ways."""
        return f"by {self.ways[place % len(self.ways)]}" if self.ways else ""

    def table(self) -> list[dict[str, Any]]:
        """Return one row an image: before, after, whether it is as wanted, how far it is, and what it took."""
        return [
            {
                "photo": self.name(place),
                "goal": self.goals[place],
                "way": self.by(place).removeprefix("by ") or None,
                "before": _plain(self.before[place]),
                "after": _plain(self.after[place]),
                "goal_before": float(self.goal_before[place]),
                "goal_after": float(self.goal_after[place]),
                "success": bool(self.success[place]),
                "png": _plain(self.as_png[place]),
                "png_success": bool(self.png_success[place]),
                "l2": float(self.l2[place]),
                "linf": float(self.linf[place]),
                "eps": self.allowed(place) or None,
                "norm": self.settings.get("norm"),
                "steps": int(self.steps[place]),
                "queries": int(self.queries[place]),
                "gradients": int(self.gradients[place]),
                "seed": self.settings.get("seed"),
            }
            for place in range(len(self))
        ]

    def allowed(self, place: int) -> str:
        """Return the largest distance that was allowed for an image, as it was given; nothing where there was none."""
        return self.eps[place if len(self.eps) > 1 else 0] if self.eps else ""

    def picture(self) -> Tensor:
        """Return the image itself [C, H, W], or all of them as one contact sheet."""
        from seethrough.results.contact_sheet import contact_sheet

        return contact_sheet(self.images)

    def noise(self, place: int) -> tuple[Tensor, float]:
        """Return what was added to one image about grey, amplified to be seen, and the factor."""
        added = self.images[place] - self.originals[place]
        largest = float(added.abs().max())
        if largest == 0:
            return 0.5 + added, 1.0
        fitting = [factor for factor in NICE if factor * largest <= 0.5]
        factor = float(max(fitting, default=1))
        return (0.5 + factor * added).clamp(0, 1), factor

    def figure(self) -> "Figure":
        """Draw a row an image: the original, the noise, the result; and both heat maps, where there are any."""
        from seethrough.plots import sheet, show_image

        drawn = min(len(self), MOST_DRAWN)
        height, width = self.images.shape[-2:]
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        columns = 3 if self.heatmaps is None else 5
        cell = (2.6 * height / width + 0.36, 2.6)
        figure, panels = sheet(drawn, columns, cell=cell, title=f"Fooling: {self._called} ({self.network}){more}")
        for place, row in zip(range(drawn), panels, strict=True):
            noise, factor = self.noise(place)
            name = f"{self.name(place)}\n" if self.name(place) else ""
            amplified = f"added noise x {factor:g}" if factor != 1 else "added noise"
            allowed = f", eps {self.allowed(place)}" if self.allowed(place) else ""
            how = (
                "read so already:"
                if self.left_alone(place)
                else "now read as"
                if self.success[place]
                else f"NOT {self.goals[place]}:"
            )
            how = f"{self.by(place)} {how}".strip()
            show_image(row[0], self.originals[place], f"{name}{self.before[place]}")
            show_image(row[1], noise, f"{amplified}\nL2 {float(self.l2[place]):.3g}{allowed}")
            show_image(row[2], self.images[place], f"{how}\n{self.after[place]}")
            for panel, heatmap in zip(row[3:], self.heatmaps or (), strict=True):
                heatmap.draw(panel, place, f"why {heatmap.targets[place].label}", colorbar=False)
        return figure

    def curve(self) -> "Figure":
        """Draw what was climbed, step by step."""
        from seethrough.results.trace import draw_trace

        names = tuple(f"{self.name(place)} {self.goals[place]} {self.by(place)}".strip() for place in range(len(self)))
        return draw_trace(self.trace, names, f"{self._called} ({self.network})")

    @property
    def _called(self) -> str:
        return self.method.rpartition(".")[2].replace("_", " ")


def of_255(value: float) -> str:
    """Say a distance of pixels from 0 to 1 as so many of 255: 8/255.

    >>> of_255(8 / 255), of_255(0.5 / 255)
    ('8/255', '0.5/255')
    """
    return f"{value * 255:.3g}/255"


def _plain(guess: Guess) -> dict[str, Any]:
    return {"index": guess.index, "label": guess.label, "probability": guess.probability}
