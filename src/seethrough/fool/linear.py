"""The exact attack on a linear classifier: the least move that crosses a boundary, or the best one of a given size."""

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.linear_models.affine import Affine, as_numbers
from seethrough.fool.linear_models.boundaries import Boundaries
from seethrough.fool.linear_models.linear_model import LinearModel, linear_model
from seethrough.fool.linear_models.walls import SIZES, Norm
from seethrough.fool.radius import Eps, radius
from seethrough.networks.network import ClassLike
from seethrough.results.linear_fooling import LinearFooling

# A boundary is crossed by so many roundings of what a score is the sum of; where the classifier itself rounds more, by
# WIDER as many, as often as it takes.
HAIR, WIDER, ROUNDS = 2.0, 16.0, 8


def linear(
    model: LinearModel,
    x: Any,
    *,
    to: ClassLike | Sequence[ClassLike] | None = None,
    norm: Norm = "linf",
    eps: Eps | None = None,
    bounds: tuple[float, float] | None = None,
) -> LinearFooling:
    """Move samples x [n] or [N, n] across a boundary w . x + b = 0 of a linear classifier, and no further than it takes.

    The least move is |f| / ||w||_1 along sign(w) in L-infinity, |f| / ||w||_2 along w in L2 (Goodfellow et al. 2014,
    arXiv:1412.6572; Moosavi-Dezfooli et al. 2015, arXiv:1511.04599). Between many classes f and w are the differences of two
    classes' scores and weights; the nearest boundary is crossed, or as many as lead `to` a class. With `eps` it is the move of
    that size that raises one class over the present one the most. Every number of x stays within `bounds`: where one meets
    them, the others go on. What is said before and after is the classifier's own word.

    `model` is a fitted estimator of scikit-learn (logistic regression, linear SVM, ridge, SGD; also behind scalers), a pair of
    weights and biases, or a linear Network. The lecture's example, ten numbers in place of pixels:

    >>> x = [2, -1, 3, -2, 2, 2, 1, -4, 5, 1]
    >>> w = [-1, -1, 1, -1, 1, -1, 1, 1, -1, 1]
    >>> print(linear((w, 0), x, eps=0.5))
    linear: 0, score -3, P(1) 4.7 %, now read as 1, score 2, P(1) 88.1 % (Linf 0.5, linear classifier)
    """
    if norm not in get_args(Norm):
        raise UserError(f"norm is {norm!r}; it takes linf or l2")
    known = linear_model(model)
    samples = _samples(x, known)
    low, high = _walls(samples, bounds)
    before = known.say(samples)
    goals = torch.full((len(samples),), -1) if to is None else known.classes_for(to, len(samples))
    sizes, words = (None, ()) if eps is None else radius(eps, len(samples))
    moved, share = samples.clone(), HAIR * torch.finfo(known.precision).eps
    # What is read as wanted already stays as it is.
    left = (goals != before.chosen).nonzero()[:, 0]
    for _ in range(ROUNDS):
        near = Boundaries(known, samples[left], before.chosen[left], goals[left], low[left], high[left], norm)
        move = near.least(share) if sizes is None else near.best(sizes[left])
        moved[left] = (samples[left] + move).clamp(*(bounds or (-torch.inf, torch.inf)))
        missed = ~_reached(known.say(moved[left]).chosen, before.chosen[left], goals[left])
        left, share = left[missed], share * WIDER
        if sizes is not None or not len(left):
            break
    after, names = known.say(moved), known.names
    return LinearFooling(
        network=known.name,
        method="fool.linear",
        settings={
            "to": _said(to),
            "norm": norm,
            "eps": list(words) or None,
            "bounds": list(bounds) if bounds else None,
        },
        labels=names,
        inputs=samples,
        moved=moved,
        goals=tuple(names[goal] if goal >= 0 else f"not {names[was]}" for goal, was in _pairs(goals, before.chosen)),
        before=tuple(names[one] for one in before.chosen.tolist()),
        after=tuple(names[one] for one in after.chosen.tolist()),
        success=_reached(after.chosen, before.chosen, goals),
        scores_before=before.scores,
        scores_after=after.scores,
        probabilities_before=before.probabilities,
        probabilities_after=after.probabilities,
        norm=norm,
        distance=SIZES[norm](moved - samples),
    )


def _samples(x: Any, known: Affine) -> Tensor:
    samples = as_numbers(x, "x")
    features = known.weights.shape[1]
    # Images are samples too.
    samples = samples.flatten(1) if samples.ndim > 1 else samples[None]
    if samples.shape[1] != features or not len(samples):
        raise UserError(
            f"x has shape {list(as_numbers(x, 'x').shape)}; {known.name} takes samples of {features} numbers"
        )
    return samples


def _walls(samples: Tensor, bounds: tuple[float, float] | None) -> tuple[Tensor, Tensor]:
    """Return how far every number may go down (0 or less) and up."""
    if bounds is None:
        return torch.full_like(samples, -torch.inf), torch.full_like(samples, torch.inf)
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError):
        low = high = 0.0
    if not low < high:
        raise UserError(
            f"bounds is {bounds!r}; it takes the lowest and the highest value a number may have, such as (0, 1)"
        )
    least, most = float(samples.min()), float(samples.max())
    if least < low or most > high:
        raise UserError(f"x has values from {least:.4g} to {most:.4g}; bounds is {bounds!r}: it has to lie within them")
    return low - samples, high - samples


def _said(to: Any) -> int | str | list[int | str] | None:
    """Say the goal in plain words, also where it came out of an array."""
    if to is None or isinstance(to, int | str):
        return to
    return np.asarray(to).reshape(-1).tolist()


def _pairs(one: Tensor, other: Tensor) -> list[tuple[int, int]]:
    return list(zip(one.tolist(), other.tolist(), strict=True))


def _reached(now: Tensor, before: Tensor, goals: Tensor) -> Tensor:
    return torch.where(goals >= 0, now == goals, now != before)
