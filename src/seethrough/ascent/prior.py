"""Priors: wishes about the image alone. Each is a cost, to be subtracted: `wish - 0.1 * tv()`."""

import torch
from torch import Tensor

from seethrough.ascent.spectrum import REDUCED, misfit
from seethrough.ascent.wish import Reading, Wish


def norm(about: Tensor | float = 0.0, power: int = 2) -> Wish:
    """The L2 norm of each image, or its square (Simonyan et al. 2014), about a colour [C].

    >>> float(norm(0.5).read(alone(torch.ones(1, 1, 2, 2))))
    1.0
    """
    return Wish(lambda reading: (reading.images - colour(about, reading.images)).flatten(1).norm(dim=1) ** power)


def tv(exponent: float = 2.0) -> Wish:
    """Total variation: the sum over pixels of (dx^2 + dy^2)^(exponent / 2) (Mahendran & Vedaldi 2015, arXiv:1412.0035).

    >>> float(tv(1).read(alone(torch.tensor([[[[0.0, 3.0], [4.0, 0.0]]]]))))
    5.0
    """

    def read(reading: Reading) -> Tensor:
        images = reading.images
        square = (images[..., 1:, :-1] - images[..., :-1, :-1]).square()
        square = square + (images[..., :-1, 1:] - images[..., :-1, :-1]).square()
        # Where nothing varies, a root has no gradient: there it is 0.
        varies = square > 0
        return (torch.where(varies, square, 1.0) ** (exponent / 2) * varies).sum((1, 2, 3))

    return Wish(read)


def alpha_norm(alpha: float = 6.0, about: Tensor | float = 0.0) -> Wish:
    """The sum over pixels of |x - colour|^alpha: keeps them in their range (Mahendran & Vedaldi 2015)."""
    return Wish(lambda reading: (reading.images - colour(about, reading.images)).abs().pow(alpha).sum((1, 2, 3)))


def spectrum(exponent: float = 1.0, size: int = REDUCED) -> Wish:
    """How far the image's amplitudes are from 1 / f^exponent, as in photographs; measured on a reduced copy."""
    return Wish(lambda reading: misfit(reading.images, exponent, size))


def colour(about: Tensor | float, images: Tensor) -> Tensor:
    """Return a colour [C] in the shape of images."""
    return torch.as_tensor(about, dtype=images.dtype, device=images.device).reshape(-1, 1, 1)
