"""The names of photos, written into what was made of them."""

from dataclasses import fields, replace
from typing import Any

from seethrough.results.dream import Dream
from seethrough.results.fooling import Fooling
from seethrough.results.heatmap import Heatmap
from seethrough.results.result import Result


def with_names(value: Any, names: tuple[str, ...]) -> Any:
    """Write down the names of the photos in a result, also in the results inside it."""
    if isinstance(value, tuple):
        return tuple(with_names(item, names) for item in value)
    if not isinstance(value, Result) or not names:
        return value
    inner = {field.name: getattr(value, field.name) for field in fields(value)}
    changed = {
        name: with_names(item, names)
        for name, item in inner.items()
        if isinstance(item, Result) or (isinstance(item, tuple) and item and isinstance(item[0], Result))
    }
    if isinstance(value, Dream):
        # Some methods make several dreams of each photo.
        changed["photos"] = tuple(
            name for name, group in zip(names, value.groups(), strict=False) for _ in group if value.starts is not None
        )
    elif "photos" in inner:
        # Some methods make several maps, or images, of each photo.
        each = len(value) // len(names) if isinstance(value, Heatmap | Fooling) else 1
        changed["photos"] = tuple(name for name in names for _ in range(each))
    return replace(value, **changed)
