"""Style transfer: what a photo shows, painted as other pictures are."""

from collections.abc import Sequence

from torch import Tensor

from seethrough.dream.brush import (
    STARTS,
    STYLE_WEIGHT,
    Brush,
    Painted,
    chosen_layers,
    in_shape,
    painted,
    shares,
    styled,
)
from seethrough.dream.trunk import content_layer, style_layers
from seethrough.errors import UserError, unknown
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Network
from seethrough.results.styled import Styled


@job
def style(
    network: Network,
    images: Tensor | Sequence[Tensor],
    styles: Tensor | Sequence[Tensor],
    *,
    mix: str | Sequence[float] | None = None,
    layers: str | Sequence[str] | None = None,
    content_layers: str | Sequence[str] | None = None,
    style_weight: float = STYLE_WEIGHT,
    content_weight: float = 1.0,
    tv: float = 0.05,
    keep_colour: bool = False,
    start: str = "photo",
    stride: str = "lbfgs",
    steps: int = 200,
    size: int = 512,
    seed: int = 0,
) -> Job[Styled]:
    """Paint photos in the style of pictures: min style_weight S(x) + content_weight C(x) + tv V(x).

    S = mean over layers of sum_s w_s |G - G_s|^2 / |G_s|^2, of Gram matrices of channels brought to one strength; C =
    |phi - phi0|^2 / |phi0|^2 at the content layers; V is the total variation a pixel, as a share of the styles' own (Gatys
    et al. 2016, arXiv:1508.06576). The picture is written down as waves, which lets other networks than VGG paint too.
    Photos and styles are [C, h, w] of any size, the longest side brought down to `size`; for a network that takes its own
    size alone they are framed. `mix` are the shares of several styles, `keep_colour` paints the brightness alone.

    >>> style(network, photo("cat"), photo("starry_night.jpg")).save("starry-cat.png")
    """
    if start not in STARTS:
        raise unknown("start", start, STARTS)
    if keep_colour and network.channels != 3:
        raise UserError(f"keep_colour is for networks that see 3 colours; {network.name} sees {network.channels}")
    where = chosen_layers(network, layers, style_layers(network))
    content = chosen_layers(network, content_layers, [content_layer(network)])
    pictures = in_shape(network, styles, size, [*where, *content], "styles")
    brush = Brush(
        network,
        pictures,
        shares(mix, len(pictures)),
        where,
        content,
        style_weight,
        content_weight,
        tv,
        stride,
        steps,
        seed,
    )
    photos = in_shape(network, images, size, [*where, *content], "images")
    done: list[Painted] = []
    for place, photo in enumerate(photos):
        height, width = photo.shape[-2:]
        work = painted(brush, place, photo=photo, size=(height, width), start=start, keep_colour=keep_colour)
        one, asked = yield from part_of(work, place, len(photos))
        done.append(one)
        if asked:
            break
    asked_for = {
        "content_layers": list(content),
        "style_weight": style_weight,
        "content_weight": content_weight,
        "keep_colour": keep_colour,
        "start": start,
        "size": size,
    }
    return styled("style", brush, done, photos[: len(done)], asked_for)
