"""How strong the waves of an image are, from slow to fast: in photographs the amplitude falls about as 1 / frequency."""

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError

REDUCED = 64
"""Pixels of the short side of the copy that is measured: what is finer than that is not asked about."""
SMALLEST = 8


def radial_power(images: Tensor, size: int = REDUCED) -> tuple[Tensor, Tensor]:
    """Return frequencies [K] (waves a short side) and the mean power of each image's brightness there [B, K].

    Measured on a copy reduced to `size` pixels, under a Hann window: an image is not periodic, and its edges would be
    counted as fast waves.

    >>> radial_power(torch.rand(2, 3, 100, 80))[1].shape
    torch.Size([2, 31])
    """
    short = min(images.shape[-2:])
    if short < SMALLEST:
        raise UserError(f"images are {tuple(images.shape[-2:])}; a spectrum takes {SMALLEST} pixels a side or more")
    share = min(size / short, 1.0)
    reduced = (round(images.shape[-2] * share), round(images.shape[-1] * share))
    grey = functional.interpolate(images.mean(dim=1, keepdim=True), reduced, mode="bicubic", antialias=True)[:, 0]
    height, width = reduced
    window = torch.outer(_hann(height, grey), _hann(width, grey))
    grey = (grey - (grey * window).sum((1, 2), keepdim=True) / window.sum()) * window
    power = torch.fft.fft2(grey).abs().square()
    down, across = torch.fft.fftfreq(height, device=grey.device), torch.fft.fftfreq(width, device=grey.device)
    rings = (torch.hypot(down[:, None], across[None]) * min(reduced)).round().long()
    frequencies = torch.arange(1, min(reduced) // 2, device=grey.device)
    belongs = (rings.flatten()[None] == frequencies[:, None]).to(grey)
    return frequencies.to(grey), power.flatten(1) @ belongs.T / belongs.sum(1)


def misfit(images: Tensor, exponent: float = 1.0, size: int = REDUCED) -> Tensor:
    """Return how far each image's spectrum is from amplitude ~ 1 / f**exponent [B], whatever its contrast.

    The mean over octaves of (log power + 2 exponent log f - its mean)^2: 0 for a spectrum that falls just so.
    """
    frequencies, power = radial_power(images, size)
    weights = _octaves(frequencies)
    flat = (power + 1e-12).log() + 2 * exponent * frequencies.log()
    return ((flat - flat @ weights[:, None]).square() * weights).sum(1)


def fall(images: Tensor, size: int = REDUCED) -> Tensor:
    """Return the exponent with which each image's amplitude falls [B], fitted over octaves: about 1 in photographs."""
    frequencies, power = radial_power(images, size)
    weights = _octaves(frequencies)
    across, upward = frequencies.log(), (power + 1e-12).log()
    across = across - (across * weights).sum()
    slope = (upward * across * weights).sum(1) / (across.square() * weights).sum()
    return -slope / 2


def _octaves(frequencies: Tensor) -> Tensor:
    """Return the weight of each frequency, every octave as much as any other, but for the slowest waves.

    The window mixes those with the mean, which was taken away: they always look weak.
    """
    weights = (frequencies > 1) / frequencies
    return weights / weights.sum()


def _hann(length: int, like: Tensor) -> Tensor:
    return torch.hann_window(length, periodic=True, dtype=like.dtype, device=like.device)
