"""Occlusion by hand: one block laid over the photo where a person points, and what the network says then."""

from typing import Any

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.results.guesses import Guess
from seethrough.see.fill import FILLS, filled

TOP = 5


def covered(network: Network, pixels: Tensor, index: int | None, y: float, x: float, side: float, fill: str) -> Any:
    """Say what becomes of a class, of the top guess where none is named, when a block covers a place.

    `y` and `x` are the middle of the block as shares of the image's height and width, `side` is its side as a share of the
    image's shorter side.
    """
    if fill not in FILLS:
        raise UserError(f"fill is {fill[:40]!r}; it takes {' | '.join(FILLS)}")
    for name, share in (("y", y), ("x", x), ("side", side)):
        if not 0 <= share <= 1:
            raise UserError(f"{name} is {share:g}; it takes a share from 0 to 1")
    height, width = pixels.shape[-2:]
    block = max(round(side * min(height, width)), 1)
    top, left = round(y * height - block / 2), round(x * width - block / 2)
    with torch.inference_mode():
        altered = pixels.clone()
        rows, across = slice(max(top, 0), max(top + block, 0)), slice(max(left, 0), max(left + block, 0))
        altered[..., rows, across] = filled(pixels, fill)[..., rows, across]  # type: ignore[arg-type]
        before, after = network(torch.cat([pixels, altered])).float().softmax(1).cpu()
    chosen = int(before.argmax()) if index is None else network.resolve_class(index)
    return {
        "index": chosen,
        "label": network.labels.names[chosen],
        "before": float(before[chosen]),
        "after": float(after[chosen]),
        "guesses": [guess_told(one) for one in top_guesses(network, after)],
    }


def top_guesses(network: Network, probabilities: Tensor) -> list[Guess]:
    """Return the likeliest classes of probabilities [K]."""
    best = probabilities.topk(min(TOP, len(probabilities)))
    labels = network.labels
    return [
        Guess(index, labels.names[index], labels.wnid(index), value)
        for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]


def guess_told(guess: Guess) -> dict[str, Any]:
    """Say a guess in plain words and numbers."""
    return {
        "index": guess.index,
        "label": guess.label,
        "wnid": guess.wnid or "",
        "probability": guess.probability,
    }
