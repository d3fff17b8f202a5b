"""One look of the loop: from the numbers of a canvas to the wish of each image, and the slope back to the numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas
from seethrough.ascent.jitter import STILL
from seethrough.ascent.redirect import redirect
from seethrough.ascent.wish import Reading, Wish
from seethrough.networks.fused import Folded
from seethrough.networks.network import Network, as_scores, gradients

# Says of each image of a reading, with its wish, whether it is done.
Done: TypeAlias = Callable[[Reading, Tensor], Tensor]
Watch: TypeAlias = Mapping[str, Callable[[Reading], Tensor]]
# Says how good each image of a reading is, with its wish: the best place on the way is the one of the highest rank.
Rank: TypeAlias = Callable[[Reading, Tensor], Tensor]


class Views(Protocol):
    """How images are shown to the network: some views of each, side by side, at a size; Jitter is the usual way."""

    @property
    def views(self) -> int:
        """Return how many there are of each image."""

    @property
    def still(self) -> bool:
        """Tell whether it leaves the image as it is."""

    def __call__(self, images: Tensor, streams: Sequence[torch.Generator], size: tuple[int, int]) -> Tensor:
        """Return the views [B * views, C, H, W] of images, at that size; each image has its own random stream."""


@dataclass(frozen=True)
class Seen:
    """What a look found for each image: its wish, its rank, whether it is done, and other numbers that were asked for."""

    values: Tensor
    ranks: Tensor
    done: Tensor
    watched: dict[str, Tensor]
    slope: Tensor | None


@dataclass(frozen=True)
class Look:
    """How to look: at which canvas through which network for what, and `at_once` images at a time.

    `size` is that at which the network is shown the images as they are.
    """

    network: Network
    canvas: Canvas
    wish: Wish
    until: Done | None
    rank: Rank | None
    watch: Watch
    mask: Tensor | None
    at_once: int
    size: tuple[int, int]
    folded: Folded = field(default_factory=dict, repr=False, compare=False)

    def up(
        self,
        numbers: Tensor,
        rows: Tensor,
        jitter: Views,
        streams: Sequence[torch.Generator],
        size: tuple[int, int],
        redirected: bool,
    ) -> Seen:
        """Look at random views of that size, and find which way is up for the numbers."""
        with self.network.quiet(self.folded), gradients():
            numbers = numbers.detach().requires_grad_()
            drawn = self.canvas.draw(numbers, rows)
            parts = []
            for part in self._parts(len(rows)):
                pixels = drawn[part].detach().requires_grad_()
                own = [streams[row] for row in rows[part].tolist()]
                reading = self._read(pixels, rows[part], jitter, own, size, redirected)
                values = self.wish.read(reading)
                handles = redirect(reading.layers.values()) if redirected else []
                try:
                    (slope,) = torch.autograd.grad(values.sum(), pixels, materialize_grads=True)
                finally:
                    for handle in handles:
                        handle.remove()
                parts.append(self._seen(reading, values.detach(), slope))
            seen = _joined(parts)
            assert seen.slope is not None
            slope = seen.slope if self.mask is None else seen.slope * self.mask.to(seen.slope)
            if not self.canvas.plain:
                (slope,) = torch.autograd.grad(drawn, numbers, slope)
        # One order in memory, however the network hands slopes back: sums over them are then the same ones again.
        return replace(seen, slope=slope.detach().contiguous())

    def still(self, numbers: Tensor, rows: Tensor) -> Seen:
        """Look at the images as they are."""
        with self.network.quiet(self.folded), torch.inference_mode(False), torch.no_grad():
            drawn = self.canvas.draw(numbers, rows)
            parts = []
            for part in self._parts(len(rows)):
                reading = self._read(drawn[part], rows[part], STILL, [], self.size)
                parts.append(self._seen(reading, self.wish.read(reading), None))
            return _joined(parts)

    def _parts(self, count: int) -> list[Tensor]:
        return self.network.parts(count, max(count, 1) if self.wish.together else self.at_once)

    def _read(
        self,
        pixels: Tensor,
        rows: Tensor,
        jitter: Views,
        streams: Sequence[torch.Generator],
        size: tuple[int, int],
        plain: bool = False,
    ) -> Reading:
        layers, scores = self.wish.layers, None
        found: Mapping[str, Tensor] = {}
        if layers or self.wish.scores:
            views = jitter(pixels, streams, size)
            output, found = self.network.run(views, layers, stop=not self.wish.scores, plain=plain)
            scores = as_scores(output) if self.wish.scores else None
        return Reading(pixels, rows, jitter.views, found, scores)

    def _seen(self, reading: Reading, values: Tensor, slope: Tensor | None) -> Seen:
        with torch.no_grad():
            done = torch.zeros(len(values), dtype=torch.bool) if self.until is None else self.until(reading, values)
            ranks = values if self.rank is None else self.rank(reading, values)
            watched = {name: number(reading).detach() for name, number in self.watch.items()}
        return Seen(values, ranks, done.cpu(), watched, slope)


def _joined(parts: Sequence[Seen]) -> Seen:
    slopes = [part.slope for part in parts if part.slope is not None]
    return Seen(
        torch.cat([part.values for part in parts]),
        torch.cat([part.ranks for part in parts]),
        torch.cat([part.done for part in parts]),
        {name: torch.cat([part.watched[name] for part in parts]) for name in parts[0].watched},
        torch.cat(slopes) if slopes else None,
    )
