"""The way from a photo to the pixels a network was trained to see."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError

# ITU-R BT.601: how bright red, green and blue look; what Pillow uses to make a picture grey.
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Box:
    """A rectangle of a photo, in its pixels: rows top to bottom, columns left to right (ends not included)."""

    top: float
    left: float
    bottom: float
    right: float


@dataclass(frozen=True)
class Frame:
    """How a photo becomes a network's input: its short side to `resize` (both sides for a pair), then the middle `size`.

    >>> Frame((224, 224), 3, resize=256)(torch.rand(3, 300, 451)).shape
    torch.Size([1, 3, 224, 224])
    """

    size: tuple[int, int]
    channels: int
    resize: int | tuple[int, int]
    interpolation: str = "bicubic"

    def __call__(self, photos: Tensor | Sequence[Tensor]) -> Tensor:
        """Return a batch [B, C, H, W] of photos, each [C, h, w] of any size, as the network was trained to see them.

        A picture that already has exactly the network's size passes untouched.
        """
        if isinstance(photos, Tensor):
            photos = list(photos) if photos.ndim == 4 else [photos]
        if not photos:
            raise UserError("photos: none given; give one photo or more")
        return torch.stack([self._one(photo) for photo in photos])

    def box(self, photo: Tensor) -> Box:
        """Return the part of a photo [..., h, w] that the network sees."""
        height, width = photo.shape[-2:]
        if (height, width) == self.size:
            return Box(0, 0, height, width)
        (tall, wide), (top, left) = self._placed(height, width)
        down, across = height / tall, width / wide
        return Box(top * down, left * across, (top + self.size[0]) * down, (left + self.size[1]) * across)

    def to_frame(self, box: Box, photo: Tensor) -> Box:
        """Return where a box given in a photo's own pixels lies in the pixels the network sees, cut at their edges.

        >>> Frame((224, 224), 3, resize=224).to_frame(Box(0, 100, 200, 300), torch.rand(3, 448, 448))
        Box(top=0.0, left=50.0, bottom=100.0, right=150.0)
        """
        seen = self.box(photo)
        down, across = self.size[0] / (seen.bottom - seen.top), self.size[1] / (seen.right - seen.left)
        top, bottom = ((edge - seen.top) * down for edge in (box.top, box.bottom))
        left, right = ((edge - seen.left) * across for edge in (box.left, box.right))
        cut = Box(max(top, 0.0), max(left, 0.0), min(bottom, float(self.size[0])), min(right, float(self.size[1])))
        if cut.top >= cut.bottom or cut.left >= cut.right:
            raise UserError(f"box is {box}; nothing of it lies in what the network sees of the photo, {seen}")
        return cut

    def _one(self, photo: Tensor) -> Tensor:
        if photo.ndim != 3:
            raise UserError(f"photo has shape {tuple(photo.shape)}; a photo is [channels, height, width]")
        photo = self._coloured(photo if photo.is_floating_point() else photo.float())
        if photo.shape[-2:] == self.size:
            return photo
        (tall, wide), (top, left) = self._placed(*photo.shape[-2:])
        smooth = self.interpolation in ("bilinear", "bicubic")
        resized = functional.interpolate(photo[None], (tall, wide), mode=self.interpolation, antialias=smooth)[0]
        # Bicubic interpolation overshoots at edges.
        return cut(resized[:, top : top + self.size[0], left : left + self.size[1]])

    def _coloured(self, photo: Tensor) -> Tensor:
        have, want = photo.shape[0], self.channels
        if have == want:
            return photo
        if have == 1:
            return photo.expand(want, -1, -1)
        if have == 3 and want == 1:
            return torch.einsum("chw,c->hw", photo, photo.new_tensor(LUMA))[None]
        raise UserError(f"photo has {have} channels; this network takes {want}")

    def _placed(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the size after resizing and the corner of the crop, rounded as torchvision and timm round them."""
        if isinstance(self.resize, tuple):
            tall, wide = self.resize
        elif height <= width:
            tall, wide = self.resize, int(self.resize * width / height)
        else:
            tall, wide = int(self.resize * height / width), self.resize
        # Never smaller than the crop: a frame that asks for less would leave an empty border.
        tall, wide = max(tall, self.size[0]), max(wide, self.size[1])
        return (tall, wide), (round((tall - self.size[0]) / 2), round((wide - self.size[1]) / 2))


def cut(pixels: Tensor) -> Tensor:
    """Cut pixels to [0, 1]. What is exactly black or white keeps its slope, which `clamp` takes from it.

    >>> cut(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    inside = (pixels >= 0) & (pixels <= 1)
    return torch.where(inside, pixels, pixels.detach().clamp(0, 1))
