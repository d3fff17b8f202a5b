"""What attacks came to: how many photos are misread, and how far those are from where they began."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from given import Given
from jobs.shape import OURS, Check


@dataclass(frozen=True)
class Fooled:
    """How many photos are misread, and the median distance of these."""

    misread: int
    median: float

    def better(self, other: "Fooled") -> bool:
        """Tell whether it misleads as many at least, and comes as near at least."""
        return self.misread >= other.misread and not self.median > other.median

    def __str__(self) -> str:
        """Say both."""
        return f"{self.misread} misread at {self.median:.3g}" if self.misread else "none misread"


def fooled(given: Given, photos: Tensor, images: Tensor, norm: float) -> Fooled:
    """Ask the network what it takes the images for."""
    images = images.detach().float().to(photos.device)
    misread = given.network.classes_for(images.clamp(0, 1)) != given.network.classes_for(photos)
    far = (images - photos).flatten(1).norm(norm, dim=1)[misread]
    return Fooled(int(misread.sum()), float(far.quantile(0.5)) if len(far) else torch.nan)


def fooled_check(
    given: Given, photos: Tensor, norm: float, fine: Callable[[Mapping[str, Fooled]], bool]
) -> Callable[[Mapping[str, Any]], Check]:
    """Return a check of what every way came to; with random weights there is nothing to judge."""

    def check(found: Mapping[str, Any]) -> Check:
        outcomes = {name: fooled(given, photos, images, norm) for name, images in found.items()}
        others = {name: str(outcome) for name, outcome in outcomes.items() if name != OURS}
        if given.at_random:
            return Check(f"random weights, {outcomes[OURS]}", others=others)
        return Check(str(outcomes[OURS]), fine(outcomes), others)

    return check


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let the weights want no gradient: some peers compute it, and throw it away."""
    asked = [weight for weight in module.parameters() if weight.requires_grad]
    try:
        for weight in asked:
            weight.requires_grad = False
        yield
    finally:
        for weight in asked:
            weight.requires_grad = True
