"""Occlusion by hand: one block laid over the photo where a person points, and what the network says then."""

from typing import Any

import torch
from torch import Tensor

from seethrough.app.kept import Kept
from seethrough.errors import UserError
from seethrough.networks.cone import Cone, cone_of
from seethrough.networks.frame import Box
from seethrough.networks.network import Network
from seethrough.results.guesses import Guess
from seethrough.see.fill import FILLS, filled

TOP = 5


MOST_BYTES = 250_000_000
"""What the clean maps of photos that were covered may hold together."""


class Covers:
    """Covers photos by hand: the first block of a photo takes a pass of the network, the others what they change."""

    def __init__(self) -> None:
        """Begin with no photo."""
        self._cones: Kept[tuple[str, str], Cone] = Kept(MOST_BYTES, lambda cone: cone.bytes)

    def scores(self, network: Network, name: str, photo: str, pixels: Tensor, block: Box, patch: Tensor) -> Tensor:
        """Return the scores [2, K] of pixels as they are, and with a patch over a block of them."""
        cone = self._cones.get((name, photo)) or cone_of(network, pixels)
        top, left = int(block.top), int(block.left)
        if cone is None:
            altered = pixels.clone()
            altered[..., top : int(block.bottom), left : int(block.right)] = patch
            with torch.inference_mode():
                return network(torch.cat([pixels, altered])).float().cpu()
        self._cones[name, photo] = cone
        after = cone.scores(
            patch, torch.tensor([top], device=pixels.device), torch.tensor([left], device=pixels.device)
        )
        return torch.cat([cone.unchanged, after]).float().cpu()


def block_at(pixels: Tensor, y: float, x: float, side: float) -> Box:
    """Return a square about a place, cut at the edges; all in shares of the image, the side of its shorter one."""
    for name, share in (("y", y), ("x", x), ("side", side)):
        if not 0 <= share <= 1:
            raise UserError(f"{name} is {share:g}; it takes a share from 0 to 1")
    height, width = pixels.shape[-2:]
    long = max(round(side * min(height, width)), 1)
    # A place at the very edge still covers a pixel.
    top, left = min(round(y * height - long / 2), height - 1), min(round(x * width - long / 2), width - 1)
    return Box(max(top, 0), max(left, 0), min(max(top + long, 1), height), min(max(left + long, 1), width))


def patch_of(pixels: Tensor, block: Box, fill: str) -> Tensor:
    """Return what is laid over a block."""
    if fill not in FILLS:
        raise UserError(f"fill is {fill[:40]!r}; it takes {' | '.join(FILLS)}")
    return filled(pixels, fill)[..., int(block.top) : int(block.bottom), int(block.left) : int(block.right)]  # type: ignore[arg-type]


def cover_told(network: Network, scores: Tensor, index: int | None) -> dict[str, Any]:
    """Say what became of a class, of the top guess where none is named, from the scores before and after."""
    before, after = scores.softmax(1)
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
