"""Pictures made small, to be shown or compared by the thousand."""

from collections.abc import Generator
from contextlib import closing

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from seethrough.errors import UserError
from seethrough.jobs import Step
from seethrough.networks.network import Network


def thumbnails(images: Tensor, side: int) -> Tensor:
    """Return pictures [B, C, H, W] in [0, 1] as uint8 whose longer side is at most `side`; each pixel is a mean.

    >>> thumbnails(torch.ones(1, 3, 40, 56), 28).shape
    torch.Size([1, 3, 20, 28])
    """
    height, width = images.shape[-2:]
    scale = min(1.0, side / max(height, width))
    small = (max(1, round(height * scale)), max(1, round(width * scale)))
    reduced = functional.adaptive_avg_pool2d(images.float(), small)
    return (reduced.clamp(0, 1) * 255).round().to(torch.uint8)


def small_pictures(
    network: Network, data: Dataset, places: Tensor, side: int, batch: int
) -> Generator[Step, bool | None, Tensor]:
    """Read the pictures at some places again, as the network sees them; return them small, uint8 [N, C, h, w].

    They are known to be readable. Asked to stop, it goes on: of what was found nothing could be shown without them.
    """
    found: list[Tensor] = []
    with closing(stream(data.part(places), network.frame, batch=batch)) as pictures:
        for part in pictures:
            found.append(thumbnails(part.images, side))
            if part.broken:
                raise UserError(f"data {data.name!r} has changed: {part.broken[0][1]}")
            yield Step(part.end, len(places))
    return torch.cat(found)
