"""How far an image may be moved: one distance for all or one for each, kept as it was given."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError

Eps: TypeAlias = float | str | Tensor | Sequence[float | str]


def radius(eps: Eps, count: int) -> tuple[Tensor, tuple[str, ...]]:
    """Return how far each of `count` images may go [count], and the words in which it was said.

    A text may be a fraction, so that 8/255 stays "8/255"; several stand with commas between them.

    >>> radius("8/255", 2)
    (tensor([0.0314, 0.0314], dtype=torch.float64), ('8/255',))
    >>> radius([0.5, 1], 2)[1]
    ('0.5', '1')
    """
    given: list[float | str]
    if isinstance(eps, str):
        given = [part.strip() for part in eps.split(",")]
    elif isinstance(eps, Tensor):
        given = eps.detach().reshape(-1).tolist()
    else:
        given = [eps] if isinstance(eps, int | float) else list(eps)
    if len(given) not in (1, count):
        raise UserError(f"eps: {len(given)} given for {count} images; give one, or one for each image")
    numbers = [number(one, "eps") for one in given]
    words = tuple(one if isinstance(one, str) else repr(one) for one in given)
    return torch.tensor(numbers, dtype=torch.float64).expand(count).clone(), words


def number(said: float | str, name: str) -> float:
    """Return the distance that was said: 0.03, or a fraction such as 8/255.

    >>> number("8/255", "eps") == 8 / 255
    True
    """
    try:
        above, slash, below = str(said).partition("/")
        value = float(above) / float(below) if slash else float(above)
    except (ValueError, ZeroDivisionError):
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UserError(f"{name} is {said!r}; it takes 0 or more, such as 0.03 or 8/255")
    return value
