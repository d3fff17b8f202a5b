"""Scenes: an object on a background, with one number for each thing that may change in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError, unknown
from seethrough.networks.streams import image_streams

COLOUR = (0.85, 0.4, 0.15)
"""Of drawn objects, where there are three colours; elsewhere they are bright."""
BRIGHT, PLAIN = 0.85, 0.5
SHAPES = ("ellipse", "rectangle", "triangle")
"""What is drawn where no photos are given."""
FINEST = 16
"""Cells across in the finest part of a background's pattern."""
SOFT = 0.15
"""The share of an object's radius on which its rim fades."""


@dataclass(frozen=True)
class Scene:
    """How an object stands: its place across (from -1 to 1), size, turn and hue in degrees; behind what; in which light."""

    position: float = 0.0
    scale: float = 0.6
    rotation: float = 0.0
    brightness: float = 0.0
    contrast: float = 1.0
    colour: float = 0.0
    background: float = 0.0


@dataclass(frozen=True)
class Factor:
    """A thing that may change in a scene: its name, its least and largest value, how to say them, and the steps between.

    Steps are even; or each is so many times the one before (ratio); or they go round, and the last is not the first again; or
    they only count.
    """

    name: str
    low: float
    high: float
    says: str
    spacing: Literal["even", "ratio", "round", "count"] = "even"

    def values(self, levels: int) -> list[float]:
        """Return so many values from the least to the largest.

        >>> FACTORS["colour"].values(4)
        [0.0, 90.0, 180.0, 270.0]
        """
        if self.spacing == "count":
            return [float(step) for step in range(levels)]
        steps = [step / (levels if self.spacing == "round" else levels - 1) for step in range(levels)]
        if self.spacing == "ratio":
            return [self.low * (self.high / self.low) ** step for step in steps]
        return [self.low + (self.high - self.low) * step for step in steps]


FACTORS: Mapping[str, Factor] = {
    factor.name: factor
    for factor in (
        Factor("position", -0.4, 0.4, "{:+.2f}"),
        Factor("scale", 0.35, 0.9, "{:.2f}", "ratio"),
        Factor("rotation", -60.0, 60.0, "{:+.0f}°"),
        Factor("brightness", -0.3, 0.3, "{:+.2f}"),
        Factor("contrast", 0.3, 1.0, "{:.2f}"),
        Factor("colour", 0.0, 360.0, "{:.0f}°", "round"),
        Factor("background", 0.0, 0.0, "no. {:.0f}", "count"),
    )
}
"""What may change: where the object is across, how large, how turned; the light on all; its hue; what is behind it."""


def factors_named(names: str | Sequence[str]) -> list[Factor]:
    """Return the factors that a text names, with commas between them.

    >>> [factor.name for factor in factors_named("position, scale")]
    ['position', 'scale']
    """
    words = [word.strip() for word in (names.split(",") if isinstance(names, str) else names)]
    for word in words:
        if word not in FACTORS:
            raise unknown("factor", word, FACTORS)
    if len(set(words)) < len(words):
        raise UserError(f"factors is {names!r}; it takes each once")
    return [FACTORS[word] for word in words]


@dataclass(frozen=True, eq=False)
class Objects:
    """What stands in scenes: pixels [N, C, H, W] with masks [N, 1, H, W] that fill the frame, and what they are called."""

    pixels: Tensor
    masks: Tensor
    names: tuple[str, ...]


def drawn(channels: int, size: tuple[int, int]) -> Objects:
    """Return an ellipse, a rectangle and a triangle, each of one colour.

    >>> drawn(3, (40, 56)).masks.shape
    torch.Size([3, 1, 40, 56])
    """
    y, x, pixel = _places(size)
    # Each is how far inside its shape a place is; a pixel's width of it is the rim.
    ellipse = 0.55 * (1 - (x / 0.95).square().add((y / 0.55).square()).sqrt())
    rectangle = torch.minimum(0.9 - x.abs(), 0.5 - y.abs())
    triangle = torch.minimum(0.75 - y, 0.5 * (y + 0.9) - x.abs())
    masks = torch.stack([(inside / pixel + 0.5).clamp(0, 1) for inside in (ellipse, rectangle, triangle)])[:, None]
    colour = torch.tensor(COLOUR if channels == len(COLOUR) else [BRIGHT] * channels)
    return Objects(colour.view(1, -1, 1, 1).expand(len(masks), -1, *size), masks, SHAPES)


def soft_ellipse(size: tuple[int, int]) -> Tensor:
    """Return a mask [1, H, W] of the largest ellipse in a frame, its rim faded."""
    down, across = (torch.linspace(-1 + 1 / count, 1 - 1 / count, count) for count in size)
    radius = (down[:, None].square() + across.square()).sqrt()
    return ((1 - radius) / SOFT).clamp(0, 1)[None]


def backgrounds(count: int, channels: int, size: tuple[int, int], seed: int) -> Tensor:
    """Return so many backgrounds [count, C, H, W]: plain grey, then patterns of soft blobs, each from its own random stream."""
    found = [torch.full((channels, *size), PLAIN)]
    for stream in image_streams(seed, count)[1:]:
        pattern = torch.zeros(1, channels, *size)
        cells = 2
        while cells <= FINEST:
            shared, own = (torch.randn(1, many, cells, cells, generator=stream) for many in (1, channels))
            pattern += functional.interpolate(shared + own, size, mode="bicubic", align_corners=False) / cells
            cells *= 2
        tone = torch.rand(channels, 1, 1, generator=stream) * 0.4 + 0.3
        found.append((tone + 0.15 * pattern[0] / pattern.std()).clamp(0, 1))
    return torch.stack(found)


def pictures(objects: Objects, which: Sequence[int], scenes: Sequence[Scene], behind: Tensor) -> Tensor:
    """Return pictures [b, C, H, W] of scenes, each with one of the objects; `behind` are the backgrounds."""
    pixels, masks = _in_hue(objects.pixels[list(which)], scenes), objects.masks[list(which)]
    size = (pixels.shape[-2], pixels.shape[-1])
    places = torch.stack([_place(scene, size) for scene in scenes]).to(pixels)
    grid = functional.affine_grid(places, [len(pixels), 1, *size], align_corners=False)
    # The object fades with its mask: pixels beyond it must not bleed in.
    moved = functional.grid_sample(torch.cat([pixels * masks, masks], dim=1), grid, align_corners=False)
    shown = moved[:, :-1] + behind[[int(scene.background) for scene in scenes]] * (1 - moved[:, -1:])
    contrast, brightness = (
        pixels.new_tensor([getattr(scene, name) for scene in scenes]).view(-1, 1, 1, 1)
        for name in ("contrast", "brightness")
    )
    return ((shown - PLAIN) * contrast + PLAIN + brightness).clamp(0, 1)


def _in_hue(pixels: Tensor, scenes: Sequence[Scene]) -> Tensor:
    """Turn the colours of each picture about the axis of greys."""
    if not any(scene.colour for scene in scenes):
        return pixels
    turned = [
        torch.einsum("dc,chw->dhw", _about_greys(scene.colour).to(one), one)
        for scene, one in zip(scenes, pixels, strict=True)
    ]
    return torch.stack(turned).clamp(0, 1)


def _about_greys(degrees: float) -> Tensor:
    """Return the rotation [3, 3] of colours about (1, 1, 1): red, green, blue go round in 360 degrees.

    >>> _about_greys(120.0).round().int().tolist()
    [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    """
    # Rodrigues' formula; its cross product with (1, 1, 1) / sqrt 3.
    angle = math.radians(degrees)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=torch.float64) / math.sqrt(3)
    eye, ones = torch.eye(3, dtype=torch.float64), torch.full((3, 3), 1 / 3, dtype=torch.float64)
    return math.cos(angle) * eye + math.sin(angle) * cross + (1 - math.cos(angle)) * ones


def _place(scene: Scene, size: tuple[int, int]) -> Tensor:
    """Return where the places of the picture lie in the frame of the object [2, 3], both from -1 to 1."""
    angle, wide = math.radians(scene.rotation), size[1] / size[0]
    cosine, sine = math.cos(angle) / scene.scale, math.sin(angle) / scene.scale
    # Turned counterclockwise, in pixels that are square; moved by a share of half the width.
    rows = [
        [cosine, -sine / wide, -cosine * scene.position],
        [sine * wide, cosine, -sine * wide * scene.position],
    ]
    return torch.tensor(rows, dtype=torch.float64)


def _places(size: tuple[int, int]) -> tuple[Tensor, Tensor, float]:
    """Return how far down and across the pixels of a frame are from its middle, and a pixel; half the short side is 1."""
    half = min(size) / 2
    down, across = ((torch.arange(count) + 0.5 - count / 2) / half for count in size)
    return down[:, None], across, 1 / half
