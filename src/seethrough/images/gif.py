"""Moving pictures: frames as a GIF that goes round."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from seethrough.errors import UserError
from seethrough.files import replacing
from seethrough.images.arrays import from_array

COLOURS = 256
SHORTEST, LONGEST = 0.02, 600.0
"""Seconds a frame may last: browsers play faster ones slowly, and the format counts no further."""
LOOKED_AT = 16
"""Frames that the colours are chosen from, evenly from the first to the last, at this many pixels a side at most."""
SMALL = 160


def save_gif(frames: Tensor | Sequence[Tensor], path: str | Path, *, seconds: float = 0.08) -> Path:
    """Write frames [C, H, W] in [0, 1], one after another for so many seconds each, as a GIF that goes round for ever.

    All frames share the 256 colours that suit them best: what does not move does not flicker. Frames of another size are
    brought to that of the last. The file is there whole or not at all. Return its path.

    >>> save_gif(torch.rand(8, 3, 40, 56), "noise.gif", seconds=0.1)
    PosixPath('noise.gif')
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise UserError(f"path {str(path)!r} ends in {path.suffix!r}; right would be .gif")
    if not (math.isfinite(seconds) and SHORTEST <= seconds <= LONGEST):
        raise UserError(f"seconds is {seconds}; it takes {SHORTEST} to {LONGEST:.0f}")
    if len(frames) == 0:
        raise UserError("frames: none given; give one or more")
    pictures = [_as_pil(frame) for frame in frames]
    pictures = [one if one.size == pictures[-1].size else one.resize(pictures[-1].size) for one in pictures]
    palette = _palette(pictures)
    first, *rest = [one.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for one in pictures]
    with replacing(path) as temporary:
        first.save(temporary, "GIF", save_all=True, append_images=rest, duration=round(seconds * 1000), loop=0)
    return path


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """Choose the colours of all frames at once, from small copies side by side."""
    last = len(pictures) - 1
    places = sorted({round(place * last / (LOOKED_AT - 1)) for place in range(LOOKED_AT)})
    copies = [pictures[place].copy() for place in places]
    for copy in copies:
        copy.thumbnail((SMALL, SMALL))
    wide, tall = copies[0].size
    together = Image.new("RGB", (wide * len(copies), tall))
    for place, copy in enumerate(copies):
        together.paste(copy, (place * wide, 0))
    return together.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)


def _as_pil(frame: Tensor) -> Image.Image:
    if not isinstance(frame, Tensor) or frame.ndim != 3 or not frame.is_floating_point():
        given = f"{frame.dtype} {tuple(frame.shape)}" if isinstance(frame, Tensor) else type(frame).__name__
        raise UserError(f"frames: {given} is no frame; right would be floats [C, H, W] with 1 or 3 channels, in [0, 1]")
    levels = np.rint(from_array(frame, "frames").numpy() * 255).astype(np.uint8)
    return Image.fromarray(levels[0] if len(levels) == 1 else np.moveaxis(levels, 0, 2)).convert("RGB")
