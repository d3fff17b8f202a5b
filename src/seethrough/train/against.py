"""Attacks to train against: every batch is attacked as the network stands, then learned from."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError

Scores = Callable[[Tensor], Tensor]
"""From pixels in [0, 1] to scores, on the graph."""

KINDS = ("none", "fgsm", "fast", "pgd")
WONG = 1.25
"""How many eps the one step of the fast variant is long: from a random start it may cross the ball."""


@dataclass(frozen=True)
class Against:
    """An attack of the training: within `eps` of each pixel, by `steps` of the length `step`, from a `random` start or not.

    `clean` is the share of the loss that the pictures themselves keep.
    """

    eps: float
    steps: int
    step: float
    random: bool
    clean: float

    def __call__(
        self, scores: Scores, images: Tensor, labels: Tensor, stream: torch.Generator, reach: float = 1.0
    ) -> Tensor:
        """Return the pictures, moved up the slope of the loss: x <- project(x + step sign(d loss / dx)).

        `reach` is how much of eps and of the step is gone so far.
        """
        eps, step = self.eps * reach, self.step * reach
        moved = torch.zeros_like(images)
        if self.random:
            moved = (torch.rand(images.shape, generator=stream).to(images) * 2 - 1) * eps
        low, high = -images.clamp(max=eps), (1 - images).clamp(max=eps)
        for _ in range(self.steps):
            moved = moved.clamp(low, high).requires_grad_()
            loss = functional.cross_entropy(scores(images + moved).float(), labels)
            (slope,) = torch.autograd.grad(loss, moved)
            moved = moved.detach() + step * slope.sign()
        return images + moved.detach().clamp(low, high)


def against_named(kind: str, eps: float | None, steps: int, step: float | None) -> Against | None:
    """Return the attack of a kind: fgsm (Goodfellow 2014), fast (Wong 2020), pgd (Madry 2017); None for none.

    fgsm is one step of eps, and half the loss stays with the pictures as they are. fast is one step of 1.25 eps from a random
    start. pgd takes `steps` of 2.5 eps / steps unless told.
    """
    if kind not in KINDS:
        raise UserError(f"against is {kind!r}; it takes {' | '.join(KINDS)}")
    if kind == "none":
        return None
    if eps is None or not 0 < eps <= 1:
        raise UserError(f"eps is {eps}; training against {kind} takes how far a pixel may go, such as 0.3 or 8/255")
    if kind == "fgsm":
        return Against(eps, 1, eps if step is None else step, random=False, clean=0.5)
    if kind == "fast":
        return Against(eps, 1, WONG * eps if step is None else step, random=True, clean=0.0)
    return Against(eps, steps, 2.5 * eps / steps if step is None else step, random=True, clean=0.0)
