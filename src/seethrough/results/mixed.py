"""Photos with a little of another class's template in them."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.results.fooling import of_255
from seethrough.results.guesses import Guess
from seethrough.results.result import Result
from seethrough.results.templates import pictured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN, SAID = 16, 4


@dataclass(frozen=True, kw_only=True)
class Mixed(Result):
    """Photos, the `originals` [B, C, H, W], and `images`: clip(original + share * template, 0, 1), with the `shares` [B].

    The largest number of each of the `templates` [B, C, H, W] is 1. `goals` are the classes they belong to; `before` and
    `after` what the classifier takes the pictures for, `goal_before` and `goal_after` [B] the probability of the goal (not a
    number where the classifier has none), `success` [B] whether the goal is the top class, `l2` and `linf` [B] how far the
    pixels, from 0 to 1, have moved.
    """

    originals: Tensor
    templates: Tensor
    images: Tensor
    shares: Tensor
    goals: tuple[str, ...]
    before: tuple[Guess, ...]
    after: tuple[Guess, ...]
    goal_before: Tensor
    goal_after: Tensor
    success: Tensor
    l2: Tensor
    linf: Tensor
    photos: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the photos."""
        return len(self.images)

    def name(self, place: int) -> str:
        """Return the name of the photo, where it is known."""
        return self.photos[place] if place < len(self.photos) else ""

    def line(self) -> str:
        """Say what became of the first photos."""
        said = "; ".join(self.say(place) for place in range(min(len(self), SAID)))
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        return f"mix: {said}{more} ({self.network})"

    def say(self, place: int) -> str:
        """Say one: cat: frog 33.2 %, with 0.021 of horse read as horse 15.0 % (Linf 5.4/255)."""
        name = f"{self.name(place)}: " if self.name(place) else ""
        verb = "read as" if self.success[place] else f"NOT {self.goals[place]}: read as"
        share, far = float(self.shares[place]), of_255(float(self.linf[place]))
        mixed = f"with {share:.3g} of {self.goals[place]} {verb} {_said(self.after[place])}"
        return f"{name}{_said(self.before[place])}, {mixed} (L2 {float(self.l2[place]):.3g}, Linf {far})"

    def table(self) -> list[dict[str, Any]]:
        """Return one row a photo."""
        return [
            {
                "photo": self.name(place),
                "goal": self.goals[place],
                "before": _plain(self.before[place]),
                "after": _plain(self.after[place]),
                "goal_before": _number(self.goal_before[place]),
                "goal_after": _number(self.goal_after[place]),
                "success": bool(self.success[place]),
                "share": float(self.shares[place]),
                "l2": float(self.l2[place]),
                "linf": float(self.linf[place]),
            }
            for place in range(len(self))
        ]

    def picture(self) -> Tensor:
        """Return the image itself [C, H, W], or all of them as one contact sheet."""
        from seethrough.results.contact_sheet import contact_sheet

        return contact_sheet(self.images)

    def figure(self) -> "Figure":
        """Draw a row a photo: the photo, plus the template times its share, is what is read as another class."""
        from seethrough.plots import sheet, show_image

        drawn = min(len(self), MOST_DRAWN)
        height, width = self.images.shape[-2:]
        more = f", the first {drawn} of {len(self)}" if drawn < len(self) else ""
        cell = (2.6 * height / width + 0.62, 2.6)
        figure, panels = sheet(drawn, 3, cell=cell, title=f"A little of another template ({self.network}){more}")
        for place, row in zip(range(drawn), panels, strict=True):
            name = f"{self.name(place)}\n" if self.name(place) else ""
            missed = "" if self.success[place] else f"NOT {self.goals[place]}\n"
            show_image(row[0], self.originals[place], f"{name}{_said(self.before[place])}")
            template = pictured(self.templates[place : place + 1])[0]
            show_image(row[1], template, f"+ {float(self.shares[place]):.3g} x {self.goals[place]}")
            show_image(row[2], self.images[place], f"{missed}= {_said(self.after[place])}")
        return figure


def _said(guess: Guess) -> str:
    return guess.label if math.isnan(guess.probability) else str(guess)


def _plain(guess: Guess) -> dict[str, Any]:
    share = None if math.isnan(guess.probability) else guess.probability
    return {"index": guess.index, "label": guess.label, "probability": share}


def _number(value: Tensor) -> float | None:
    return None if bool(value.isnan()) else float(value)
