"""Moments: which channels of a layer go together, wherever they do. They say how a picture is painted, and not what of.

The costs here are to be subtracted from a wish, and are shares: 1 stands for a picture without anything of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.ascent.prior import tv
from seethrough.ascent.wish import Reading, Wish, alone
from seethrough.dream.code import nonzero
from seethrough.networks.network import Network
from seethrough.see.spatial import as_maps

ROOM = 8
"""Cells a side of a map from which on its outermost are left out of moments: there a network sees the zeros around it."""


@dataclass(frozen=True)
class Moments:
    """Of each layer: what its channels are divided by [1, C, 1, 1], and their moments after that [C, C]."""

    scales: Mapping[str, Tensor]
    grams: Mapping[str, Tensor]


def gram(maps: Tensor) -> Tensor:
    """Return how the channels of maps [B, C, h, w] go together: the mean over places of their products [B, C, C].

    >>> gram(torch.tensor([[[[1.0, 2.0]], [[0.0, 4.0]]]]))
    tensor([[[2.5000, 4.0000],
             [4.0000, 8.0000]]])
    """
    flat = maps.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def moments(network: Network, picture: Tensor, layers: Sequence[str]) -> Moments:
    """Return the moments of a picture [1, C, H, W] at layers, with every channel about as strong as any other.

    Channel c is divided by rms_c + the mean of all rms: else a few strong channels would be all there is, as they are in
    networks other than VGG, and what is silent in this picture would weigh without limit in others.
    """
    scales, grams = {}, {}
    for name, whole in _seen(network, picture, layers).items():
        maps = _inner(whole)
        rms = maps.square().mean((2, 3), keepdim=True).sqrt()
        scales[name] = nonzero(rms + rms.mean(1, keepdim=True))
        grams[name] = gram(maps / scales[name])[0]
    return Moments(scales, grams)


def style_cost(network: Network, painted: Sequence[Moments], weights: Sequence[float], layers: Sequence[str]) -> Wish:
    """How far a picture's moments are from those of pictures: mean over layers of sum_s w_s |G - G_s|^2 / |G_s|^2.

    Gatys et al. 2016, arXiv:1508.06576. G is the Gram matrix of the layer, its channels scaled as in `moments`.
    """

    def read(reading: Reading) -> Tensor:
        total = reading.images.new_zeros(len(reading.view_rows))
        for name in layers:
            # Divided after the sum over places: of many pictures that keeps a few numbers each, and no maps.
            own = gram(_inner(_maps(network, name, reading.layers[name])))
            for one, weight in zip(painted, weights, strict=True):
                wanted, scale = one.grams[name], one.scales[name].flatten()
                apart = own / (scale[:, None] * scale) - wanted
                total = total + weight / len(layers) * apart.square().sum((1, 2)) / nonzero(wanted.square().sum())
        return reading.each(total)

    return Wish(read, tuple(layers))


def content_cost(network: Network, photo: Tensor, layers: Sequence[str]) -> Wish:
    """How far a picture's maps are from those of a photo [1, C, H, W]: mean over layers of |phi - phi0|^2 / |phi0|^2."""
    wanted = _seen(network, photo, layers)

    def read(reading: Reading) -> Tensor:
        total = reading.images.new_zeros(len(reading.view_rows))
        for name, maps in wanted.items():
            apart = (_maps(network, name, reading.layers[name]) - maps).square().flatten(1).sum(1)
            total = total + apart / nonzero(maps.square().sum()) / len(wanted)
        return reading.each(total)

    return Wish(read, tuple(layers))


def roughness_cost(pictures: Sequence[Tensor]) -> Wish:
    """The total variation (exponent 2) a pixel, as a share of that of pictures [1, C, H, W]."""
    own = nonzero(torch.stack([_roughness(alone(picture)).mean() for picture in pictures]).mean())
    return Wish(lambda reading: _roughness(reading) / own.to(reading.images))


def _roughness(reading: Reading) -> Tensor:
    return tv().read(reading) / reading.images[0].numel()


def _seen(network: Network, picture: Tensor, layers: Sequence[str]) -> Mapping[str, Tensor]:
    with torch.inference_mode(False), torch.no_grad():
        found = network.run(picture.clone(), layers, stop=True)[1]
        return {name: _maps(network, name, output) for name, output in found.items()}


def _maps(network: Network, name: str, output: Tensor) -> Tensor:
    maps = as_maps(output, network.layers[name], network.size)
    return maps.float() if maps.dtype.itemsize < 4 else maps


def _inner(maps: Tensor) -> Tensor:
    """Leave out what lies at the borders: made to look right there too, pictures are given odd rims."""
    return maps[..., 1:-1, 1:-1] if min(maps.shape[-2:]) >= ROOM else maps
