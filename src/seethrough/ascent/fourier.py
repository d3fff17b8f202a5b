"""The Fourier canvas: an image as waves, the slow ones easy to move, its colours as they vary together in photographs.

Gradient ascent on pixels finds fine noise first, because nothing makes neighbours move together. On waves that are scaled
as photographs are (amplitude 1 / frequency), the same gradient moves large shapes first. Olah et al. 2017, "Feature
visualization".
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas

# How red, green and blue vary together in photographs (Olah et al. 2017): brightness most, then blue against red, ...
COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
# A photo has black and white, which only infinite numbers would paint.
DARKEST = 1e-3
FINE = 4.0


def fourier(
    streams: Sequence[torch.Generator],
    channels: int,
    size: tuple[int, int],
    *,
    spread: float = 0.01,
    decay: float = 1.0,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Canvas:
    """One image for each random stream, as Fourier coefficients that begin as noise of that spread.

    pixels = sigmoid(colours(irfft2(numbers * scale)) / 4), scale = sqrt(w h) / max(f, 1 / max(w, h)) ** decay.

    >>> canvas = fourier([torch.Generator()], 3, (32, 48))
    >>> canvas.draw(canvas.numbers, torch.arange(1)).shape
    torch.Size([1, 3, 32, 48])
    """
    shape = (channels, size[0], size[1] // 2 + 1, 2)
    drawn = [torch.randn(shape, generator=stream, dtype=torch.float64) for stream in streams]
    numbers = (torch.stack(drawn) * spread).to(device, dtype)
    return _canvas(numbers, channels, size, decay)


def fourier_of(photos: Tensor, *, decay: float = 1.0) -> Canvas:
    """The same canvas, begun at photos: their exact coefficients.

    >>> photos = torch.rand(1, 3, 16, 16).clamp(0.1, 0.9)
    >>> canvas = fourier_of(photos)
    >>> torch.allclose(canvas.draw(canvas.numbers, torch.arange(1)), photos, atol=1e-5)
    True
    """
    channels, height, width = photos.shape[1:]
    inner = photos.detach().clamp(DARKEST, 1 - DARKEST).logit()
    if channels == 3:
        inner = torch.einsum("dc,bchw->bdhw", torch.linalg.inv(colours(inner)), inner)
    waves = torch.fft.rfft2(inner * FINE) / scale((height, width), decay, inner)
    return _canvas(torch.view_as_real(waves).contiguous(), channels, (height, width), decay)


def _canvas(numbers: Tensor, channels: int, size: tuple[int, int], decay: float) -> Canvas:
    with torch.inference_mode(False):
        stretch = scale(size, decay, numbers)

    def draw(numbers: Tensor, rows: Tensor) -> Tensor:
        waves = torch.view_as_complex(numbers.contiguous()) * stretch
        return to_pixels(torch.fft.irfft2(waves, s=size) / FINE)

    return Canvas(numbers, len(numbers), draw)


def to_pixels(inner: Tensor) -> Tensor:
    """Turn planes of independent colour [B, C, H, W] into pixels in [0, 1]."""
    if inner.shape[1] == 3:
        inner = torch.einsum("cd,bdhw->bchw", colours(inner), inner)
    return inner.sigmoid()


def colours(like: Tensor) -> Tensor:
    """Return the matrix [3, 3] from independent planes to red, green and blue, its longest column of length 1."""
    matrix = like.new_tensor(COLOURS)
    longest: Tensor = matrix.norm(dim=0).max()
    return matrix / longest


def scale(size: tuple[int, int], decay: float, like: Tensor) -> Tensor:
    """Return how much each wave is stretched [H, W // 2 + 1]: less, the faster it is."""
    height, width = size
    fast = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    stretch = np.sqrt(height * width) / np.maximum(fast, 1 / max(height, width)) ** decay
    return torch.from_numpy(stretch).to(like)
