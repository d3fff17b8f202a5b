"""The canvas of phases alone: the strength of every wave is that of photographs, and only where it stands is optimised.

MaCo, Fel et al. 2023, arXiv:2306.06805.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas
from seethrough.ascent.fourier import colours, to_pixels
from seethrough.errors import UserError

GREY = 0.02
"""How near to black and white photos are taken to be: at the ends their colours would be infinitely far apart."""


def phase(streams: Sequence[torch.Generator], magnitude: Tensor, *, width: int | None = None) -> Canvas:
    """One image for each random stream: phases [C, H, W // 2 + 1] that begin at random, of waves with this magnitude.

    From the magnitude alone the `width` of the images is not known: it is even if nothing is said.

    >>> strength = natural_magnitude(torch.rand(4, 3, 32, 48))
    >>> canvas = phase([torch.Generator()], strength)
    >>> canvas.draw(canvas.numbers, torch.arange(1)).shape
    torch.Size([1, 3, 32, 48])
    """
    channels, height, half = magnitude.shape
    size = (height, width or 2 * (half - 1))
    if size[1] // 2 + 1 != half:
        raise UserError(
            f"width is {width}; magnitude has {half} columns, for images of width {2 * half - 2} or {2 * half - 1}"
        )
    with torch.inference_mode(False):
        strength = magnitude.detach().clone()
    drawn = [torch.randn(channels, height, half, generator=stream, dtype=torch.float64) for stream in streams]

    def draw(numbers: Tensor, rows: Tensor) -> Tensor:
        waves = torch.polar(strength.expand_as(numbers), _in_pairs(numbers, size[1]))
        return to_pixels(torch.fft.irfft2(waves, s=size))

    return Canvas(torch.stack(drawn).to(magnitude), len(drawn), draw)


def _in_pairs(phases: Tensor, width: int) -> Tensor:
    """Give waves that rise and fall alike opposite phases where both are written down, or they would weaken each other.

    These are the waves that do not change across, and those that change with every pixel.
    """
    both = torch.zeros(phases.shape[-1], dtype=torch.bool, device=phases.device)
    both[0] = True
    both[-1] |= width % 2 == 0
    return torch.where(both, (phases - phases.flip(-2).roll(1, -2)) / 2, phases)


def natural_magnitude(photos: Tensor) -> Tensor:
    """Return how strong each wave of photos [N, C, H, W] is on the mean [C, H, W // 2 + 1], in planes of independent colour.

    Smoothed along rings of equal frequency: a few photos have preferred directions, photographs as such have none.
    """
    inner = photos.clamp(GREY, 1 - GREY).logit()
    if inner.shape[1] == 3:
        inner = torch.einsum("dc,bchw->bdhw", torch.linalg.inv(colours(inner)), inner)
    height, width = inner.shape[-2:]
    inner = inner - inner.mean((2, 3), keepdim=True)
    strength = torch.fft.rfft2(inner).abs().mean(0)
    down, across = torch.fft.fftfreq(height), torch.fft.rfftfreq(width)
    rings = (torch.hypot(down[:, None], across[None]) * max(height, width)).round().long().to(inner.device)
    count = torch.bincount(rings.flatten()).to(inner)
    smooth = [torch.bincount(rings.flatten(), weights=plane.flatten()).to(inner) / count for plane in strength]
    return torch.stack([ring[rings] for ring in smooth])
