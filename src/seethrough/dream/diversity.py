"""Several images for one wish, which are to differ: what else would do as well?"""

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.wish import Reading, Wish

STRENGTH = 0.5
"""Share of the wish that an image gives away if it is just like its siblings."""


def different(wish: Wish, layer: str, siblings: int, strength: float = STRENGTH) -> Wish:
    """The wish, less what an image shares with its siblings: the mean cosine of their channel correlations at a layer.

    Olah et al. 2017. The batch is rows of so many siblings; the cost is a share of the wish itself, so that it means the
    same for a logit of 20 and an activation of 0.1.
    """

    def read(reading: Reading) -> Tensor:
        value = wish.read(reading)
        return value - strength * value.detach().abs() * likeness(_correlations(reading, layer), siblings)

    return Wish(read, tuple(dict.fromkeys((*wish.layers, layer))), wish.scores, together=True)


def likeness(patterns: Tensor, siblings: int) -> Tensor:
    """Return the mean cosine [B] of each pattern [B, N] with its siblings', in rows of so many.

    >>> likeness(torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 2)
    tensor([1., 1., 0., 0.])
    """
    rows = functional.normalize(patterns, dim=1).view(-1, siblings, patterns.shape[1])
    cosines: Tensor = rows @ rows.transpose(1, 2)
    others = 1 - torch.eye(siblings, dtype=cosines.dtype, device=cosines.device)
    mean = (cosines * others).sum(2) / max(siblings - 1, 1)
    return mean.flatten()


def _correlations(reading: Reading, layer: str) -> Tensor:
    """Return how the layer's channels go together in each image, flattened; of a vector, the vector itself."""
    output = reading.layers[layer]
    output = output.reshape(len(reading.images), reading.views, *output.shape[1:])
    if output.ndim == 3:
        return output.mean(1)
    # Tokens [B, V, T, C] have their channels last, maps [B, V, C, h, w] first.
    channels_last = output if output.ndim == 4 else output.flatten(3).transpose(2, 3)
    places = channels_last.flatten(1, 2)
    correlations: Tensor = places.transpose(1, 2) @ places
    return correlations.flatten(1)
