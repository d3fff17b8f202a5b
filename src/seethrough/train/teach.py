"""A training from its first step to the files it leaves, for a network and pictures that are at hand."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job
from seethrough.networks.from_card import CARD, read_card
from seethrough.networks.network import Network
from seethrough.networks.weights import put_weights
from seethrough.results.training import Training
from seethrough.states import resumable_at
from seethrough.train.examine import robustness
from seethrough.train.learn import Learned, Pictures, learn
from seethrough.train.outcome import keep, outcome, stored
from seethrough.train.recipe import Recipe

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class Lesson:
    """What is taught to which network, how, and what is to be said of it.

    `arch` is what the network is built from again, `data` what the pictures are called, `first` how its first weights came
    about. Parts that are `frozen` do not learn. `store` is the kind of number the weights are kept as; of the `unseen` pictures
    `attacked` are drawn and attacked, where the recipe trains against attacks.
    """

    method: str
    network: Network
    arch: str
    data: str
    first: str
    pictures: Pictures
    validation: Pictures | None
    unseen: Pictures | None
    recipe: Recipe
    frozen: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    store: str = "float32"
    attacked: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return all that a training of it rests on but the pictures, in plain words and numbers."""
        frozen = {"frozen": list(self.frozen)} if self.frozen else {}
        return {"first weights": self.first, **frozen, **self.recipe.words()}


def teach(lesson: Lesson, out: Path | None, resume: bool) -> Job[Training]:
    """Train, measure what is kept on the unseen pictures, and write weights and card into a folder, where one is named.

    There a state is kept after every epoch; a training that was killed goes on from it.
    """
    if out is None:
        return (yield from _taught(lesson, None))
    place = out / CHECKPOINT
    if place.exists() and not resume:
        raise UserError(
            f"out: {str(out)!r} holds a training that has not ended; go on with resume, or name another folder"
        )
    # One that was stopped in its first epoch has a card, too.
    ended = read_card(out / CARD).get("epochs") if (out / CARD).exists() and not place.exists() else None
    if resume and ended == lesson.recipe.epochs:
        raise UserError(f"out: {str(out)!r} holds a training of {ended} epochs that has ended; there is no more to do")
    sums = [zlib.crc32(part.numpy().tobytes()) for part in (lesson.pictures.pixels, lesson.pictures.labels)]
    key = f"{lesson.method} {lesson.arch} {lesson.told()} on {len(lesson.pictures)} pictures {sums}"

    def start(resume: Mapping[str, Tensor] | None = None) -> Job[Training]:
        return _taught(lesson, out, resume)

    return (yield from resumable_at(place, start, key, every=0.0))


def _taught(lesson: Lesson, out: Path | None, resume: Mapping[str, Tensor] | None = None) -> Job[Training]:
    network, recipe = lesson.network, lesson.recipe

    def seen(learned: Learned) -> Training:
        return outcome(lesson, learned)

    learned = yield from learn(
        network, lesson.pictures, lesson.validation, recipe, frozen=lesson.frozen, peek=seen, resume=resume
    )
    weights = stored(learned.weights, lesson.store)
    put_weights(network.module, weights, "the training")
    robust = None
    if lesson.unseen is not None and recipe.against != "none" and len(learned.curves) == recipe.epochs:
        robust = yield from robustness(network, lesson.unseen, str(recipe.eps), lesson.attacked, recipe.seed)
    result = outcome(lesson, learned, weights, robust)
    if out is not None:
        keep(result, out)
    return result
