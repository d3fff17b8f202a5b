"""Texture: how pictures are painted, of nothing."""

from collections.abc import Sequence

from torch import Tensor

from seethrough.dream.brush import STYLE_WEIGHT, Brush, chosen_layers, in_shape, painted, shares, styled
from seethrough.dream.trunk import style_layers
from seethrough.jobs import Job, job
from seethrough.networks.network import Network
from seethrough.results.styled import Styled


@job
def texture(
    network: Network,
    styles: Tensor | Sequence[Tensor],
    *,
    mix: str | Sequence[float] | None = None,
    layers: str | Sequence[str] | None = None,
    tv: float = 0.05,
    stride: str = "lbfgs",
    steps: int = 200,
    size: int = 512,
    seed: int = 0,
) -> Job[Styled]:
    """Paint noise until it has the moments of pictures: `style` without content (Gatys et al. 2015, arXiv:1505.07376).

    The texture is as large as the first picture, of which the longest side is brought down to `size`.

    >>> texture(network, photo("starry_night.jpg"), size=256).save("starry.png")
    """
    where = chosen_layers(network, layers, style_layers(network))
    pictures = in_shape(network, styles, size, where, "styles")
    brush = Brush(network, pictures, shares(mix, len(pictures)), where, (), STYLE_WEIGHT, 0.0, tv, stride, steps, seed)
    height, width = pictures[0].shape[-2:]
    found = yield from painted(brush, 0, photo=None, size=(height, width), start="noise")
    return styled("texture", brush, [found], [], {"size": size})
