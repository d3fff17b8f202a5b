"""Canvases: how an image is written down as numbers that can be changed, and how they become pixels again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.frame import cut

Norm: TypeAlias = Literal["linf", "l2"]

# What rounding may add to a length on the way: a ball is shrunk by a hair, so that its radius is kept exactly.
HAIR = 1e-6


@dataclass(frozen=True)
class Canvas:
    """Numbers [B, ...], one row an image (or one for all: `shared`), and the way from them to pixels [B, C, H, W].

    `draw(numbers, rows)` makes the pixels of the images `rows`; `keep(numbers, rows)` brings numbers that were moved back
    to what this canvas allows. `plain` says that the numbers are the pixels.
    """

    numbers: Tensor
    images: int
    draw: Callable[[Tensor, Tensor], Tensor]
    keep: Callable[[Tensor, Tensor], Tensor] = lambda numbers, rows: numbers
    shared: bool = False
    plain: bool = False


def pixels(start: Tensor) -> Canvas:
    """The pixels themselves, kept in [0, 1].

    >>> pixels(torch.rand(2, 3, 8, 8)).images
    2
    """
    begun = start.detach().clamp(0, 1)
    return Canvas(begun, len(begun), _as_they_are, lambda numbers, rows: numbers.clamp(0, 1), plain=True)


def ball(photos: Tensor, eps: float | Tensor, norm: Norm = "linf", *, unit: Tensor | None = None) -> Canvas:
    """A perturbation on each photo, no larger than `eps` (one for all, or one for each) in that norm, the sum in [0, 1].

    Its numbers are pixels, or count in units of `unit` [B]: then steps of one size are longer for some photos.

    >>> canvas = ball(torch.rand(2, 3, 8, 8), 8 / 255)
    >>> float(canvas.keep(torch.ones(2, 3, 8, 8), torch.arange(2)).abs().max()) <= 8 / 255
    True
    """
    photos = photos.detach()
    radius = _radius(photos, eps, len(photos), norm)
    scale = torch.ones_like(radius) if unit is None else unit.to(radius).clamp_min(1e-30).view(-1, 1, 1, 1)

    def keep(numbers: Tensor, rows: Tensor) -> Tensor:
        photo = photos[rows]
        # To the box first: what it takes away can only make the perturbation smaller.
        moved = (photo + numbers * scale[rows]).clamp(0, 1) - photo
        return within(moved, radius[rows], norm) / scale[rows]

    def draw(numbers: Tensor, rows: Tensor) -> Tensor:
        return cut(photos[rows] + numbers * scale[rows])

    return Canvas(torch.zeros_like(photos), len(photos), draw, keep)


def squashed(photos: Tensor) -> Canvas:
    """Numbers of any size, squashed to pixels: (tanh w + 1) / 2, which begin as the photos.

    >>> canvas = squashed(torch.rand(2, 3, 8, 8))
    >>> canvas.draw(100 * canvas.numbers, torch.arange(2)).aminmax()[0] >= 0
    tensor(True)
    """
    # At the very ends no finite number is as dark or as bright.
    begun = torch.atanh((photos.detach() * 2 - 1) * (1 - HAIR))
    return Canvas(begun, len(begun), lambda numbers, rows: (numbers.tanh() + 1) / 2)


def shared(photos: Tensor, eps: float, norm: Norm = "linf") -> Canvas:
    """One pattern laid on all photos, no larger than `eps` in that norm; each sum is cut to [0, 1].

    >>> shared(torch.rand(5, 3, 8, 8), 8 / 255).numbers.shape
    torch.Size([1, 3, 8, 8])
    """
    photos = photos.detach()
    radius = _radius(photos, eps, 1, norm)

    def draw(numbers: Tensor, rows: Tensor) -> Tensor:
        return cut(photos[rows] + numbers)

    return Canvas(
        torch.zeros_like(photos[:1]),
        len(photos),
        draw,
        lambda numbers, rows: within(numbers, radius, norm),
        shared=True,
    )


def within(moved: Tensor, radius: Tensor, norm: Norm) -> Tensor:
    """Shorten each perturbation [B, C, H, W] to its radius [B, 1, 1, 1]: pixel by pixel (linf), or as a whole (l2).

    >>> within(torch.full((1, 1, 2, 2), 3.0), torch.ones(1, 1, 1, 1), "l2").norm()
    tensor(1.)
    """
    if norm == "linf":
        return torch.minimum(torch.maximum(moved, -radius), radius)
    # Line by line: one sum over all the pixels would lose digits.
    length = moved.norm(dim=-1).flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    shorter: Tensor = (radius / length.clamp_min(1e-30)).clamp(max=1)
    return moved * shorter


def _radius(photos: Tensor, eps: float | Tensor, count: int, norm: Norm) -> Tensor:
    """Return how far the numbers may go [count, 1, 1, 1], so that their sums with the photos, rounded, go no farther."""
    norm_named(norm)
    radius = torch.as_tensor(eps, dtype=photos.dtype, device=photos.device).reshape(-1)
    if len(radius) not in (1, count) or not bool((radius >= 0).all()):
        raise UserError(f"eps is {eps}; it takes 0 or more, one number or one for each of {count} images")
    # Rounding moves a pixel by up to half of what two neighbouring numbers below 1 differ by.
    rounding = torch.finfo(photos.dtype).eps / 4 * (photos[0].numel() ** 0.5 if norm == "l2" else 1)
    return (radius * (1 - HAIR) - rounding).clamp_min(0).expand(count).view(-1, 1, 1, 1)


def norm_named(name: str) -> Norm:
    """Return the norm of that name."""
    for known in get_args(Norm):
        if known == name:
            found: Norm = known
            return found
    raise UserError(f"norm is {name!r}; it takes {' | '.join(get_args(Norm))}")


def _as_they_are(numbers: Tensor, rows: Tensor) -> Tensor:
    return numbers
