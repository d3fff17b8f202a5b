"""What a layer makes of every picture of a data set, as numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.results.result import Result
from seethrough.results.unread import unread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 120
"""Pictures drawn one by one where there are no classes."""
MOST_UNITS = 240
"""Numbers drawn of each: those that vary most."""
NAMED = 60
"""Up to so many classes are named."""


@dataclass(frozen=True, kw_only=True)
class Features(Result):
    """The numbers that a layer gives for N pictures, in the order of the data set, one shard after another.

    `shards` hold [n, D] each, or [n, R, D] for R regions, or whole maps [n, C, h, w]; read from a folder they stay on disk
    until they are looked at. `places` [N] are the pictures' places in the data set, which has `total`; `labels` [N] are places
    in `classes`, -1 where it is not known what a picture shows.
    """

    shards: tuple[Tensor, ...]
    layer: str
    data: str
    places: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    names: tuple[str, ...]
    total: int
    broken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold a place, a label and a name for every row."""
        rows = sum(len(shard) for shard in self.shards)
        if not rows == len(self.places) == len(self.labels) == len(self.names):
            raise UserError(
                f"features have {rows} rows, {len(self.places)} places, {len(self.labels)} labels and "
                f"{len(self.names)} names; there is one of each for every picture"
            )

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.names)

    @cached_property
    def values(self) -> Tensor:
        """Return all rows [N, ...] in one; several shards are then copied into memory."""
        return self.shards[0] if len(self.shards) == 1 else torch.cat(self.shards)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of one picture's numbers."""
        return tuple(self.shards[0].shape[1:])

    def line(self) -> str:
        """Say how many numbers of how many pictures these are, and of which layer."""
        size = " x ".join(map(str, self.shape))
        short = f" of {self.total}" if len(self) + len(self.broken) < self.total else ""
        known = len(set(self.labels.tolist()) - {-1})
        classes = f", {known} class{'' if known == 1 else 'es'}" if known else ""
        length = ", L2-normalised" if self.settings.get("normalise") else ""
        return (
            f"features: {len(self)}{short} pictures of {self.data}, {size} numbers each, {self.layer}{length}{classes} "
            f"({self.network}){unread(self.broken)}"
        )

    def table(self) -> list[dict[str, Any]]:
        """Return one row a picture: its name, its class, and how long its row of numbers is."""
        lengths = torch.cat([shard.flatten(1).float().norm(dim=1) for shard in self.shards])
        rows = zip(self.names, self.labels.tolist(), lengths.tolist(), strict=True)
        return [
            {"photo": name, "class": None if label < 0 else self.classes[label], "length": length}
            for name, label, length in rows
        ]

    def figure(self) -> "Figure":
        """Draw the numbers that vary most, as the mean of each class; of single pictures where there are no classes."""
        from seethrough.plots import sheet, show_map
        from seethrough.plots.sheet import set_footnote
        from seethrough.plots.style import INK
        from seethrough.plots.words import FAMILY

        values, names, what = self._drawn()
        units = values.var(0, correction=0).topk(min(MOST_UNITS, values.shape[1])).indices
        drawn = values[:, units]
        # Units stand in the order of the rows that they speak for, so that what belongs together lies together.
        drawn = drawn[:, drawn.argmax(0).argsort(stable=True)]
        title = f"Features of {len(self)} pictures: {self.layer} ({self.network})"
        figure, panels = sheet(1, 1, cell=(5.0, 8.0), title=title)
        show_map(panels[0, 0], drawn)
        panels[0, 0].set_aspect("auto")
        if names:
            words: Any = {
                "fontsize": min(9.0, 300 / len(names)),
                "fontfamily": FAMILY,
                "color": INK,
                "parse_math": False,
            }
            panels[0, 0].set_yticks(range(len(names)), names, **words)
            panels[0, 0].tick_params(length=0)
        across = f"across: the {len(units)} of {values.shape[1]} numbers that vary most, ordered by the row they are largest in"
        set_footnote(figure, f"{what}; {across}{unread(self.broken)}.")
        return figure

    def _drawn(self) -> tuple[Tensor, list[str], str]:
        """Return the rows to draw, their names where they are few enough to be read, and what the rows are."""
        known = sorted(set(self.labels.tolist()) - {-1})
        if len(known) < 2:
            rows = self.values[:MOST_ROWS].flatten(1).float()
            return rows, [], "Down: pictures" if len(rows) == len(self) else f"Down: the first {len(rows)} pictures"
        places = {label: row for row, label in enumerate(known)}
        sums = torch.zeros(len(known), self.shards[0][0].numel())
        counts, start = torch.zeros(len(known)), 0
        for shard in self.shards:
            labels = self.labels[start : start + len(shard)].tolist()
            start += len(shard)
            here = torch.tensor([row for row, label in enumerate(labels) if label >= 0], dtype=torch.long)
            of = torch.tensor([places[label] for label in labels if label >= 0], dtype=torch.long)
            sums.index_add_(0, of, shard[here].flatten(1).float())
            counts += torch.bincount(of, minlength=len(known))
        names = [self.classes[label] for label in known] if len(known) <= NAMED else []
        return sums / counts[:, None], names, f"Down: the means of {len(known)} classes"
