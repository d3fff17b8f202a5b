"""Dataclasses as plain JSON and back: tensors set aside by name, every value held against the field's own type."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class MisfitError(Exception):
    """A value that is not of the type its field declares."""


def inside(name: str, part: str | int) -> str:
    """Name a part of a named value; the outermost value has no name.

    >>> inside("", "images"), inside("rows", 0)
    ('images', 'rows.0')
    """
    return f"{name}.{part}" if name else str(part)


def to_plain(value: Any, tensors: dict[str, Tensor], name: str) -> Any:
    """Turn a value into what JSON can say; tensors go into `tensors` under their place, and leave a mark.

    >>> to_plain((1, float("inf")), {}, "x")
    [1, {'float': 'inf'}]
    """
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {"tensor": name, "shape": list(value.shape), "dtype": str(value.dtype).removeprefix("torch.")}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value)]
        return {field: to_plain(getattr(value, field), tensors, inside(name, field)) for field in fields}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: to_plain(item, tensors, inside(name, key)) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [to_plain(item, tensors, inside(name, place)) for place, item in enumerate(value)]
    raise TypeError(f"{name} cannot be written to a file: {type(value).__name__}")


def from_plain(plain: Any, wanted: Any, tensors: Mapping[str, Tensor], name: str) -> Any:
    """Turn plain JSON back into a value of the wanted type; raise MisfitError where it is not one.

    >>> from_plain([1, {"float": "inf"}], tuple[int, float], {}, "x")
    (1, inf)
    """
    if isinstance(plain, dict) and plain.keys() == {"float"}:
        plain = NOT_FINITE.get(str(plain["float"]), plain)
    family, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is Any:
        return anything(plain, tensors, name)
    if family in (typing.Union, types.UnionType):
        return first_fit(plain, parts, tensors, name)
    if wanted is Tensor:
        return tensor(plain, tensors, name)
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return record(plain, wanted, tensors, name)
    if family is tuple and isinstance(plain, list):
        types_of = parts[:1] * len(plain) if parts[1:] == (...,) else parts
        if len(types_of) == len(plain):
            pairs = enumerate(zip(plain, types_of, strict=True))
            return tuple(from_plain(item, kind, tensors, inside(name, place)) for place, (item, kind) in pairs)
    if family in (Mapping, dict) and isinstance(plain, dict):
        return {key: from_plain(item, parts[1], tensors, inside(name, key)) for key, item in plain.items()}
    if family is typing.Literal and any(plain == part and type(plain) is type(part) for part in parts):
        return plain
    if wanted in (bool, int, float, str, None, type(None)) and fits(plain, wanted):
        return plain
    raise MisfitError(f"{name} should be {wanted}, not {type(plain).__name__}")


def fits(plain: Any, wanted: Any) -> bool:
    """Tell whether a plain value is of a plain type; a whole number passes for a float, a truth for no number."""
    if wanted in (None, type(None)):
        return plain is None
    if isinstance(plain, bool):
        return wanted is bool
    return isinstance(plain, (int, float) if wanted is float else wanted)


def first_fit(plain: Any, choices: Sequence[Any], tensors: Mapping[str, Tensor], name: str) -> Any:
    """Read a value as the first of several types that it fits."""
    for wanted in choices:
        try:
            return from_plain(plain, wanted, tensors, name)
        except MisfitError:
            continue
    raise MisfitError(f"{name} is none of {', '.join(str(choice) for choice in choices)}")


def tensor(plain: Any, tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """Fetch the tensor that a mark stands for."""
    found = tensors.get(name)
    if not isinstance(plain, dict) or plain.get("tensor") != name or found is None:
        raise MisfitError(f"{name} should be a tensor")
    if plain.get("shape") != list(found.shape) or plain.get("dtype") != str(found.dtype).removeprefix("torch."):
        raise MisfitError(f"{name} is not the tensor that was described")
    return found


def record(plain: Any, wanted: type[Any], tensors: Mapping[str, Tensor], name: str) -> Any:
    """Build a dataclass from exactly its fields."""
    names = [field.name for field in dataclasses.fields(wanted)]
    if not isinstance(plain, dict) or plain.keys() != set(names):
        raise MisfitError(f"{name or wanted.__name__} should hold {', '.join(names)}")
    hints = typing.get_type_hints(wanted)
    return wanted(**{field: from_plain(plain[field], hints[field], tensors, inside(name, field)) for field in names})


def anything(plain: Any, tensors: Mapping[str, Tensor], name: str) -> Any:
    """Read a value of no declared type, as settings are: lists become tuples."""
    if isinstance(plain, dict) and plain.keys() == {"tensor", "shape", "dtype"}:
        return tensor(plain, tensors, name)
    if isinstance(plain, dict):
        return {key: from_plain(item, Any, tensors, inside(name, key)) for key, item in plain.items()}
    if isinstance(plain, list):
        return tuple(from_plain(item, Any, tensors, inside(name, place)) for place, item in enumerate(plain))
    return plain
