"""Linear networks that come inside this package: weights, and beside them a card that says what they are."""

import json
from collections import OrderedDict
from pathlib import Path

from torch import nn

from seethrough.networks.network import Network
from seethrough.networks.weights import put_weights, read_weights

BUNDLED = Path(__file__).parent / "bundled"


def load_from_bundle(name: str, rest: str, weights: Path | None) -> Network:
    """Return the linear network of a card, with its own weights or those of a file of yours."""
    card = json.loads((BUNDLED / f"{name}.json").read_text(encoding="utf-8"))
    height, width = card["size"]
    pixels, classes = len(card["mean"]) * height * width, len(card["labels"])
    module = nn.Sequential(OrderedDict(flatten=nn.Flatten(), linear=nn.Linear(pixels, classes)))
    source = weights or BUNDLED / f"{name}.safetensors"
    put_weights(module, read_weights(source), str(source))
    return Network(module, name=name, size=(height, width), mean=card["mean"], std=card["std"], labels=card["labels"])
