"""DeepDream: a photo in which a layer sees more of whatever it saw."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.canvas import pixels
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import mean_size
from seethrough.ascent.tiles import Tiles
from seethrough.ascent.wish import Reading, Wish
from seethrough.ascent.wish import unit as unit_wish
from seethrough.dream.glimpses import shown_as
from seethrough.dream.outcome import outcome
from seethrough.dream.own_size import at_own_size, resized, takes
from seethrough.dream.trunk import dreaming_layer
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job, part_of
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit, resolve_unit
from seethrough.results.dream import Dream

NEARER = 1.05
"""How much nearer each frame of a zoom is."""
ON_THE_WAY = 2
"""Octaves of each frame of a zoom: the frame before has been dreamt already."""


@dataclass(frozen=True)
class _How:
    """What a dream is made with, the same in every octave."""

    network: Network
    wish: Wish
    octaves: int
    scale: float
    steps: int
    rate: float
    shift: int
    batch: int


@job
def deepdream(
    network: Network,
    images: Tensor | Sequence[Tensor],
    *,
    layer: str | None = None,
    unit: str | Unit | None = None,
    octaves: int = 4,
    scale: float = 1.4,
    steps: int = 20,
    rate: float = 1.5 / 255,
    shift: int = 32,
    size: int = 512,
    zoom: int = 0,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Dream]:
    """Enhance what a layer sees in photos: ascend the mean square of its numbers, or one unit, from a small copy to the full.

    x + rate * g / mean |g|, in octaves, each `scale` times larger than the one before, which hands on what it has added
    (Mordvintsev et al. 2015, "Inceptionism"); each step sees the photo shifted by up to `shift` pixels. Photos [C, h, w]
    stay at their own size, the longest side up to `size`; several come out at the size of the first. Networks that take
    their own size alone see tiles of it. With `zoom` the images are that many frames more, each nearer to the middle.

    >>> deepdream(network, photo("coffee")).save("coffee-dream.png")
    >>> save_gif(deepdream(network, photo("coffee"), zoom=24).images, "coffee-dream.gif")
    """
    batch = network.at_once(batch)
    if layer is not None and unit is not None:
        raise UserError(f"layer {layer!r} and unit {str(unit)!r} are both given; deepdream takes one of them")
    for name, given, least in (("octaves", octaves, 1), ("steps", steps, 1), ("shift", shift, 0), ("zoom", zoom, 0)):
        if given < least:
            raise UserError(f"{name} is {given}; it takes {least} or more")
    if not 1 < scale < math.inf or not 0 < rate < math.inf:
        raise UserError(f"scale and rate are {scale} and {rate}; they take more than 1, and more than 0")
    photos = _alike(at_own_size(network, images, size))
    if zoom and len(photos) > 1:
        raise UserError(f"zoom goes into one photo; {len(photos)} are given")
    wish, wished = _wished(network, layer, unit)
    how = _How(network, wish, octaves, scale, steps, rate, shift, batch)
    made, traces, asked = yield from _dreamt(how, photos, seed, 0, 1 + zoom)
    frames = [made]
    while len(frames) <= zoom and not asked:
        near = replace(how, octaves=min(octaves, ON_THE_WAY), steps=max(1, steps // 4))
        frame = _nearer(frames[-1])
        made, more, asked = yield from _dreamt(near, frame, seed + len(frames), len(frames), 1 + zoom)
        frames.append(made)
        traces = torch.cat([traces, more], dim=1)
    dreams = torch.cat(frames)
    return outcome(
        "deepdream",
        network,
        dreams,
        [wished] * len(dreams),
        reached=_reached(how, dreams),
        trace=traces.expand(len(dreams), -1),
        settings={
            "layer": None if layer is None else wished,
            "unit": None if unit is None else wished,
            "octaves": octaves,
            "scale": scale,
            "steps": steps,
            "rate": rate,
            "shift": shift,
            "size": size,
            "zoom": zoom,
            "seed": seed,
        },
        starts=None if zoom else photos,
    )


def activity(layer: str) -> Wish:
    """The mean square of a layer's numbers: whatever it sees, more of it."""

    def read(reading: Reading) -> Tensor:
        output = reading.layers[layer]
        output = output.float() if output.dtype.itemsize < 4 else output
        return reading.each(output.square().flatten(1).mean(1))

    return Wish(read, (layer,))


def _wished(network: Network, layer: str | None, unit: str | Unit | None) -> tuple[Wish, str]:
    if unit is None:
        name = dreaming_layer(network) if layer is None else network.resolve_layer(layer)
        return activity(name), name
    wanted = resolve_unit(network, unit)
    if wanted.position is not None:
        raise UserError(
            f"unit {str(wanted)!r} is at one place; a deepdream is of all: write {wanted.layer}:{wanted.index}"
        )
    return unit_wish(wanted), str(wanted)


def _dreamt(
    how: _How, photos: Tensor, seed: int, part: int, parts: int
) -> Generator[Step, bool | None, tuple[Tensor, Tensor, bool]]:
    """Dream photos [B, C, H, W] through their octaves; return them, the trace, and whether someone asked to stop."""
    full = (photos.shape[-2], photos.shape[-1])
    added = torch.zeros_like(photos)
    traces = []
    for octave in range(how.octaves):
        size = resized(full, how.scale ** (octave + 1 - how.octaves))
        copy = photos if size == full else _brought(photos, size).clamp(0, 1)
        begun = (copy + _brought(added, size)).clamp(0, 1)
        seen_at = size if takes(how.network, size, how.wish.layers) else how.network.size
        loop = ascend.job(
            how.network,
            pixels(begun),
            how.wish,
            stride=mean_size(how.rate),
            steps=how.steps,
            jitter=Tiles(size, seen_at, how.shift),
            size=seen_at,
            # Every octave has shifts of its own.
            seed=seed * how.octaves + octave,
            at_once=_at_once(how, size),
        )

        def finished(images: Tensor, copy: Tensor = copy) -> Tensor:
            return photos + _brought(images - copy, full)

        shown = shown_as(loop, lambda images: finished(images).clamp(0, 1))
        climb, asked = yield from part_of(shown, part * how.octaves + octave, parts * how.octaves)
        added = climb.images - copy
        traces.append(climb.trace)
        if asked:
            break
    return (photos + _brought(added, full)).clamp(0, 1), torch.cat(traces, dim=1), asked


def _reached(how: _How, dreams: Tensor) -> Tensor:
    size = (dreams.shape[-2], dreams.shape[-1])
    seen_at = size if takes(how.network, size, how.wish.layers) else how.network.size
    still = ascend(
        how.network,
        pixels(dreams),
        how.wish,
        stride=mean_size(how.rate),
        steps=0,
        size=seen_at,
        at_once=_at_once(how, size),
    )
    return still.values


def _at_once(how: _How, size: tuple[int, int]) -> int:
    """Return how many images of a size are as large as a batch of the network's own."""
    own = how.network.size[0] * how.network.size[1]
    return max(1, how.batch * own // (size[0] * size[1]))


def _alike(photos: Sequence[Tensor]) -> Tensor:
    """Bring photos to the size of the first: enlarged or reduced until they cover it, and the middle cut out."""
    height, width = photos[0].shape[-2:]
    covered = []
    for photo in photos:
        share = max(height / photo.shape[-2], width / photo.shape[-1])
        tall, wide = resized((photo.shape[-2], photo.shape[-1]), share)
        photo = _brought(photo, (max(tall, height), max(wide, width))).clamp(0, 1)
        top, left = (photo.shape[-2] - height) // 2, (photo.shape[-1] - width) // 2
        covered.append(photo[..., top : top + height, left : left + width])
    return torch.cat(covered)


def _nearer(frame: Tensor) -> Tensor:
    """Cut the middle out of a frame, and enlarge it to the whole."""
    height, width = frame.shape[-2:]
    large = _brought(frame, resized((height, width), NEARER)).clamp(0, 1)
    top, left = (large.shape[-2] - height) // 2, (large.shape[-1] - width) // 2
    return large[..., top : top + height, left : left + width]


def _brought(images: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(images.shape[-2:]) == size:
        return images
    return functional.interpolate(images, size, mode="bicubic", antialias=True)
