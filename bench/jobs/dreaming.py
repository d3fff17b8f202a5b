"""Dreams of a unit or a class by lucid's recipe, beside lucent."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from given import Given
from jobs.lucent_dream import lucent_dream
from jobs.shape import OURS, Check, Pair
from seethrough import dream

SIDE = 128
FIRST = {"bundled": "blocks.0.0:5", "resnet18": "layer1.0:5"}
LATE = {"bundled": "blocks.5.1:37", "resnet18": "layer4.0:37"}
CLASS = {"bundled": "classifier:967", "resnet18": "fc:967"}


def dream_first(given: Given) -> Pair:
    """Dream a unit of the first block: a network need not be run any further."""
    return _pair(given, FIRST[given.name], asked=4.0)


def dream_late(given: Given) -> Pair:
    """Dream a unit of a late block."""
    return _pair(given, LATE[given.name], asked=None)


def dream_class(given: Given) -> Pair:
    """Dream a class."""
    return _pair(given, CLASS[given.name], asked=2.0)


def _pair(given: Given, unit: str, asked: float | None) -> Pair:
    layer, _, number = unit.partition(":")
    count, steps = given.size.dreams, given.size.dream_steps

    def ours() -> Tensor:
        if unit in CLASS.values():
            return dream.class_(given.network, [int(number)] * count, recipe="lucid", size=SIDE, steps=steps).images
        return dream.unit(given.network, [unit] * count, recipe="lucid", size=SIDE, steps=steps).images

    @torch.no_grad()
    def reached(images: Tensor) -> float:
        output = given.network.read(given.network.frame(images).to(given.device), layer)[layer]
        return float(
            output[:, int(number)].flatten(1).mean(1).median() if output.ndim == 4 else output[:, int(number)].median()
        )

    def check(found: Mapping[str, Any]) -> Check:
        # Random views and starts differ, so there is no number that ought to be the same.
        return Check(f"{unit} reached {reached(found[OURS]):.3g}, lucent's {reached(found['lucent']):.3g} (medians)")

    peer = lucent_dream(given, layer, int(number), size=SIDE, views=given.network.size[0])
    amount = f"{count} images, {steps} steps"
    return Pair(
        amount, {OURS: ours, "lucent": peer}, check, asked={} if asked is None else given.asked({"lucent": asked})
    )
