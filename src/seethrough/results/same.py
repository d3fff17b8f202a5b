"""When two results are the same: value by value, tensors by their numbers, type and shape."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from torch import Tensor


def same(one: Any, other: Any) -> bool:
    """Compare two values as deep as they go; NaN is the same as NaN, a list as a tuple.

    >>> same({"x": (1, float("nan"))}, {"x": [1, float("nan")]})
    True
    """
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        both = isinstance(one, Tensor) and isinstance(other, Tensor)
        return both and same_tensors(one.detach().cpu(), other.detach().cpu())
    if dataclasses.is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one)
        )
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other) or bool(one != one and other != other)


def same_tensors(one: Tensor, other: Tensor) -> bool:
    """Compare two tensors, type and shape included."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return bool(((one == other) | ((one != one) & (other != other))).all())
