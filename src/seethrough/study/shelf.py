"""Features on disk: a folder of shards, each whole or not there, and an index that says what they are of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from seethrough.errors import UserError
from seethrough.files import replacing

INDEX = "index.json"
PICTURES, BYTES = 256, 64_000_000
"""A shard is written when it holds so many pictures or bytes: so much at most is done again after a kill."""


@dataclass(frozen=True)
class Shard:
    """Rows of numbers with their places in the data set, up to the place where the next shard begins."""

    values: Tensor
    places: Tensor
    broken: tuple[tuple[int, str], ...]
    end: int


def joined(parts: Sequence[Shard]) -> Shard:
    """Return shards that follow one another as one."""
    return Shard(
        torch.cat([part.values for part in parts]),
        torch.cat([part.places for part in parts]),
        tuple(one for part in parts for one in part.broken),
        parts[-1].end,
    )


def enough(parts: Sequence[Shard]) -> bool:
    """Tell whether it is time to write what is held."""
    return sum(len(part.places) for part in parts) >= PICTURES or sum(part.values.nbytes for part in parts) >= BYTES


def prepare(folder: Path, index: Mapping[str, Any]) -> None:
    """Make a folder ready for the work that the index describes; one that holds other work is refused."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"folder: {str(folder)!r} is a file; right would be a folder")
    if (folder / INDEX).exists():
        found = read_index(folder)
        for name in [*index, *found]:
            if found.get(name) != index.get(name):
                raise UserError(
                    f"folder: {str(folder)!r} holds other work: {_differs(name, found, index)}; choose another folder"
                )
        return
    if folder.exists() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise UserError(f"folder: {str(folder)!r} holds other files; right would be a new or an empty folder")
    with replacing(folder / INDEX) as beside:
        beside.write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_index(folder: Path) -> dict[str, Any]:
    """Read what a folder of features says about itself."""
    try:
        found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"folder {str(folder)!r} holds no features: it has no {INDEX}") from None
    except (OSError, ValueError) as damage:
        raise UserError(f"{str(folder / INDEX)!r} cannot be read: {damage}") from None
    if not isinstance(found, dict):
        raise UserError(f"{str(folder / INDEX)!r} cannot be read: it is no index of features")
    return found


def put(folder: Path, first: int, shard: Shard) -> None:
    """Write a shard that begins at a place of the data set."""
    about = {"end": str(shard.end), "broken": json.dumps(shard.broken, ensure_ascii=False)}
    tensors = {"values": shard.values.contiguous(), "places": shard.places}
    with replacing(folder / f"shard-{first:09d}.safetensors") as beside:
        beside.write_bytes(save(tensors, metadata=about))


def shards(folder: Path) -> list[Shard]:
    """Return the shards of a folder in order, their values left on disk until they are looked at.

    Only those are returned that follow one another without a gap from the first picture on.
    """
    found: list[Shard] = []
    end = 0
    for path in sorted(folder.glob("shard-*.safetensors")):
        if path.stem != f"shard-{end:09d}":
            raise UserError(f"{str(folder)!r} is damaged: a shard from picture {end} on is missing")
        found.append(_read(path))
        end = found[-1].end
    return found


def _read(path: Path) -> Shard:
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            broken = tuple((int(place), str(why)) for place, why in json.loads(about["broken"]))
            return Shard(file.get_tensor("values"), file.get_tensor("places"), broken, int(about["end"]))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as damage:
        raise UserError(
            f"{str(path)!r} is damaged: {' '.join(str(damage).split())[:120]}; remove it and those after it"
        ) from None


def _differs(name: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    one, other = found.get(name), wanted.get(name)
    if isinstance(one, str | int | float | None) and isinstance(other, str | int | float | None):
        return f"{name} is {one!r} there, and {other!r} here"
    return f"other {name}"
