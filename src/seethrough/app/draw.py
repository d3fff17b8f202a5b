"""Pictures as bytes for the page: photos, maps as colours to lie over a photo, and all maps of a layer in one sprite."""

import base64
import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from seethrough.images.save import as_pil
from seethrough.plots.map import span, stripes
from seethrough.plots.style import colours
from seethrough.results.heatmap import Heatmap

TILE = 56
"""Pixels a side of one map in a sprite at most."""
CLEAR = 0.15
"""The share of an unsigned map's range below which the photo shows through: nothing much is there."""
SMALL = 64
"""Pixels up to which a picture's every pixel is looked at: no JPEG."""


def png(image: Tensor) -> bytes:
    """Write an image [C, H, W] in [0, 1] as a PNG."""
    return _png(as_pil(image.clamp(0, 1)))


def jpeg(image: Tensor, side: int, quality: int = 88) -> bytes:
    """Write an image as a JPEG, no longer than `side`."""
    picture = as_pil(image.clamp(0, 1)).convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=quality)
    return drawn.getvalue()


def light(picture: Image.Image) -> bytes:
    """Write a picture that is looked at and not measured: a small one pixel for pixel, a large one in few bytes."""
    if max(picture.size) <= SMALL:
        return _png(picture)
    drawn = io.BytesIO()
    picture.save(drawn, "WEBP", quality=85, method=2)
    return drawn.getvalue()


def frame_address(image: Tensor) -> str:
    """Write an image that is under way as a data address: quick and small."""
    image = image.detach().cpu().float()
    if max(image.shape[-2:]) <= SMALL:
        return address_of(png(image))
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(image, 512)).decode()}"


def address_of(data: bytes) -> str:
    """Return a PNG as a data address."""
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def heat_picture(heatmap: Heatmap, place: int) -> bytes:
    """Draw one map of a result as colours to lie over its photo, with the scale of its figure."""
    limits = None if heatmap.raw is None else heatmap.limits(heatmap.values[place])
    return map_picture(heatmap.values[place], signed=heatmap.signed, limits=limits)


def map_picture(
    values: Tensor,
    *,
    signed: bool = False,
    limits: tuple[float, float] | None = None,
    size: tuple[int, int] | None = None,
) -> bytes:
    """Draw numbers [H, W] as colours, brought to a size; what is not a number is striped."""
    known = values.isfinite()
    low, high, flat = span(values[known].double().numpy(), signed, limits)
    drawn = values.nan_to_num(0.0, 0.0, 0.0)
    if size is not None:
        drawn = functional.interpolate(drawn[None, None], size, mode="bilinear", align_corners=False)[0, 0]
        known = functional.interpolate(known[None, None].float(), size)[0, 0] > 0.5
    share = ((drawn.double() - low) / (high - low)).clamp(0, 1)
    painted = (colours(signed)(share.numpy()) * 255).round().astype(np.uint8)
    if not flat:
        # Zero of a signed map is its middle.
        strength = (share * 2 - 1).abs() if signed else share
        painted[..., 3] = ((strength / CLEAR).clamp(0, 1) * 255).numpy().astype(np.uint8)
    if not bool(known.all()):
        holes = ~known.numpy()
        striped = (stripes(holes) * 255).astype(np.uint8)
        painted = _enlarged(painted, striped.shape[0] // holes.shape[0])
        painted[striped[..., 3] > 0] = striped[striped[..., 3] > 0]
    return light(Image.fromarray(painted, "RGBA"))


def columns_for(units: int) -> int:
    """Return how many maps stand in one line of a sprite."""
    return max(math.ceil(math.sqrt(units)), 1)


def tile_of(height: int, width: int) -> tuple[int, int]:
    """Return the height and width of a map in a sprite."""
    shrink = max(math.ceil(max(height, width) / TILE), 1)
    return math.ceil(height / shrink), math.ceil(width / shrink)


def sprite_png(maps: Tensor) -> bytes:
    """Draw all maps [U, h, w] of a layer in one picture, each stretched on its own; one that is flat is dark."""
    units = len(maps)
    height, width = tile_of(*maps.shape[-2:])
    small = functional.adaptive_avg_pool2d(maps[None].float(), (height, width))[0].nan_to_num(0.0, 0.0, 0.0)
    low, high = small.amin((1, 2), keepdim=True), small.amax((1, 2), keepdim=True)
    levels = ((small - low) / (high - low).clamp_min(1e-12) * 255).round().to(torch.uint8)
    across = columns_for(units)
    down = math.ceil(units / across)
    sheet = torch.zeros(down * across, height, width, dtype=torch.uint8)
    sheet[:units] = levels
    tiled = sheet.view(down, across, height, width).permute(0, 2, 1, 3).reshape(down * height, across * width)
    picture = Image.fromarray(tiled.numpy())
    picture.putpalette((colours(False)(np.arange(256))[:, :3] * 255).round().astype(np.uint8).tobytes())
    return _png(picture)


def noise_png(added: Tensor) -> tuple[bytes, float]:
    """Draw what was added to a photo about grey, the largest change white or black; return that change too."""
    largest = float(added.abs().max())
    return png(0.5 + added / (2 * largest) if largest else torch.full_like(added, 0.5)), largest


def _enlarged(painted: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    return painted.repeat(times, axis=0).repeat(times, axis=1)


def _png(picture: Image.Image) -> bytes:
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", compress_level=3)
    return drawn.getvalue()
