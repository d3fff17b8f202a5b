"""Occlusion of one photo, beside captum and beside full passes of ours, each at its best batch."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from captum.attr import Occlusion
from torch import Tensor

from given import SIDE, Given
from jobs.shape import OURS, Check, Pair, difference
from measure import flops, quickest
from seethrough import see

ASKED = {"bundled": 5.0, "squeezenet1_0": 4.0, "vgg11": 5.0}
CAPTUM, FULL = "captum", "seethrough, full passes"
EVALUATIONS, BATCHES = (1, 5, 25), (1, 5, 10, 25)


def occlusion(given: Given) -> Pair:
    """Cover every place; the ceiling is how many times fewer multiplications ours takes than full passes."""
    pixels, block, stride = given.coffee(), given.size.block, given.size.stride
    classes = given.network.classes_for(pixels)
    window = (given.network.channels, block, block)
    slide = Occlusion(given.plain)
    places = _places(block, stride)

    @torch.no_grad()
    def captum(evaluations: int, stride: int = stride) -> Tensor:
        strides = (given.network.channels, stride, stride)
        maps: Tensor = slide.attribute(pixels, window, strides, 0, int(classes[0]), perturbations_per_eval=evaluations)
        return maps[:, 0]

    @torch.inference_mode()
    def full(batch: int, places: Tensor = places) -> Tensor:
        return torch.cat([given.network.scores(_covered(pixels, some, block)) for some in torch.split(places, batch)])

    def ours() -> Tensor:
        return see.occlusion(given.network, pixels, classes, block=block, stride=stride).values

    def check(found: Mapping[str, Any]) -> Check:
        apart = difference(found[OURS], found[CAPTUM])
        fewer = flops(lambda: full(1, places[:1])) * len(places) / flops(ours)
        return Check(f"difference {apart:.1e} of the range; ceiling {fewer:.1f}", apart < 0.01)

    # Which setting is quickest shows on few places: blocks side by side.
    few = places[:: max(len(places) // 50, 1)]
    best = quickest({one: partial(captum, one, block) for one in EVALUATIONS}, given.device)
    batch = quickest({one: partial(full, one, few) for one in BATCHES}, given.device)
    return Pair(
        f"1 photo, {len(places)} places",
        {OURS: ours, CAPTUM: lambda: captum(best), FULL: lambda: full(batch)},
        check,
        asked={CAPTUM: ASKED[given.name]} if given.name in ASKED else {},
        settings={CAPTUM: f"{best} at a time", FULL: f"{batch} at a time"},
    )


def _places(block: int, stride: int) -> Tensor:
    """Return the corners of the block at every place [n, 2]."""
    starts = torch.arange(0, SIDE - block + 1, stride)
    return torch.cartesian_prod(starts, starts)


def _covered(pixels: Tensor, corners: Tensor, block: int) -> Tensor:
    """Return the photo with the block at each of the corners."""
    altered = pixels.repeat(len(corners), 1, 1, 1)
    for picture, (top, left) in zip(altered, corners.tolist(), strict=True):
        picture[:, top : top + block, left : left + block] = 0
    return altered
