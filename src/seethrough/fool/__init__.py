"""Fool: images that mislead a network, and how well they last."""

from typing import TYPE_CHECKING

from seethrough.fool.table import TABLE
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.fool.apgd import apgd
    from seethrough.fool.carlini_wagner import carlini_wagner
    from seethrough.fool.clip_ascent import clip_ascent
    from seethrough.fool.curve import curve
    from seethrough.fool.ddn import ddn
    from seethrough.fool.deepfool import deepfool
    from seethrough.fool.fgsm import fgsm
    from seethrough.fool.fmn import fmn
    from seethrough.fool.from_noise import from_noise
    from seethrough.fool.ifgsm import ifgsm
    from seethrough.fool.lbfgs import lbfgs
    from seethrough.fool.linear import linear
    from seethrough.fool.linearity import linearity
    from seethrough.fool.lookalike import lookalike
    from seethrough.fool.mix import mix
    from seethrough.fool.noise_for_class import noise_for_class
    from seethrough.fool.pgd import pgd
    from seethrough.fool.survival import survival
    from seethrough.fool.templates import templates
    from seethrough.fool.toward import toward

__all__ = [
    "TABLE",
    "apgd",
    "carlini_wagner",
    "clip_ascent",
    "curve",
    "ddn",
    "deepfool",
    "fgsm",
    "fmn",
    "from_noise",
    "ifgsm",
    "lbfgs",
    "linear",
    "linearity",
    "lookalike",
    "mix",
    "noise_for_class",
    "pgd",
    "survival",
    "templates",
    "toward",
]

# Linear classifiers that are no network are for Python alone: no row of the table.
load_lazily(
    __name__,
    {method.name: method.where for method in TABLE.values()} | {"linear": "seethrough.fool.linear:linear"},
)
