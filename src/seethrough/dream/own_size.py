"""Photos at their own size: what networks can be shown that look at places, whatever they were trained on."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.frame import Frame
from seethrough.networks.network import Network

LEAST = 8
"""Pixels that the longest side of a picture may be brought to."""


def at_own_size(
    network: Network, photos: Tensor | Sequence[Tensor], longest: int, name: str = "images"
) -> list[Tensor]:
    """Return photos, each [C, h, w] of any size, as batches of one [1, C, H, W] no longer than that, in the network's colours.

    >>> [tuple(photo.shape) for photo in at_own_size(network, torch.rand(3, 400, 600), 300)]
    [(1, 3, 200, 300)]
    """
    if longest < LEAST:
        raise UserError(f"size is {longest}; it takes {LEAST} or more pixels")
    if isinstance(photos, Tensor):
        photos = list(photos) if photos.ndim == 4 else [photos]
    if not photos:
        raise UserError(f"{name}: none given; give one photo or more")
    return [_fitted(network, photo, longest, name) for photo in photos]


def takes(network: Network, size: tuple[int, int], layers: Sequence[str]) -> bool:
    """Tell whether images of that size pass through a network up to those layers; found out by trying."""
    if size == network.size:
        return True
    grey = torch.full((1, network.channels, *size), 0.5, device=network.device)
    try:
        with torch.inference_mode(False), torch.no_grad():
            network.run(grey, layers, stop=True)
    except MemoryError:
        raise
    except Exception as refusal:  # a module may say it as it likes: an assertion, a value, a shape
        if "out of memory" in str(refusal):
            raise
        return False
    return True


def _fitted(network: Network, photo: Tensor, longest: int, name: str) -> Tensor:
    if not isinstance(photo, Tensor) or photo.ndim != 3 or 0 in photo.shape:
        given = tuple(photo.shape) if isinstance(photo, Tensor) else type(photo).__name__
        raise UserError(
            f"{name}: {given} is no photo; a photo is [channels, height, width], as seethrough.photo returns"
        )
    size = resized((photo.shape[1], photo.shape[2]), min(1.0, longest / max(photo.shape[1:])))
    if not photo.is_floating_point():
        raise UserError(f"{name} holds {photo.dtype}; it takes floats in [0, 1], as seethrough.photo returns")
    framed = Frame(size, network.channels, size, network.frame.interpolation)(photo.detach().clone())
    return network.checked(framed).to(torch.promote_types(network.dtype, torch.float32))


def resized(size: tuple[int, int], share: float) -> tuple[int, int]:
    """Return a size with both sides at that share, never without a pixel.

    >>> resized((300, 451), 0.5)
    (150, 226)
    """
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))
