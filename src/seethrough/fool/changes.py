"""What becomes of a picture on its way: changes that a person hardly minds, each a function of pixels [B, C, H, W]."""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.images.blur import blurred
from seethrough.images.photo import photo
from seethrough.images.save import save_image
from seethrough.networks.frame import LUMA, Box

Change: TypeAlias = Callable[[Tensor], Tensor]

KEPT = 0.8
"""How much of the area is left by the crop."""
CROP, GREY = f"crop {KEPT * 100:.0f} %", "grey"


def mirrored(images: Tensor) -> Tensor:
    """Swap left and right."""
    return images.flip(-1)


def cropped(images: Tensor, boxes: Sequence[Box] | None = None) -> Tensor:
    """Enlarge a middle part of the picture's own shape that holds 80 % of its area; of the area of each box, where given.

    Nothing is squeezed: of a box longer than the picture is, the crop cuts the ends alone.

    >>> cropped(torch.rand(1, 3, 40, 56)).shape
    torch.Size([1, 3, 40, 56])
    """
    size = (images.shape[-2], images.shape[-1])
    whole = [Box(0, 0, *size)] * len(images)
    places = [_inside(window(box, size), size) for box in (whole if boxes is None else boxes)]
    return _seen_at(images, torch.stack(places))


def window(box: Box, size: tuple[int, int]) -> Box:
    """Return the smallest part of a picture, of the picture's shape and about the box's middle, that holds 80 % of a box.

    >>> window(Box(0, 0, 100, 100), (100, 100)).top
    5.2786...
    """
    tall, wide = (box.bottom - box.top) / size[0], (box.right - box.left) / size[1]
    side = max(KEPT * max(tall, wide), math.sqrt(KEPT * tall * wide))
    half = (side * size[0] / 2, side * size[1] / 2)
    # Kept inside the picture; what is moved for that is longer than the box, and goes on holding it.
    down = min(max((box.top + box.bottom) / 2, half[0]), size[0] - half[0])
    across = min(max((box.left + box.right) / 2, half[1]), size[1] - half[1])
    return Box(down - half[0], across - half[1], down + half[0], across + half[1])


def turned(images: Tensor, degrees: float = 30.0) -> Tensor:
    """Turn counterclockwise about the middle; the corners that this opens show the mirror image of what is beside them."""
    angle, wide = math.radians(degrees), images.shape[-1] / images.shape[-2]
    cosine, sine = math.cos(angle), math.sin(angle)
    place = torch.tensor([[cosine, -sine / wide, 0.0], [sine * wide, cosine, 0.0]], dtype=torch.float64)
    return _seen_at(images, place.expand(len(images), 2, 3))


def grey(images: Tensor) -> Tensor:
    """Give every channel the brightness, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    if images.shape[1] != len(LUMA):
        raise UserError(f"images has {images.shape[1]} channels; grey is made of {len(LUMA)}")
    return torch.einsum("bchw,c->bhw", images, images.new_tensor(LUMA))[:, None].expand_as(images).clone()


def as_jpeg(images: Tensor, quality: int) -> Tensor:
    """Write each as a JPEG of that quality, its colours at half the resolution as is usual, and read it back."""
    return _read_back(images, partial(_jpeg, quality=quality))


def as_png(images: Tensor) -> Tensor:
    """Write each as a PNG of 8 bits, and read it back."""
    with tempfile.TemporaryDirectory() as folder:
        return _read_back(images, lambda image: save_image(image, Path(folder, "image.png")).read_bytes())


def lit(images: Tensor, more: float) -> Tensor:
    """Add to every pixel, within [0, 1]."""
    return (images + more).clamp(0, 1)


def halved(images: Tensor) -> Tensor:
    """Halve both sides, and bring it back to its size."""
    height, width = images.shape[-2:]
    small = functional.interpolate(
        images, (max(height // 2, 1), max(width // 2, 1)), mode="bilinear", antialias=True, align_corners=False
    )
    return functional.interpolate(small, (height, width), mode="bilinear", align_corners=False).clamp(0, 1)


CHANGES: Mapping[str, Change] = {
    "as it is": torch.clone,
    "mirror": mirrored,
    CROP: cropped,
    "rotation 30°": turned,
    GREY: grey,
    "JPEG 90": partial(as_jpeg, quality=90),
    "JPEG 70": partial(as_jpeg, quality=70),
    "JPEG 50": partial(as_jpeg, quality=50),
    "blur 1 px": partial(blurred, sigma=1.0),
    "brightness +0.1": partial(lit, more=0.1),
    "brightness -0.1": partial(lit, more=-0.1),
    "half size and back": halved,
    "8-bit PNG": as_png,
}
"""All changes by name; the first leaves everything as it is."""

OF_COLOUR = frozenset({GREY})
"""Changes that are none to pictures of one channel."""


def changes_for(channels: int, boxes: Sequence[Box] | None = None) -> dict[str, Change]:
    """Return the changes that are some to pictures of so many channels; the crop is that of the boxes, where given.

    >>> "grey" in changes_for(3), "grey" in changes_for(1)
    (True, False)
    """
    known: dict[str, Change] = {**CHANGES, CROP: partial(cropped, boxes=boxes)}
    return {name: change for name, change in known.items() if channels > 1 or name not in OF_COLOUR}


def _inside(part: Box, size: tuple[int, int]) -> Tensor:
    """Return the places of a part of a picture as a matrix [2, 3], from -1 to 1 across and down."""
    tall, wide = (part.bottom - part.top) / size[0], (part.right - part.left) / size[1]
    down, across = (part.top + part.bottom) / size[0] - 1, (part.left + part.right) / size[1] - 1
    return torch.tensor([[wide, 0.0, across], [0.0, tall, down]], dtype=torch.float64)


def _seen_at(images: Tensor, places: Tensor) -> Tensor:
    grid = functional.affine_grid(places.to(images), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False).clamp(0, 1)


def _read_back(images: Tensor, encode: Callable[[Tensor], bytes]) -> Tensor:
    # A file of one channel is read as three that are alike.
    read = [photo(encode(image))[: images.shape[1]] for image in images]
    return torch.stack(read).to(images)


def _jpeg(image: Tensor, quality: int) -> bytes:
    levels = (image.clamp(0, 1) * 255).round().to(torch.uint8).numpy(force=True)
    picture = Image.fromarray(levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0))
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
