"""A noise for each class, and what becomes of other photos under each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.results.guesses import Guess
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 12
"""Classes, and photos, in one figure."""


@dataclass(frozen=True, kw_only=True)
class ClassNoise(Result):
    """Noises [K, C, H, W], one for each of the `classes`, learned on the image `learned_on` [1, C, H, W].

    `learned` is what that image is read as with each noise, `probabilities` [K] that of the noise's class. `images`
    [T, C, H, W] are those it was then tried on: what they show (`true`), what they are read as `before`, and `after`, a row
    of T for each noise. `trace` [K, steps] is the class's score while it was learned.
    """

    learned_on: Tensor
    noises: Tensor
    classes: tuple[str, ...]
    learned: tuple[Guess, ...]
    probabilities: Tensor
    images: Tensor
    true: tuple[str, ...]
    before: tuple[Guess, ...]
    after: tuple[tuple[Guess, ...], ...]
    trace: Tensor
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the noises."""
        return len(self.noises)

    def taken(self, noise: int) -> int:
        """Count the images that a noise makes the network read as its class."""
        return sum(guess.label == self.classes[noise] for guess in self.after[noise])

    def misread(self, noise: int) -> int:
        """Count the images that are not read as what they show under a noise."""
        return sum(guess.label != true for guess, true in zip(self.after[noise], self.true, strict=True))

    def line(self) -> str:
        """Say how far the noises carry."""
        many, count = len(self), len(self.images)
        learned = sum(guess.label == name for guess, name in zip(self.learned, self.classes, strict=True))
        taken = sum(self.taken(noise) for noise in range(many))
        misread = sum(self.misread(noise) for noise in range(many))
        return (
            f"noise for class: {learned} of {many} noises make their own image read as their class; "
            f"on {count} photos {taken} of {many * count} readings become the class, {misread} are wrong ({self.network})"
        )

    def table(self) -> list[dict[str, Any]]:
        """Return a row for each noise and image: what it shows, and what it is read as before and after."""
        return [
            {
                "noise": self.classes[noise],
                "photo": self.photos[place] if place < len(self.photos) else "",
                "true": self.true[place],
                "before": self.before[place].label,
                "after": guess.label,
                "probability": guess.probability,
            }
            for noise, row in enumerate(self.after)
            for place, guess in enumerate(row)
        ]

    def picture(self) -> Tensor:
        """Return the image with each noise, as one contact sheet."""
        from seethrough.results.contact_sheet import contact_sheet

        return contact_sheet((self.learned_on + self.noises).clamp(0, 1))

    def figure(self) -> "Figure":
        """Draw the table: a row a noise, with the noise and its own image, and under each photo what it is read as now."""
        from seethrough.plots import sheet, show_image

        drawn, across = min(len(self), MOST_DRAWN), min(len(self.images), MOST_DRAWN)
        height, width = self.images.shape[-2:]
        title = f"A noise for each class ({self.network})"
        title += f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        title += f", on the first {across} of {len(self.images)} photos" if across < len(self.images) else ""
        wide = 1.35
        figure, panels = sheet(
            drawn + 1,
            across + 2,
            cell=(wide * height / width + 0.42, wide),
            title=f"{title}; * marks the noise's class",
        )
        show_image(panels[0, 1], self.learned_on[0], "learned on")
        for place in range(across):
            show_image(panels[0, 2 + place], self.images[place], self.true[place])
        largest = float(self.noises.abs().max()) or 1.0
        for noise in range(drawn):
            shown = (0.5 + self.noises[noise] / largest / 2).clamp(0, 1)
            show_image(panels[noise + 1, 0], shown, f"noise: {self.classes[noise]}")
            with_noise = (self.learned_on[0] + self.noises[noise]).clamp(0, 1)
            show_image(panels[noise + 1, 1], with_noise, self.learned[noise].label)
            for place in range(across):
                guess = self.after[noise][place]
                star = "*" if guess.label == self.classes[noise] else ""
                seen = (self.images[place] + self.noises[noise]).clamp(0, 1)
                show_image(panels[noise + 1, 2 + place], seen, f"{star}{guess.label}")
        return figure

    def curve(self) -> "Figure":
        """Draw the score of each class while its noise was learned."""
        from seethrough.results.trace import draw_trace

        return draw_trace(self.trace, self.classes, f"noise for class ({self.network})")
