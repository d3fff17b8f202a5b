"""The loop: change images so that a wish about the network's inside comes true, while they stay a certain kind of image.

>>> network = load()
>>> canvas = fourier(image_streams(0, 1), 3, network.size)
>>> found = ascend(network, canvas, logit(torch.tensor([967])), stride=adam(0.05), steps=64)
>>> found.images.shape
torch.Size([1, 3, 224, 224])
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas
from seethrough.ascent.jitter import STILL
from seethrough.ascent.look import Done, Look, Rank, Seen, Views, Watch
from seethrough.ascent.stride import Memory, Stride
from seethrough.ascent.touch import Touch
from seethrough.ascent.wish import Wish
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams

REDIRECTED = 16
"""Steps at the start during which a blocked ReLU lets the gradient through."""


@dataclass(frozen=True)
class Climb:
    """Where the loop ended: the images, and the wish of each, recomputed from them without jitter.

    `trace` [B, steps] is the wish as it was seen at each step; not a number once an image had left. `steps` [B] counts the
    steps of each image, `looks` [B] how often the network was shown it; `done` [B] says which are what `until` asked for;
    `watched` are the other numbers, recomputed too.
    """

    images: Tensor
    values: Tensor
    trace: Tensor
    steps: Tensor
    looks: Tensor
    done: Tensor
    watched: Mapping[str, Tensor]


@dataclass(frozen=True)
class Glimpse:
    """What a step lets one see: all the images as they are now, and the wish of each when it was last looked at."""

    images: Tensor
    values: Tensor


@dataclass
class _Climber:
    """Where the loop stands after `step` steps; `rows` are the images still under way.

    `trace` [steps, B] is there from the beginning: a small tensor left behind by each step, between large ones that go,
    would keep their memory from being used again.
    """

    step: int
    numbers: Tensor
    rows: Tensor
    memory: Memory
    trace: Tensor
    best: Tensor
    best_numbers: Tensor


@job
def ascend(
    network: Network,
    canvas: Canvas,
    wish: Wish,
    *,
    stride: Stride,
    steps: int,
    jitter: Views = STILL,
    size: tuple[int, int] | None = None,
    sizes: Sequence[tuple[int, int]] = (),
    touches: Sequence[Touch] = (),
    mask: Tensor | None = None,
    until: Done | None = None,
    best: bool | Rank = False,
    watch: Watch | None = None,
    seed: int = 0,
    first: int = 0,
    at_once: int | None = None,
    redirected: int = REDIRECTED,
    resume: Mapping[str, Tensor] | None = None,
) -> Job[Climb]:
    """Climb: draw, look (at random views), find the slope, stride, keep to what the canvas allows; each image on its own.

    `size` is that of the views the network is shown, its own if not given; `sizes` are shown in turn, one a step. `mask` [H,
    W] says how much each pixel may move (on other canvases than pixels, how much of its slope counts). Images leave when
    they are what `until` asks for. With `best` the best place on the way is returned, not the last, unless jitter shows
    other views at each step: that of the highest wish, or of the highest rank where `best` is one. `watch` names other
    numbers to show. `at_once` images go through the network together, which changes no number but by rounding. Every step
    can be peeked into (a Glimpse), stopped, and resumed.
    """
    at_once = network.at_once(at_once)
    if steps < 0:
        raise UserError(f"steps is {steps}; it takes 0 or more")
    if touches and not canvas.plain:
        raise UserError("touches change pixels: they are for the canvas of pixels alone")
    rank = None if isinstance(best, bool) else best
    best = best is not False and jitter.still
    # Pixels are held back when they have moved: some strides are as long whatever the size of the slope.
    held = mask if canvas.plain else None
    changing, seen_at = mask if held is None else held > 0, size or network.size
    look = Look(network, canvas, wish, until, rank, watch or {}, changing, at_once, seen_at)
    with _apart():
        streams = image_streams(seed, canvas.images, first)
        at = _begin(canvas, steps) if resume is None else _taken_up(resume, canvas, steps, streams)
    for step in range(at.step + 1, steps + 1):
        if not len(at.rows):
            break
        with _apart():
            here = at.numbers if canvas.shared or len(at.rows) == canvas.images else at.numbers[at.rows]
            shown = sizes[(step - 1) % len(sizes)] if sizes else seen_at
            seen = look.up(here, at.rows, jitter, streams, shown, step <= redirected)
            at.trace[step - 1, at.rows] = seen.values.cpu().double()
            at.step = step
            if best:
                _remember(at, here, seen.ranks, canvas.shared)
            here, slope, values = _without_those_done(at, here, seen, canvas.shared)
            if len(at.rows):
                moved = canvas.keep(stride(here, values, slope, at.memory), at.rows)
                for touch in touches:
                    moved = canvas.keep(touch(moved, slope, step), at.rows)
                if held is not None:
                    moved = torch.lerp(here, moved, held.to(here).expand_as(here))
                if canvas.shared or len(at.rows) == canvas.images:
                    at.numbers = moved
                else:
                    at.numbers[at.rows] = moved
        stop = yield Step(
            step,
            steps,
            {"wish": float(seen.values.mean())} | {name: float(one.mean()) for name, one in seen.watched.items()},
            peek=partial(_glimpse, canvas, at, seen.values),
            state=lambda: _kept(at, streams),
        )
        if stop:
            break
    at.memory = {}  # whoever still holds the last step would hold it too
    with _apart():
        return _end(look, at, best)


@contextmanager
def _apart() -> Iterator[None]:
    """Work apart from how the caller works: tensors made in inference mode could not be changed or used outside it."""
    with torch.inference_mode(False), torch.no_grad():
        yield


def _begin(canvas: Canvas, steps: int) -> _Climber:
    lowest = canvas.numbers.new_full((len(canvas.numbers),), -torch.inf)
    numbers = canvas.numbers.clone(memory_format=torch.contiguous_format)
    trace = torch.full((steps, canvas.images), torch.nan, dtype=torch.float64)
    return _Climber(0, numbers, torch.arange(canvas.images), {}, trace, lowest, numbers.clone())


def _remember(at: _Climber, here: Tensor, ranks: Tensor, shared: bool) -> None:
    """Keep the numbers of those images that stand better than ever."""
    ranks = ranks.sum()[None] if shared else ranks
    rows = torch.zeros(1, dtype=torch.long) if shared else at.rows
    better = ranks > at.best[rows]
    at.best[rows[better.cpu()]] = ranks[better].to(at.best)
    at.best_numbers[rows[better.cpu()]] = here[better]


def _without_those_done(at: _Climber, here: Tensor, seen: Seen, shared: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Let the images that are done leave, with what the stride remembers of them; return the others' part."""
    assert seen.slope is not None
    if shared:
        # One pattern for all is done when it does for all.
        at.rows = at.rows[:0] if bool(seen.done.all()) else at.rows
        return here, seen.slope, seen.values.sum()[None]
    if not bool(seen.done.any()):
        return here, seen.slope, seen.values
    going = (~seen.done).nonzero()[:, 0]
    at.rows = at.rows[going]
    for name in at.memory:  # one after the other: together they may be the most there is
        at.memory[name] = at.memory[name][going]
    return here[going], seen.slope[going], seen.values[going]


def _end(look: Look, at: _Climber, best: bool) -> Climb:
    """Look once more at what is returned, as it is."""
    canvas, everyone = look.canvas, torch.arange(look.canvas.images)
    numbers = at.numbers
    seen = look.still(numbers, everyone)
    trace = at.trace[: at.step].T.to(seen.values)
    steps = (~trace.isnan()).sum(1)
    looks = steps + 1
    if best:
        last = seen.ranks.sum()[None] if canvas.shared else seen.ranks
        # An image that is what was asked for stays so, and what is not a number is worse than any.
        done = seen.done.all()[None] if canvas.shared else seen.done
        worse = ~(last >= at.best.to(last)) & ~done.to(last.device)
        if worse.any():
            numbers = torch.where(worse.view(-1, *(1,) * (numbers.ndim - 1)), at.best_numbers, numbers)
            # Those that are looked at together cannot be asked about alone.
            all_again = canvas.shared or look.wish.together
            again = everyone if all_again else worse.cpu().nonzero()[:, 0]
            seen = _instead(seen, again, look.still(numbers if all_again else numbers[again], again))
            looks[again] += 1
    return Climb(
        _drawn(canvas, numbers),
        seen.values,
        trace,
        steps,
        looks,
        seen.done,
        seen.watched,
    )


def _instead(seen: Seen, rows: Tensor, other: Seen) -> Seen:
    """Put what was seen of some images the other time in the place of what was seen before."""
    values, ranks, done = seen.values.clone(), seen.ranks.clone(), seen.done.clone()
    watched = {name: number.clone() for name, number in seen.watched.items()}
    values[rows], ranks[rows], done[rows] = other.values, other.ranks, other.done
    for name, number in watched.items():
        number[rows] = other.watched[name]
    return Seen(values, ranks, done, watched, None)


def _drawn(canvas: Canvas, numbers: Tensor) -> Tensor:
    with _apart():
        return canvas.draw(numbers, torch.arange(canvas.images)).clone()


def _glimpse(canvas: Canvas, at: _Climber, like: Tensor) -> Glimpse:
    return Glimpse(_drawn(canvas, at.numbers), _latest(at.trace[: at.step]).to(like))


def _latest(trace: Tensor) -> Tensor:
    """Return the newest value of each image [B]: of those that left, the one they left with."""
    newest = trace[0]
    for values in trace[1:]:
        newest = torch.where(values.isnan(), newest, values)
    return newest


def _kept(at: _Climber, streams: Sequence[torch.Generator]) -> dict[str, Tensor]:
    """Write down all that the rest of the climb depends on."""
    kept = {"numbers": at.numbers, "rows": at.rows, "best": at.best, "best_numbers": at.best_numbers}
    kept |= {"trace": at.trace[: at.step], "streams": torch.stack([stream.get_state() for stream in streams])}
    kept |= {f"memory.{name}": value for name, value in at.memory.items()}
    return {name: value.clone(memory_format=torch.contiguous_format) for name, value in kept.items()}


def _taken_up(kept: Mapping[str, Tensor], canvas: Canvas, steps: int, streams: Sequence[torch.Generator]) -> _Climber:
    for stream, state in zip(streams, kept["streams"], strict=True):
        # A copy: what was read from a file may lie anywhere in memory, and a stream reads whole words there.
        stream.set_state(state.cpu().clone())
    there = {name: value.clone().to(canvas.numbers.device) for name, value in kept.items()}
    memory = {name.removeprefix("memory."): value for name, value in there.items() if name.startswith("memory.")}
    taken = len(kept["trace"])
    at = _begin(canvas, max(steps, taken))
    at.trace[:taken] = kept["trace"].cpu()
    return _Climber(
        taken, there["numbers"], kept["rows"].cpu().clone(), memory, at.trace, there["best"], there["best_numbers"]
    )
