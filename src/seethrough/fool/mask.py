"""Where an attack may change pixels; all others stay as they are, to the last bit."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.canvas import Canvas
from seethrough.errors import UserError
from seethrough.networks.network import Network


def mask_of(mask: Tensor | None, images: Tensor) -> Tensor | None:
    """Return where pixels of images [B, C, H, W] may change, as [B, 1, H, W], from a mask [H, W] for all or [B, H, W].

    >>> mask_of(torch.tensor([[0.2, 0.7]]), torch.rand(3, 3, 1, 2)).shape
    torch.Size([3, 1, 1, 2])
    """
    if mask is None:
        return None
    count, _, height, width = images.shape
    right = f"it takes [{height}, {width}], or [{count}, {height}, {width}] with one for each image"
    if not isinstance(mask, Tensor):
        raise UserError(f"mask is a {type(mask).__name__}; {right}, as a tensor")
    each = mask[None] if mask.ndim == 2 else mask
    if each.ndim != 3 or len(each) not in (1, count) or tuple(each.shape[1:]) != (height, width):
        raise UserError(f"mask has shape {list(mask.shape)}; {right}")
    return (each.detach() >= 0.5).to(images.device)[:, None].expand(count, -1, -1, -1)


def held(canvas: Canvas, photos: Tensor, mask: Tensor) -> Canvas:
    """Return the canvas with nothing drawn on it but where the mask [B, 1, H, W] lets it: elsewhere there are the photos."""

    def draw(numbers: Tensor, rows: Tensor) -> Tensor:
        return torch.where(mask[rows], canvas.draw(numbers, rows), photos[rows])

    return replace(canvas, draw=draw, plain=False)


def mask_for(network: Network, picture: Tensor, photo: Tensor) -> Tensor:
    """Return where a picture is white, [H, W] of what the network sees of the photo it was drawn for.

    The picture [C, h, w] has the photo's shape, at any size; one of exactly the network's size is taken as it is.

    >>> mask_for(load(), torch.ones(1, 200, 300), photo("coffee")).shape
    torch.Size([224, 224])
    """
    light, size = picture.mean(0, keepdim=True), (photo.shape[-2], photo.shape[-1])
    tall, wide = light.shape[-2:]
    if (tall, wide) not in (network.size, size):
        # A side that was rounded may be off by a pixel.
        if abs(tall * size[1] - wide * size[0]) > max(tall, wide, *size):
            seen = "" if network.size == size else f", or the {network.size[1]} x {network.size[0]} the network sees"
            raise UserError(f"mask is {wide} x {tall}; it takes the shape of the photo, {size[1]} x {size[0]}{seen}")
        light = functional.interpolate(light[None], size, mode="bilinear", antialias=True)[0]
    mask = network.frame(light)[0, 0] >= 0.5
    if not bool(mask.any()):
        raise UserError("mask has nothing white in what the network sees of the photo; no pixel may change")
    return mask
