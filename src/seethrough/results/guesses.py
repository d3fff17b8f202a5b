"""What a network takes photos for: its best guesses, with how sure it is."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from seethrough.errors import UserError
from seethrough.percent import percent
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 64
"""Photos in one figure; beyond that nobody reads it."""
MOST_SAID = 3
"""Photos in one line."""


@dataclass(frozen=True)
class Guess:
    """One class and the probability the network gives it."""

    index: int
    label: str
    wnid: str | None
    probability: float

    def __str__(self) -> str:
        """Say the guess: espresso 95.2 %."""
        return f"{self.label} {percent(self.probability)}"


@dataclass(frozen=True, kw_only=True)
class Guesses(Result):
    """The best guesses for each photo of a batch, best first; `images` are the photos as the network saw them.

    >>> import torch
    >>> row = (Guess(967, "espresso", "n07920052", 0.952), Guess(968, "cup", "n03147509", 0.003))
    >>> seen = torch.rand(1, 3, 224, 224)
    >>> print(Guesses(network="lite0", method="see.guesses", images=seen, rows=(row,), photos=("coffee",)))
    coffee: espresso 95.2 % (lite0)
    """

    images: Tensor
    rows: tuple[tuple[Guess, ...], ...]
    photos: tuple[str, ...]

    def __post_init__(self) -> None:
        """Hold one row and one name for each image."""
        if self.images.ndim != 4 or not len(self.images) == len(self.rows) == len(self.photos):
            counts = f"{list(self.images.shape)}, {len(self.rows)} and {len(self.photos)}"
            raise UserError(f"guesses need images [B, C, H, W], B rows and B names of photos, not {counts}")

    def __len__(self) -> int:
        """Count the photos."""
        return len(self.rows)

    def __getitem__(self, photo: int) -> tuple[Guess, ...]:
        """Return the guesses for one photo, best first."""
        return self.rows[photo]

    def line(self) -> str:
        """Say the first guess for each photo: coffee: espresso 95.2 % (efficientnet-lite0)."""
        said = [f"{self.name(place)}{row[0] if row else 'no guess'}" for place, row in enumerate(self.rows[:MOST_SAID])]
        if len(self) > MOST_SAID:
            said.append(f"and {len(self) - MOST_SAID} more")
        return " ".join(f"{'; '.join(said) or 'no photos'} ({self.network})".split())

    def name(self, place: int) -> str:
        """Return what to call a photo before its guess: its own name, or its place where there are several."""
        if self.photos[place]:
            return f"{self.photos[place]}: "
        return f"photo {place + 1}: " if len(self) > 1 else ""

    def figure(self) -> "Figure":
        """Draw each photo beside bars of its guesses."""
        from seethrough.plots import sheet, show_bars, show_image

        if len(self) == 0:
            raise UserError("guesses of no photos cannot be drawn")
        drawn = min(len(self), MOST_DRAWN)
        pairs = math.ceil(math.sqrt(drawn / 5))
        tallest = max(len(row) for row in self.rows[:drawn])
        title = self.network if drawn == len(self) else f"{self.network}: the first {drawn} of {len(self)} photos"
        figure, panels = sheet(math.ceil(drawn / pairs), 2 * pairs, cell=(max(2.8, 0.52 * tallest), 3.2), title=title)
        for place in range(drawn):
            row, column = place // pairs, place % pairs * 2
            guesses = self.rows[place]
            show_image(panels[row, column], self.images[place], self.photos[place])
            show_bars(
                panels[row, column + 1],
                [guess.label for guess in guesses],
                [guess.probability for guess in guesses],
                texts=[percent(guess.probability) for guess in guesses],
                limits=(0, 1),
            )
        return figure
