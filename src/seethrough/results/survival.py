"""Misleading images after changes that a person hardly minds: which go on to mislead."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.guesses import Guess
from seethrough.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 8
"""Images in one figure."""
ACROSS = 7
SAID = 4
READ_AS_BEFORE = "still read as before"

# What stands behind a change's name, and which of the colours the picture's edge has.
LASTS = ("", 1)
OTHERWISE = (": other", 4)
LOST = (": lost", 0)
NOT_MISREAD = (": not misread", 0)


@dataclass(frozen=True, kw_only=True)
class Survival(Result):
    """Images changed in T ways each, [B, T, C, H, W], the first way being none, and what the network takes each for.

    `lasts` [B, T] tells whether an image so changed is still misread: not read as what it `shows`, where that is known, and
    else (shows "", or nothing for all) read as the same class as it was unchanged.
    """

    images: Tensor
    changes: tuple[str, ...]
    guesses: tuple[tuple[Guess, ...], ...]
    lasts: Tensor
    shows: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold a guess for every image and change."""
        held = tuple(self.images.shape[:2])
        if tuple(self.lasts.shape) != held or held != (len(self.guesses), len(self.changes)):
            raise UserError(
                f"survival needs images [B, T, C, H, W], lasts [B, T] and B rows of T guesses, not {list(held)}, "
                f"{list(self.lasts.shape)} and {len(self.guesses)} rows for {len(self.changes)} changes"
            )

    def __len__(self) -> int:
        """Count the images."""
        return len(self.guesses)

    @property
    def misleads(self) -> Tensor:
        """Tell of each image [B] whether it misleads as it is: what does not is counted nowhere."""
        return self.lasts[:, 0]

    @property
    def same(self) -> Tensor:
        """Tell of each image and change [B, T] whether it is read as the very class it was read as unchanged."""
        alike = [[guess.index == row[0].index for guess in row] for row in self.guesses]
        return self.lasts.new_tensor(alike)

    def line(self) -> str:
        """Say how many changes each image lasts through, and how many images last through each change."""
        if len(self) == 1 and bool(self.misleads[0]):
            lost = [f"{name} ({guess})" for name, guess, lasts in self._each(0) if not lasts]
            but = f"; not after {', '.join(lost)}" if lost else ""
            return f"survival: {self.say(0)}{but} ({self.network})"
        said = "; ".join(self.say(place) for place in range(min(len(self), SAID)))
        more = f"; and {len(self) - SAID} more" if len(self) > SAID else ""
        return f"survival: {said}{more}; {self.by_change()} ({self.network})"

    def say(self, place: int) -> str:
        """Say one image: coffee: goldfish 98.1 %, still misread after 9 of 12 changes, after 7 as goldfish."""
        named, as_is = self.name(place) or f"image {place + 1}", self.guesses[place][0]
        if not bool(self.misleads[place]):
            return f"{named}: {as_is}, NOT misread as it is"
        lasting, same = (int(told[place, 1:].sum()) for told in (self.lasts, self.same))
        kept = f", after {same} as {as_is.label}" if same < lasting else ""
        word = self._word if not self.shows or self.shows[place] else READ_AS_BEFORE
        return f"{named}: {as_is}, {word} after {lasting} of {len(self.changes) - 1} changes{kept}"

    def by_change(self) -> str:
        """Say how many of the misleading images last through each change: still misread of 4: mirror 3, grey 1."""
        counted = zip(self.changes[1:], self.lasts[self.misleads][:, 1:].sum(0).tolist(), strict=True)
        listed = ", ".join(f"{name} {count}" for name, count in counted)
        return f"{self._word} of {int(self.misleads.sum())}: {listed}"

    def name(self, place: int) -> str:
        """Return the name of the photo, where it is known."""
        return self.photos[place] if place < len(self.photos) else ""

    def table(self) -> list[dict[str, Any]]:
        """Return one row an image and change: what it is read as, whether it lasts, and whether as the same class."""
        same = self.same.tolist()
        return [
            {
                "photo": self.name(place) or None,
                "shows": (self.shows[place] or None) if self.shows else None,
                "change": name,
                "index": guess.index,
                "label": guess.label,
                "probability": guess.probability,
                "lasts": lasts,
                "same": same[place][way],
            }
            for place in range(len(self))
            for way, (name, guess, lasts) in enumerate(self._each(place))
        ]

    def figure(self) -> "Figure":
        """Draw every image after every change, titled with what it is read as; its edge tells whether it lasts."""
        from seethrough.plots import OKABE_ITO, sheet, show_image
        from seethrough.plots.sheet import set_footnote

        drawn = min(len(self), MOST_DRAWN)
        rows = math.ceil(len(self.changes) / ACROSS)
        columns = math.ceil(len(self.changes) / rows)
        height, width = self.images.shape[-2:]
        more = f": the first {drawn} of {len(self)}" if drawn < len(self) else ""
        title = f"Does it last? ({self.network}){more}"
        figure, panels = sheet(drawn * rows, columns, cell=(2.3 * height / width + 0.5, 2.5), title=title)
        for place in range(drawn):
            cells = panels[place * rows : (place + 1) * rows].flat
            for way, (panel, (name, guess, lasts)) in enumerate(zip(cells, self._each(place), strict=False)):
                about = f"{self.name(place)}, " if way == 0 and self.name(place) else ""
                says, colour = LASTS if bool(self.same[place, way]) else OTHERWISE
                if not lasts:
                    says, colour = NOT_MISREAD if way == 0 else LOST
                show_image(panel, self.images[place, way], f"{about}{name}{says}\n{guess}")
                for edge in panel.spines.values():
                    edge.set(color=OKABE_ITO[colour], linewidth=3)
        set_footnote(figure, " · ".join([self._legend, *([self.by_change()] if len(self) > 1 else [])]))
        return figure

    def summary(self) -> "Figure":
        """Draw how many of the misleading images last through each change, as bars."""
        from seethrough.plots import OKABE_ITO, sheet, show_bars

        total = int(self.misleads.sum())
        lasting = self.lasts[self.misleads][:, 1:].sum(0).tolist()
        same = (self.lasts & self.same)[self.misleads][:, 1:].sum(0).tolist()
        figure, panels = sheet(
            1, 1, cell=(0.48 * len(lasting) + 0.3, 5.5), title=f"{self._word.capitalize()} after ({self.network})"
        )
        show_bars(
            panels[0, 0],
            self.changes[1:],
            [count / max(total, 1) for count in lasting],
            texts=[
                f"{count} of {total}" + (f", {kept} as the same class" if kept < count else "")
                for count, kept in zip(lasting, same, strict=True)
            ],
            limits=(0, 1),
            colour=OKABE_ITO[LASTS[1]],
        )
        return figure

    @property
    def _legend(self) -> str:
        if not self.shows:
            return "Orange edge: still read as before. Blue edge, lost: read as something else."
        unknown = "" if all(self.shows) else " (where that is not known: as something else)"
        other = "Yellow, other: misread as another class."
        return f"Orange edge: still read as before. {other} Blue, lost: read as what it shows{unknown}."

    @property
    def _word(self) -> str:
        return "still misread" if self.shows else READ_AS_BEFORE

    def _each(self, place: int) -> list[tuple[str, Guess, bool]]:
        return list(zip(self.changes, self.guesses[place], self.lasts[place].tolist(), strict=True))
