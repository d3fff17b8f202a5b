"""A case: photos that are to be misread, what of, and how often the network was asked about each on the way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas
from seethrough.ascent.look import Rank
from seethrough.ascent.loop import Climb, ascend
from seethrough.ascent.stride import Stride
from seethrough.ascent.wish import Wish
from seethrough.fool.aim import Aim, Loss, aim_at, ending, exact
from seethrough.fool.lattice import on_lattice, settle
from seethrough.fool.mask import held, mask_of
from seethrough.jobs import Job
from seethrough.networks.fused import Folded
from seethrough.networks.network import Classes, Network, gradients
from seethrough.networks.streams import image_streams
from seethrough.results.fooling import Fooling
from seethrough.results.guesses import Guess
from seethrough.see.heat import plain

Numbers: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""From the scores [b, K] of some images to the number of each [b] whose slope is wanted; the second says which they are."""
Joined: TypeAlias = Callable[[Tensor, Tensor, Iterator[Tensor]], Tensor]
"""From the scores [b, K] of some images, which they are, and their slopes, class after class, to what is wanted [b, ...]."""


@dataclass
class Case:
    """Photos [B, C, H, W], the aim for each, and the log: how often the network was asked, and what was climbed.

    `shows` [B] is the class each photo shows, as given or else as read; `scores` [B, K] is what the network says of the photos.
    `mask` [B, 1, H, W] says which pixels may change, all if not given: slopes are 0 elsewhere, and nothing is drawn there.
    Whatever asks the network goes through here, and is counted for the images it is asked about.
    """

    network: Network
    photos: Tensor
    shows: Tensor
    aim: Aim
    scores: Tensor
    at_once: int
    seed: int
    eight_bit: bool
    queries: Tensor
    gradients: Tensor
    steps: Tensor
    mask: Tensor | None = None
    trace: list[Tensor] = field(default_factory=list)
    folded: Folded = field(default_factory=dict)

    def open(self) -> Tensor:
        """Return which images are not read as wanted to begin with and may be changed: the others are left as they are."""
        return self._changeable(~self.aim.reached(self.scores))

    def unfinished(self, until: float | str) -> Tensor:
        """Return which images there is something to do for, where a probability may be wanted too."""
        end = ending(until)
        if isinstance(end, str):
            return self.open()
        there = self.aim.reached(self.scores) & (self.aim.probability(self.scores) >= end)
        return self._changeable(~there)

    def streams(self) -> list[torch.Generator]:
        """Return a random stream for each image."""
        return image_streams(self.seed, len(self.photos))

    def inside(self, values: Tensor, rows: Tensor) -> Tensor:
        """Return the values [b, ..., H, W] of the images `rows` where their pixels may change, and 0 elsewhere."""
        if self.mask is None:
            return values
        free = self.mask[rows].view(len(rows), *(1,) * (values.ndim - 3), *values.shape[-2:])
        return torch.where(free, values, 0)

    def look(self, pixels: Tensor, rows: Tensor) -> Tensor:
        """Return what the network says of pixels [b, C, H, W] of the images `rows` [b]."""
        self.queries.index_add_(0, rows, torch.ones_like(rows))
        with self.network.quiet(self.folded):
            return said_of(self.network, pixels, self.at_once)

    def slope(self, pixels: Tensor, rows: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the network says, the number of each image [b], and the slope of each toward it [b, C, H, W]."""
        scores, values, slopes = [], [], []
        with self.network.quiet(self.folded), gradients():
            for part in self.network.parts(len(rows), self.at_once):
                asked = pixels[part].detach().requires_grad_()
                said = exact(self.network.scores(asked))
                number = numbers(said, rows[part])
                (slope,) = torch.autograd.grad(number.sum(), asked)
                scores.append(said.detach())
                values.append(number.detach())
                slopes.append(slope.contiguous())
        self._count(rows, 1)
        return torch.cat(scores), torch.cat(values), self.inside(torch.cat(slopes), rows)

    def slopes(self, pixels: Tensor, rows: Tensor, classes: Tensor, join: Joined | None = None) -> tuple[Tensor, ...]:
        """Return what the network says, and the slopes of several classes' scores [b, k] for each image [b, k, C, H, W].

        Or what `join` makes of them, class after class, so that not all of them have to be there at once.
        """
        scores, found = [], []
        with self.network.quiet(self.folded), gradients():
            for part in self.network.parts(len(rows), self.at_once):
                asked = pixels[part].detach().requires_grad_()
                said = exact(self.network.scores(asked))
                each = self._one_by_one(said.gather(1, classes[part]).sum(0), asked, rows[part])
                found.append(torch.stack(list(each), 1) if join is None else join(said.detach(), part, each))
                scores.append(said.detach())
        self._count(rows, classes.shape[1])
        return torch.cat(scores), torch.cat(found)

    def _one_by_one(self, picked: Tensor, asked: Tensor, rows: Tensor) -> Iterator[Tensor]:
        for place, one in enumerate(picked):
            (slope,) = torch.autograd.grad(one, asked, retain_graph=place + 1 < len(picked))
            yield self.inside(slope.contiguous(), rows)

    def climb(
        self,
        rows: Tensor,
        canvas: Canvas,
        loss: Loss | Wish,
        *,
        stride: Stride,
        steps: int,
        until: float | str = "never",
        best: bool | Rank = False,
    ) -> Job[Climb]:
        """Let the loop change the images `rows`, of which the canvas holds as many; their margin is watched."""
        aim = self.aim.of(rows)
        wish = loss if isinstance(loss, Wish) else aim.wish(loss)
        canvas = canvas if self.mask is None else held(canvas, self.photos[rows], self.mask[rows])
        climb = yield from ascend.job(
            self.network,
            canvas,
            wish,
            stride=stride,
            steps=steps,
            until=aim.until(ending(until)),
            best=best,
            watch={
                "margin": lambda reading: aim.of(reading.rows).margin(exact(reading.scores)),
                "probability": lambda reading: aim.of(reading.rows).probability(exact(reading.scores)),
            },
            at_once=self.at_once,
            redirected=0,
        )
        taken = climb.steps.cpu()
        self.steps[rows] += taken
        self.gradients[rows] += taken
        self.queries[rows] += climb.looks.cpu()
        for values in climb.trace.T:
            self.note(rows, values)
        return climb

    def note(self, rows: Tensor, values: Tensor) -> None:
        """Write down what was climbed, as it stood at a step, of the images under way."""
        column = torch.full((len(self.photos),), torch.nan, dtype=torch.float64)
        column[rows] = values.detach().cpu().double()
        self.trace.append(column)

    def climbed(self) -> Tensor:
        """Return what was climbed [B, steps], from the first step of each image on, whenever that was."""
        if not self.trace:
            return torch.zeros(len(self.photos), 0, dtype=torch.float64)
        steps = torch.stack(self.trace, 1)
        there = ~steps.isnan()
        order = there.to(torch.uint8).argsort(dim=1, descending=True, stable=True)
        return steps.gather(1, order)[:, : int(there.sum(1).max())]

    def outcome(
        self,
        method: str,
        images: Tensor,
        settings: Mapping[str, Any],
        *,
        eps: tuple[str, ...] = (),
        box: tuple[Tensor, Tensor] | None = None,
        reach: Tensor | None = None,
        until: float | str = "top",
    ) -> Fooling:
        """Make the result; what it says of the images is measured on what is returned.

        `box` is the least and the largest that each pixel may be, `reach` [B] the largest L2 distance, where the images have
        to stay near the photos: pictures of 8 bits are settled within them, with the probability of `until`.
        """
        with torch.inference_mode(False), torch.no_grad():
            photos = self.photos
            if self.eight_bit:
                images = settle(self, images, box, reach, until)
            if self.mask is not None:
                assert bool(((images == photos) | self.mask).all()), "a pixel was changed that may not be"
            after = said_of(self.network, images, self.at_once)
            as_png = after if self.eight_bit else said_of(self.network, on_lattice(images), self.at_once)
            moved = (images.double() - photos.double()).flatten(1)
            if self.eight_bit:
                # Between pictures of 8 bits distances are whole numbers of 255.
                moved = (moved * 255).round() / 255
        word = "read as" if self.aim.toward else "away from"
        names = self.network.labels.names
        return Fooling(
            network=self.network.name,
            method=f"fool.{method}",
            settings={
                **settings,
                "classes": self.aim.classes.tolist(),
                "toward": self.aim.toward,
                "eight_bit": self.eight_bit,
                "seed": self.seed,
                **({} if self.mask is None else {"mask": float(self.mask.double().mean())}),
            },
            originals=plain(photos),
            images=plain(images),
            shows=self.shows.cpu(),
            goals=tuple(f"{word} {names[index]}" for index in self.aim.classes.tolist()),
            before=guesses(self.network, self.scores),
            after=guesses(self.network, after),
            goal_before=plain(self.aim.probability(self.scores)),
            goal_after=plain(self.aim.probability(after)),
            success=self.aim.reached(after).cpu(),
            as_png=guesses(self.network, as_png),
            png_success=self.aim.reached(as_png).cpu(),
            l2=plain(moved.norm(dim=1)),
            linf=plain(moved.abs().amax(1)),
            steps=self.steps.clone(),
            queries=self.queries.clone(),
            gradients=self.gradients.clone(),
            trace=self.climbed(),
            eps=eps,
        )

    def _changeable(self, rows: Tensor) -> Tensor:
        """Return which of the images that are told of [B] have a pixel that may change."""
        some = rows if self.mask is None else rows & self.mask.flatten(1).any(1)
        return some.cpu().nonzero()[:, 0]

    def _count(self, rows: Tensor, slopes: int) -> None:
        self.queries.index_add_(0, rows, torch.ones_like(rows))
        self.gradients.index_add_(0, rows, torch.full_like(rows, slopes))


def open_case(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    *,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int,
) -> Case:
    """Look at the photos once, and say what is wanted of each."""
    batch = network.at_once(batch)
    with torch.inference_mode(False), torch.no_grad():
        # What a caller made in inference mode could not be worked on outside it: a copy can.
        photos = network.checked(images).detach().to(torch.promote_types(network.dtype, torch.float32)).clone()
        free = mask_of(mask, photos)
        photos = on_lattice(photos) if eight_bit else photos.clamp(0, 1)
        scores = said_of(network, photos, batch)
        read = scores.argmax(1)
        aim = aim_at(network, read, classes, to, away)
        shows = read if classes is None else network.classes_for(photos, classes)
    none = torch.zeros(len(photos), dtype=torch.long)
    return Case(
        network,
        photos,
        shows,
        aim,
        scores,
        batch,
        seed,
        eight_bit,
        torch.ones_like(none),
        none.clone(),
        none.clone(),
        free,
    )


def said_of(network: Network, pixels: Tensor, at_once: int) -> Tensor:
    """Return the scores of pixels, a few images at a time, in single precision at least.

    What an attack is said to have reached is held to these, however its slopes were computed.
    """
    with torch.inference_mode(False), torch.no_grad(), network.exactly():
        return exact(network.scores_in_parts(pixels, at_once))


def guesses(network: Network, scores: Tensor) -> tuple[Guess, ...]:
    """Return the first guess for each row of scores."""
    best = scores.softmax(1).max(1)
    labels = network.labels
    pairs: Sequence[tuple[float, int]] = list(zip(best.values.tolist(), best.indices.tolist(), strict=True))
    return tuple(Guess(index, labels.names[index], labels.wnid(index), value) for value, index in pairs)
