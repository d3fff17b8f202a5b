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
    from seethrough.fool.lookalike import lookalike
    from seethrough.fool.noise_for_class import noise_for_class
    from seethrough.fool.pgd import pgd
    from seethrough.fool.survival import survival
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
    "lookalike",
    "noise_for_class",
    "pgd",
    "survival",
    "toward",
]

load_lazily(__name__, {method.name: method.where for method in TABLE.values()})
