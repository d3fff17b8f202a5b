"""From a recipe to the loop's five parts."""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.canvas import Canvas, pixels
from seethrough.ascent.fourier import fourier, fourier_of
from seethrough.ascent.jitter import Jitter, Move, central_crop, crop, mirror, rotation, shift, zoom
from seethrough.ascent.lbfgs import lbfgs
from seethrough.ascent.look import Done, Watch
from seethrough.ascent.loop import Climb, ascend
from seethrough.ascent.phase import natural_magnitude, phase
from seethrough.ascent.prior import alpha_norm, norm, spectrum, tv
from seethrough.ascent.stride import Stride, adam, easing, fading, momentum, plain, to_value, unit_length
from seethrough.ascent.touch import Touch, blur, clip_contribution, clip_norm, decay
from seethrough.ascent.wish import Wish
from seethrough.dream.own_size import takes
from seethrough.dream.recipes import Recipe
from seethrough.errors import UserError
from seethrough.images import SAMPLES, photo
from seethrough.jobs import Job
from seethrough.networks.frame import Frame
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams

NOISE = 0.05
"""Standard deviation of the noise an image of pixels begins with: a little, about the colour it begins at."""

STRIDES: dict[str, Callable[[float], Stride]] = {
    "plain": plain,
    "unit-length": unit_length,
    "adam": adam,
    "nadam": lambda rate: adam(rate, nesterov=True),
    "momentum": momentum,
    "lbfgs": lbfgs,
    "to-value": to_value,
}


def paint(
    network: Network,
    wish: Wish,
    count: int,
    recipe: Recipe,
    *,
    start: Tensor | None = None,
    until: Done | None = None,
    watch: Watch | None = None,
    seed: int = 0,
    first: int = 0,
    at_once: int | None = None,
) -> Job[Climb]:
    """Return the loop that dreams `count` images of a wish by a recipe, from photos [count, C, H, W] or from its own start."""
    at_once = network.at_once(at_once)
    about = network.mean_colour if recipe.about == "mean" else torch.zeros(network.channels)
    size = _size(network, recipe.size)
    canvas = _canvas(network, size, recipe, start, image_streams(seed, count, first))
    return ascend.job(
        network,
        canvas,
        _with_priors(wish, recipe, about),
        stride=_stride(recipe),
        steps=recipe.steps,
        jitter=Jitter(_moves(recipe.views, size), recipe.noise, recipe.each, recipe.light),
        sizes=_sizes(network, wish, recipe.smallest),
        touches=_touches(recipe, about),
        mask=_centre(size, recipe.centre) if recipe.centre else None,
        until=until,
        watch=watch,
        seed=seed,
        first=first,
        at_once=max(1, at_once // recipe.each),
    )


def _size(network: Network, short: int) -> tuple[int, int]:
    """Return height and width of the image: the network's, or as large as asked for and of the network's shape."""
    height, width = network.size
    share = short / min(height, width) if short else 1
    return max(1, round(height * share)), max(1, round(width * share))


def _canvas(
    network: Network, size: tuple[int, int], recipe: Recipe, start: Tensor | None, streams: list[torch.Generator]
) -> Canvas:
    dtype = torch.promote_types(network.dtype, torch.float32)
    if recipe.canvas == "phase":
        if start is not None:
            raise UserError("start: the canvas of phases begins with noise alone; choose canvas fourier or pixels")
        magnitude = natural_magnitude(_resized(photographs(network), size)).to(network.device, dtype)
        return phase(streams, magnitude, width=size[1])
    if recipe.canvas == "fourier" and start is None and recipe.start == "noise":
        return fourier(streams, network.channels, size, decay=recipe.power, dtype=dtype, device=network.device)
    begun = _begun(network, size, recipe, streams) if start is None else _resized(start, size)
    begun = begun.to(network.device, dtype)
    return fourier_of(begun, decay=recipe.power) if recipe.canvas == "fourier" else pixels(begun)


def _resized(photos: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(photos.shape[-2:]) == size:
        return photos
    return functional.interpolate(photos, size, mode="bilinear", antialias=True).clamp(0, 1)


def _begun(network: Network, size: tuple[int, int], recipe: Recipe, streams: list[torch.Generator]) -> Tensor:
    colour = torch.zeros(network.channels) if recipe.start == "black" else network.mean_colour
    flat = colour.view(1, -1, 1, 1).expand(len(streams), -1, *size)
    if recipe.start != "noise":
        return flat.clone()
    drawn = [torch.randn(flat.shape[1:], generator=stream, dtype=torch.float64) for stream in streams]
    return (flat + NOISE * torch.stack(drawn)).clamp(0, 1)


def _with_priors(wish: Wish, recipe: Recipe, about: Tensor) -> Wish:
    costs = (
        (recipe.norm, norm(about, recipe.norm_power)),
        (recipe.tv, tv(recipe.tv_exponent)),
        (recipe.alpha, alpha_norm(about=about)),
        (recipe.spectrum, spectrum(recipe.exponent)),
    )
    for weight, cost in costs:
        if weight:
            wish = wish - weight * cost
    return wish


def _stride(recipe: Recipe) -> Stride:
    stride = STRIDES[recipe.stride](recipe.rate)
    if recipe.decay and recipe.canvas == "phase":
        raise UserError(f"decay is {recipe.decay}; the canvas of phases has nothing that could fade: it takes 0")
    if recipe.decay and recipe.canvas == "fourier":
        stride = fading(stride, recipe.decay)
    return easing(stride, round(recipe.steps * (1 - recipe.ease)), recipe.steps) if recipe.ease else stride


def _moves(views: str, size: tuple[int, int]) -> tuple[Move, ...]:
    side = min(size)
    moves: dict[str, tuple[Move, ...]] = {
        "crops": (crop(0.35, 1.0), rotation(15), mirror()),
        "central": (central_crop(0.1, 0.5),),
        # 8 and 4 pixels of 128, whatever the size.
        "lucid": (shift(side / 16), zoom(0.9, 1.1), rotation(10), shift(side / 32)),
        "shifts": (shift(side / 14),),
        "nudges": (shift(side / 56),),
        "still": (),
    }
    return moves[views]


def _sizes(network: Network, wish: Wish, smallest: float) -> list[tuple[int, int]]:
    """Return the sizes in which the network is shown the image, in turn: four, from its own down to that share of it."""
    shares = (1 - (1 - smallest) * part / 3 for part in (0, 3, 1, 2))
    sizes = [(round(network.size[0] * share), round(network.size[1] * share)) for share in shares]
    read = () if wish.scores else wish.layers
    return sizes if smallest < 1 and takes(network, min(sizes), read) else []


def _touches(recipe: Recipe, about: Tensor) -> list[Touch]:
    touches = (
        (recipe.decay if recipe.canvas == "pixels" else 0, decay(recipe.decay, about)),
        (recipe.blur, blur(recipe.blur, recipe.every)),
        (recipe.clip_norm, clip_norm(recipe.clip_norm, about)),
        (recipe.clip_contribution, clip_contribution(recipe.clip_contribution, about)),
    )
    return [touch for amount, touch in touches if amount]


def _centre(size: tuple[int, int], spread: float) -> Tensor:
    """Return how much each pixel may move [H, W]: all in the middle, less and less outwards (Nguyen et al. 2016)."""
    down, across = (torch.linspace(-0.5, 0.5, side) for side in size)
    return (-(down[:, None].square() + across[None].square()) / (2 * spread**2)).exp()


@lru_cache(maxsize=8)
def _samples(frame: Frame) -> Tensor:
    return frame([photo(name) for name in SAMPLES])


def photographs(network: Network) -> Tensor:
    """Return the bundled photos as a network sees them: what an image is compared with that should look like one."""
    return _samples(network.frame)
