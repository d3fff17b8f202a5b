"""The loop under style transfer and textures: one picture at a time, painted at its own size."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.canvas import Canvas
from seethrough.ascent.fourier import fourier, fourier_of
from seethrough.ascent.lbfgs import lbfgs
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import Stride, adam
from seethrough.ascent.wish import Reading, Wish
from seethrough.dream.glimpses import shown_as
from seethrough.dream.moments import content_cost, moments, roughness_cost, style_cost
from seethrough.dream.own_size import at_own_size, takes
from seethrough.errors import UserError, unknown
from seethrough.jobs import Job
from seethrough.networks.frame import LUMA
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.results.styled import Styled
from seethrough.see.evidence import map_layer
from seethrough.see.heat import plain

STRIDES: dict[str, Callable[[], Stride]] = {"lbfgs": lbfgs, "adam": lambda: adam(0.05)}
STARTS = ("photo", "noise")
STYLE_WEIGHT = 30.0
FLAT = 1e-3


@dataclass(frozen=True)
class Brush:
    """What a picture is painted with: pictures [1, C, H, W] whose style it is, with weights; at which layers; and how."""

    network: Network
    styles: Sequence[Tensor]
    weights: Sequence[float]
    layers: Sequence[str]
    content_layers: Sequence[str]
    style_weight: float
    content_weight: float
    tv: float
    stride: str
    steps: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse what cannot be painted with, before any work is done."""
        for name in ("style_weight", "content_weight", "tv"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UserError(f"{name} is {value}; it takes 0 or more")
        if self.stride not in STRIDES:
            raise unknown("stride", self.stride, STRIDES)


@dataclass(frozen=True)
class Painted:
    """A picture [1, C, H, W], with its costs of style and content as it came out, and the loop's trace [1, steps].

    `style_before` is the cost of the style of the photo; where there is none, of noise.
    """

    picture: Tensor
    style: Tensor
    style_before: Tensor
    content: Tensor | None
    trace: Tensor


def painted(
    brush: Brush, place: int, *, photo: Tensor | None, size: tuple[int, int], start: str, keep_colour: bool = False
) -> Job[Painted]:
    """Paint a photo [1, C, H, W], or without one a texture of that size; `keep_colour` paints in the photo's colours."""
    network, hue = brush.network, torch.zeros(())
    # A caller in inference mode gives tensors that gradients cannot pass by, but their copies.
    with torch.inference_mode(False), torch.no_grad():
        brush = replace(brush, styles=[one.clone() for one in brush.styles])
        photo = None if photo is None else photo.clone()
        if keep_colour and photo is not None:
            grey = _luma(photo)
            photo, hue = grey.expand_as(photo), photo - grey
            brush = replace(brush, styles=[_as_light(_luma(one), grey).expand_as(one) for one in brush.styles])
        style, wish = _wished(brush, photo)
        canvas = _canvas(brush, place, photo if start == "photo" else None, size, grey=keep_colour)
        before = canvas.draw(canvas.numbers, torch.arange(canvas.images)) if photo is None else photo

    def finished(images: Tensor) -> Tensor:
        return (images + hue.to(images)).clamp(0, 1)

    # The last place of a search along a line may be worse than where it began.
    loop = ascend.job(network, canvas, wish, stride=STRIDES[brush.stride](), steps=brush.steps, size=size, best=True)
    climb = yield from shown_as(loop, finished)
    with torch.inference_mode(False), torch.no_grad():
        picture = finished(climb.images)
        seen = _luma(picture).expand_as(picture) if keep_colour else picture
        content = None if photo is None else _read(network, content_cost(network, photo, brush.content_layers), seen)
        return Painted(picture, _read(network, style, seen), _read(network, style, before), content, climb.trace)


def chosen_layers(network: Network, wanted: str | Sequence[str] | None, default: Sequence[str]) -> tuple[str, ...]:
    """Return layers with maps: those named, also as one text with commas, or the default ones."""
    if wanted is None:
        return tuple(default)
    named = wanted.split(",") if isinstance(wanted, str) else wanted
    found = tuple(dict.fromkeys(map_layer(network, name.strip()) for name in named if name.strip()))
    if not found:
        raise UserError(f"layers is empty; name one or more, for example {', '.join(default)}")
    return found


def in_shape(
    network: Network, photos: Tensor | Sequence[Tensor], longest: int, layers: Sequence[str], name: str
) -> list[Tensor]:
    """Return photos [1, C, H, W] at their own size as far as the network takes it, or else in its frame, which is said."""
    found = at_own_size(network, photos, longest, name)
    framed = [not takes(network, (photo.shape[-2], photo.shape[-1]), layers) for photo in found]
    if any(framed):
        size = "{} x {}".format(*network.size)
        warnings.warn(f"{network.name} takes {size} pixels alone: {name} are cropped to that", stacklevel=4)
    return [network.frame(photo) if crop else photo for photo, crop in zip(found, framed, strict=True)]


def shares(mix: str | Sequence[float] | None, count: int) -> tuple[float, ...]:
    """Return the share of each style, all together 1; one text with commas will do.

    >>> shares("3,1", 2)
    (0.75, 0.25)
    """
    if mix is None:
        return (1 / count,) * count
    try:
        given = [float(one) for one in (mix.split(",") if isinstance(mix, str) else mix)]
    except ValueError:
        given = []
    if len(given) != count or not all(math.isfinite(one) and one >= 0 for one in given) or sum(given) <= 0:
        raise UserError(f"mix is {mix!r}; it takes a number for each of the styles, {count}, 0 or more and one above")
    return tuple(one / sum(given) for one in given)


def styled(
    method: str, brush: Brush, done: Sequence[Painted], photos: Sequence[Tensor], settings: Mapping[str, Any]
) -> Styled:
    """Make the result of what was painted."""
    longest = max(one.trace.shape[1] for one in done)
    traces = [functional.pad(one.trace, (0, longest - one.trace.shape[1]), value=torch.nan) for one in done]
    content = [one.content for one in done if one.content is not None]
    return Styled(
        network=brush.network.name,
        method=f"dream.{method}",
        settings={
            "mix": list(brush.weights),
            "layers": list(brush.layers),
            "tv": brush.tv,
            "stride": brush.stride,
            "steps": brush.steps,
            "seed": brush.seed,
            **settings,
        },
        pictures=tuple(plain(one.picture[0]) for one in done),
        contents=tuple(plain(photo[0]) for photo in photos),
        styles=tuple(plain(one[0]) for one in brush.styles),
        weights=tuple(brush.weights),
        style_cost=plain(torch.cat([one.style for one in done])),
        style_before=plain(torch.cat([one.style_before for one in done])),
        content_cost=plain(torch.cat(content)) if content else None,
        trace=plain(torch.cat(traces)),
    )


def _wished(brush: Brush, photo: Tensor | None) -> tuple[Wish, Wish]:
    """Return the cost of the style, and the wish for that and all else."""
    own = [moments(brush.network, one, brush.layers) for one in brush.styles]
    style = style_cost(brush.network, own, brush.weights, brush.layers)
    wish = -(brush.style_weight * style)
    if photo is not None and brush.content_weight:
        wish = wish - brush.content_weight * content_cost(brush.network, photo, brush.content_layers)
    if brush.tv:
        wish = wish - brush.tv * roughness_cost(brush.styles)
    return style, wish


def _canvas(brush: Brush, place: int, start: Tensor | None, size: tuple[int, int], *, grey: bool) -> Canvas:
    channels = brush.network.channels
    dtype = torch.promote_types(brush.network.dtype, torch.float32)
    if start is not None:
        canvas = fourier_of(start[:, :1] if grey else start)
    else:
        streams = image_streams(brush.seed, 1, place)
        canvas = fourier(streams, 1 if grey else channels, size, dtype=dtype, device=brush.network.device)
    if not grey:
        return canvas
    return replace(canvas, draw=lambda numbers, rows: canvas.draw(numbers, rows).expand(-1, channels, -1, -1))


def _read(network: Network, cost: Wish, picture: Tensor) -> Tensor:
    found = network.run(picture, cost.layers, stop=True)[1]
    return cost.read(Reading(picture, torch.arange(1), 1, found, None))


def _luma(photo: Tensor) -> Tensor:
    """Return how bright a photo in colour is at each pixel [1, 1, H, W]."""
    return torch.einsum("bchw,c->bhw", photo, photo.new_tensor(LUMA))[:, None]


def _as_light(grey: Tensor, like: Tensor) -> Tensor:
    """Give a grey picture the mean brightness and contrast of another (Gatys et al. 2016, arXiv:1606.05897)."""
    contrast = like.std(correction=0) / grey.std(correction=0).clamp_min(FLAT)
    return ((grey - grey.mean()) * contrast + like.mean()).clamp(0, 1)
