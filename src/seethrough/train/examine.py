"""What a trained network makes of pictures it has not learned from: every class, every confusion, and under attack."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.fool.pgd import pgd
from seethrough.jobs import Step, part_of
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.results.guesses import Guess
from seethrough.train.learn import AT_ONCE, Pictures, scores_of

SHOWN = 24
"""Test pictures kept to be looked at, drawn by chance."""
STEPS, RESTARTS = 40, 5
"""How hard robustness is tried: PGD of 40 steps, from five random starts."""


@dataclass(frozen=True)
class Robustness:
    """The share of `pictures` that PGD within `eps` (L-infinity) leaves rightly read."""

    accuracy: float
    eps: str
    pictures: int
    steps: int = STEPS
    restarts: int = RESTARTS


def confusion_of(scores: Tensor, labels: Tensor) -> Tensor:
    """Count [K, K] how often a picture of a class (row) is read as each (column)."""
    classes = scores.shape[1]
    return torch.bincount(labels * classes + scores.argmax(1), minlength=classes**2).view(classes, classes)


def shown(network: Network, pictures: Pictures, seed: int) -> tuple[Tensor, Tensor, tuple[Guess, ...]]:
    """Return some pictures drawn by chance, what they show, and what they are read as."""
    (stream,) = image_streams(seed, 1)
    places = torch.randperm(len(pictures), generator=stream)[:SHOWN].sort().values
    images = pictures.batch(places)
    guesses = tuple(row[0] for row in network.classify(images, top=1).rows)
    return images, pictures.labels[places], guesses


def robustness(
    network: Network, pictures: Pictures, eps: str, count: int, seed: int
) -> Generator[Step, bool | None, Robustness | None]:
    """Attack `count` pictures drawn by chance; return the share still rightly read, or None when asked to stop before."""
    (stream,) = image_streams(seed, 1)
    drawn = torch.randperm(len(pictures), generator=stream)[:count].sort().values
    right = scores_of(network, pictures).argmax(1) == pictures.labels
    places, count = drawn[right[drawn]], len(drawn)
    parts = torch.split(places, AT_ONCE) if len(places) else ()
    held = 0
    for part, chosen in enumerate(parts):
        work = pgd.job(
            network,
            pictures.batch(chosen),
            pictures.labels[chosen],
            eps=eps,
            steps=STEPS,
            restarts=RESTARTS,
            seed=seed + part,
            batch=AT_ONCE,
        )
        fooled, asked = yield from part_of(work, part, len(parts))
        if asked:
            return None
        held += int((~fooled.success).sum())
    return Robustness(held / count, eps, count)
