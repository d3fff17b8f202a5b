"""Ascent: the loop that changes images so that a wish about a network's inside comes true, and its parts."""

from typing import TYPE_CHECKING

from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.ascent import jitter, prior, stride, touch, wish
    from seethrough.ascent.canvas import Canvas, ball, pixels, shared
    from seethrough.ascent.fourier import fourier, fourier_of
    from seethrough.ascent.lbfgs import lbfgs
    from seethrough.ascent.loop import Climb, Glimpse, ascend
    from seethrough.ascent.phase import natural_magnitude, phase

__all__ = [
    "Canvas",
    "Climb",
    "Glimpse",
    "ascend",
    "ball",
    "fourier",
    "fourier_of",
    "jitter",
    "lbfgs",
    "natural_magnitude",
    "phase",
    "pixels",
    "prior",
    "shared",
    "stride",
    "touch",
    "wish",
]

load_lazily(
    __name__,
    {
        "Canvas": "seethrough.ascent.canvas:Canvas",
        "Climb": "seethrough.ascent.loop:Climb",
        "Glimpse": "seethrough.ascent.loop:Glimpse",
        "ascend": "seethrough.ascent.loop:ascend",
        "ball": "seethrough.ascent.canvas:ball",
        "fourier": "seethrough.ascent.fourier:fourier",
        "fourier_of": "seethrough.ascent.fourier:fourier_of",
        "jitter": "seethrough.ascent.jitter",
        "lbfgs": "seethrough.ascent.lbfgs:lbfgs",
        "natural_magnitude": "seethrough.ascent.phase:natural_magnitude",
        "phase": "seethrough.ascent.phase:phase",
        "pixels": "seethrough.ascent.canvas:pixels",
        "prior": "seethrough.ascent.prior",
        "shared": "seethrough.ascent.canvas:shared",
        "stride": "seethrough.ascent.stride",
        "touch": "seethrough.ascent.touch",
        "wish": "seethrough.ascent.wish",
    },
)
