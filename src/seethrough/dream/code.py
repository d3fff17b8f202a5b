"""The code of a photo: what a layer makes of it, as one row of numbers; and wishes that compare an image's code with it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.ascent.wish import Reading, Wish, alone
from seethrough.errors import UserError
from seethrough.networks.network import Network


@dataclass(frozen=True)
class Code:
    """The codes [B, N] of photos at one layer, maps, tokens and vectors alike, and their squared lengths [B]."""

    layer: str
    numbers: Tensor
    size: Tensor

    def misfit(self) -> Wish:
        """|phi(x) - phi0|^2 / |phi0|^2: how far each image's code is from that of its photo."""

        def read(reading: Reading) -> Tensor:
            apart = self._seen(reading) - self.numbers[reading.view_rows]
            return reading.each(apart.square().sum(1) / self.size[reading.view_rows])

        return Wish(read, (self.layer,))

    def likeness(self) -> Wish:
        """<phi(x), phi0> / |phi0|^2: how strongly each image has what its photo has; the photo itself has it once."""

        def read(reading: Reading) -> Tensor:
            shared = self._seen(reading) * self.numbers[reading.view_rows]
            return reading.each(shared.sum(1) / self.size[reading.view_rows])

        return Wish(read, (self.layer,))

    def _seen(self, reading: Reading) -> Tensor:
        return reading.layers[self.layer].flatten(1).to(self.numbers)


def code(network: Network, photos: Tensor, layer: str, batch: int | None = None) -> Code:
    """Return the codes of photos at a layer, read `batch` at a time.

    >>> code(network, pixels, "classifier").numbers.shape
    torch.Size([1, 1000])
    """
    batch = network.at_once(batch)
    if tuple(photos.shape[-2:]) != network.size:
        given, taken = ("{} x {}".format(*size) for size in (photos.shape[-2:], network.size))
        raise UserError(f"images is {given}; {network.name} takes {taken}: use network.frame(photo)")
    with torch.inference_mode(False), torch.no_grad():
        parts = [network.read(part, layer)[layer].flatten(1) for part in torch.split(photos.clone(), batch)]
        rows = torch.cat(parts)
        rows = rows.float() if rows.dtype.itemsize < 4 else rows
        return Code(layer, rows, nonzero(rows.square().sum(1)))


def as_the_photo(prior: Wish, photos: Tensor) -> Wish:
    """A prior as a share of what it is of each image's photo [B, C, H, W]: 1 for an image that varies just as much.

    >>> photos = torch.rand(2, 3, 8, 8)
    >>> as_the_photo(tv(2), photos).read(alone(photos))
    tensor([1., 1.])
    """
    own = nonzero(prior.read(alone(photos)).detach())
    return Wish(lambda reading: prior.read(reading) / own[reading.rows].to(reading.images))


def nonzero(size: Tensor) -> Tensor:
    """Return sizes to divide by: where there is nothing, 1, so that what is divided stays as it is."""
    return torch.where(size > 0, size, torch.ones_like(size))
