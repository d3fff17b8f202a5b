"""A linear classifier as numbers: scores = weights . x + bias, whoever computes them in the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seethrough.errors import UserError, unknown


@dataclass(frozen=True)
class Said:
    """What a classifier says of samples: scores [N, K] ([N, 1] of two classes), probabilities [N, K], and its choice [N]."""

    scores: Tensor
    probabilities: Tensor | None
    chosen: Tensor


@dataclass(frozen=True)
class Affine:
    """The weights [K, n] and biases [K] of K classes, in double precision, and the classifier's own word on samples [N, n].

    A choice between two has one score, for the second: the first has weights of 0. `precision` is what the classifier itself
    computes in.
    """

    name: str
    weights: Tensor
    bias: Tensor
    names: tuple[str, ...]
    say: Callable[[Tensor], Said]
    resolve: Callable[[Any], int]
    precision: torch.dtype = torch.float64

    def scores(self, samples: Tensor) -> Tensor:
        """Return what its numbers give for samples [N, n]: a score for each class [N, K]."""
        return samples @ self.weights.T + self.bias

    def classes_for(self, wanted: Any, count: int) -> Tensor:
        """Return the class that each of `count` samples is to come to [count]: one for all, or one for each."""
        listed = list(wanted) if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
        if isinstance(wanted, np.ndarray | Tensor):
            listed = wanted.reshape(-1).tolist()
        if len(listed) not in (1, count):
            raise UserError(f"to: {len(listed)} given for {count} samples; give one, or one for each")
        return torch.tensor([self.resolve(one) for one in listed]).expand(count).clone()


def of_numbers(weights: Any, bias: Any) -> Affine:
    """Read plain numbers: weights [n] and one bias for class 1 against class 0, or [K, n] and [K]; logistic or softmax.

    >>> of_numbers([[1, 0], [0, 1], [1, 1]], [0, 0, -1]).scores(torch.tensor([[2.0, 3.0]]).double())
    tensor([[2., 3., 4.]], dtype=torch.float64)
    """
    rows, biases = as_numbers(weights, "weights"), as_numbers(bias, "bias").reshape(-1)
    rows = rows[None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or len(biases) not in (1, len(rows)):
        raise UserError(
            f"weights has shape {list(rows.shape)} and bias {list(biases.shape)}; they take [n] and one number, "
            "or [classes, n] and [classes]"
        )
    rows, biases, binary = two_sided(rows, biases)
    names = tuple(str(index) for index in range(len(rows)))

    def say(samples: Tensor) -> Said:
        scores = samples @ rows.T + biases
        shown = scores[:, 1:] if binary else scores
        return Said(shown, scores.softmax(1), scores.argmax(1))

    return Affine("linear classifier", rows, biases, names, say, among(names))


def two_sided(weights: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, bool]:
    """Give the first of two classes a row of zeros where there is one row for both; tell whether that was so."""
    bias = bias.expand(len(weights)).clone()
    if len(weights) > 1:
        return weights, bias, False
    return torch.cat([torch.zeros_like(weights), weights]), torch.cat([torch.zeros_like(bias), bias]), True


def among(names: Sequence[str]) -> Callable[[Any], int]:
    """Return how a class is found by its name alone: labels that are numbers are not places."""

    def resolve(wanted: Any) -> int:
        if str(wanted) not in names:
            raise unknown("class", str(wanted), names)
        return names.index(str(wanted))

    return resolve


def as_numbers(given: Any, name: str) -> Tensor:
    """Return a tensor in double precision of whatever holds numbers: lists, arrays, tensors, frames, sparse matrices."""
    given = given.toarray() if hasattr(given, "toarray") else given
    try:
        held = given if isinstance(given, Tensor) else torch.from_numpy(np.array(given, dtype=np.float64))
        numbers = held.detach().to("cpu", torch.float64).clone()
    except (TypeError, ValueError, RuntimeError):
        raise UserError(
            f"{name} is a {type(given).__name__} that is not plain numbers; give a list or an array"
        ) from None
    if not bool(numbers.isfinite().all()):
        raise UserError(f"{name} holds NaN or infinity; it takes finite numbers")
    return numbers
