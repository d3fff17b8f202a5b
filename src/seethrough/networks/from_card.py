"""Trained networks kept as weights with a card beside them that says what they are: bundled ones, and a person's own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.networks.small.build import build
from seethrough.networks.weights import put_weights, read_weights

BUNDLED = Path(__file__).parent / "bundled"
CARD, WEIGHTS = "card.json", "weights.safetensors"
"""What stands in the folder of a training."""
NEEDED = {"arch": str, "size": list, "mean": list, "std": list, "labels": list}


def load_from_bundle(name: str, rest: str, weights: Path | None) -> Network:
    """Return the network of a bundled card, with its own weights or those of a file of yours."""
    return _from_card(name, BUNDLED / f"{name}.json", weights or BUNDLED / f"{name}.safetensors")


def load_from_folder(name: str, rest: str, weights: Path | None) -> Network:
    """Return the network that a training left in a folder.

    >>> load_from_folder("runs/digits", "", None).name
    'digits'
    """
    folder = Path(name).expanduser()
    return _from_card(folder.resolve().name, folder / CARD, weights or folder / WEIGHTS)


def read_card(path: Path) -> dict[str, Any]:
    """Read a card, or raise the line that says what is wrong with it."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as missing:
        raise UserError(f"card {str(path)!r} cannot be read: {missing.strerror}") from None
    except ValueError as damage:
        raise UserError(f"card {str(path)!r} is damaged: {str(damage)[:120]}") from None
    for field, kind in NEEDED.items():
        if not isinstance(card, dict) or not isinstance(card.get(field), kind):
            raise UserError(f"card {str(path)!r} is no card of a network: it has no {field!r}")
    found: dict[str, Any] = card
    return found


def _resize(said: int | list[int] | None) -> int | tuple[int, int] | None:
    return (said[0], said[1]) if isinstance(said, list) else said


def _from_card(name: str, path: Path, weights: Path) -> Network:
    return network_from(read_card(path), read_weights(weights), name, str(weights))


def network_from(card: Mapping[str, Any], weights: Mapping[str, Tensor], name: str, source: str) -> Network:
    """Return the network that a card tells of, with weights from a source."""
    height, width = (int(side) for side in card["size"])
    # What is drawn first is overwritten at once.
    with torch.random.fork_rng(devices=[]):
        module = build(card["arch"], len(card["mean"]), (height, width), len(card["labels"]))
    put_weights(module, weights, source)
    return Network(
        module,
        name=name,
        size=(height, width),
        resize=_resize(card.get("resize")),
        interpolation=card.get("interpolation", "bicubic"),
        mean=card["mean"],
        std=card["std"],
        labels=card["labels"],
        arch=card["arch"],
    )
