"""Recipes: the settings with which an image is dreamt, by name. Imports no torch."""

from dataclasses import dataclass, replace
from typing import Any, TypedDict

from seethrough.errors import unknown
from seethrough.tables import Setting

DEFAULT = "painted"
CHOICES = {
    "canvas": ("pixels", "fourier", "phase"),
    "stride": ("plain", "unit-length", "adam", "nadam", "momentum", "lbfgs", "to-value"),
    "views": ("crops", "central", "lucid", "shifts", "nudges", "still"),
    "start": ("noise", "mean", "black"),
    "about": ("mean", "black"),
}


@dataclass(frozen=True)
class Recipe:
    """How the image is written down and moved, how it is looked at, and what keeps it an image."""

    says: str
    canvas: str = "pixels"
    stride: str = "adam"
    rate: float = 0.03
    steps: int = 200
    size: int = 0
    start: str = "noise"
    views: str = "still"
    smallest: float = 1.0
    each: int = 1
    light: float = 0.0
    noise: float = 0.0
    power: float = 1.0
    about: str = "mean"
    norm: float = 0.0
    norm_power: int = 2
    tv: float = 0.0
    tv_exponent: float = 2.0
    alpha: float = 0.0
    spectrum: float = 0.0
    exponent: float = 1.0
    decay: float = 0.0
    ease: float = 0.0
    blur: float = 0.0
    every: int = 4
    clip_norm: float = 0.0
    clip_contribution: float = 0.0
    centre: float = 0.0


class Changes(TypedDict, total=False):
    """What a person changes of a recipe: any of its settings."""

    canvas: str | None
    stride: str | None
    rate: float | None
    steps: int | None
    size: int | None
    start: Any  # one of the choices, or photos
    views: str | None
    smallest: float | None
    each: int | None
    light: float | None
    noise: float | None
    power: float | None
    about: str | None
    norm: float | None
    norm_power: int | None
    tv: float | None
    tv_exponent: float | None
    alpha: float | None
    spectrum: float | None
    exponent: float | None
    decay: float | None
    ease: float | None
    blur: float | None
    every: int | None
    clip_norm: float | None
    clip_contribution: float | None
    centre: float | None


def _choice(name: str, says: str) -> Setting:
    return Setting(name, None, says, "choice", choices=CHOICES[name])


def _number(name: str, says: str, low: float = 0.0, high: float | None = None) -> Setting:
    return Setting(name, None, says, "float", low=low, high=high)


def _count(name: str, says: str, low: int = 0, high: int | None = None) -> Setting:
    return Setting(name, None, says, "int", low=low, high=high)


# What a person may change of any recipe: its fields, in the order in which people should meet them.
CHANGES = (
    _count("steps", "steps of the loop", high=100_000),
    _count("size", "pixels of the image's short side; 0 for the network's own", high=4096),
    _number("rate", "how far a step goes"),
    _choice("stride", "how a step is made of the gradient"),
    _choice("canvas", "how the image is written down"),
    _number("power", "how much harder fast waves are to move (Fourier canvas): 1 as in photographs", high=4),
    _choice("views", "how the image is looked at, at random"),
    _number("smallest", "the smallest size the network is shown, as a share of its own: sizes change in turn", 0.1, 1),
    _count("each", "views of each image a step", low=1, high=256),
    _number(
        "light",
        "how much the contrast of each colour varies from view to view, and a third of it the brightness",
        high=1,
    ),
    _number("noise", "standard deviation of the noise on every view", high=1),
    _number("norm", "weight of the image's norm"),
    _count("norm_power", "1 for the L2 norm, 2 for its square", low=1, high=2),
    _choice("about", "the colour that norms, decay and clipping are about"),
    _number("tv", "weight of the total variation"),
    _number("tv_exponent", "its exponent", low=1, high=4),
    _number("alpha", "weight of the norm with exponent 6"),
    _number("spectrum", "weight of the natural spectrum"),
    _number("exponent", "with which its amplitudes fall: 1 as in photographs", high=4),
    _number("decay", "share of the way to the mean colour that every step takes away", high=1),
    _number("ease", "share of the steps, at the end, over which they get shorter and shorter", high=1),
    _number("blur", "standard deviation in pixels of a regular blur", high=100),
    _count("every", "steps between blurs", low=1),
    _number("clip_norm", "percent of the pixels, those of smallest norm, that are cleared each step", high=100),
    _number("clip_contribution", "percent of the pixels, those that add least, that are cleared each step", high=100),
    _number("centre", "how far from the middle pixels may move, as a share of the image; 0 for everywhere", high=10),
)
START = _choice("start", "what the image begins as")

RECIPES = {
    "painted": Recipe(
        "waves seen through random crops, in changing sizes and light: pictures one can name",
        canvas="fourier",
        power=1.5,
        views="crops",
        smallest=4 / 7,
        light=0.15,
        noise=0.1,
        decay=0.01,
        ease=0.4,
        steps=350,
    ),
    "lucid": Recipe(
        "feature visualisation as in lucid: waves, small shifts, scales and turns (Olah et al. 2017)",
        canvas="fourier",
        rate=0.05,
        steps=512,
        views="lucid",
    ),
    "maco": Recipe(
        "the phases of waves alone, their strength that of photographs (Fel et al. 2023)",
        canvas="phase",
        stride="nadam",
        rate=1.0,
        steps=256,
        views="central",
        each=4,
        noise=0.08,
    ),
    "simonyan": Recipe(
        "pixels, and the L2 norm of the image (Simonyan et al. 2014)",
        stride="unit-length",
        rate=1.0,
        steps=200,
        start="mean",
        norm=1e-3,
    ),
    "course": Recipe(
        "pixels from noise, the L2 norm, with regular shifts and blurs, as courses teach it",
        stride="unit-length",
        rate=6.0,
        steps=200,
        views="shifts",
        norm=1e-3,
        blur=1.0,
        every=4,
    ),
    "natural": Recipe(
        "pixels whose spectrum is asked to fall as that of photographs",
        rate=0.01,
        steps=200,
        views="shifts",
        spectrum=10.0,
        blur=0.5,
    ),
    "neuron": Recipe(
        "waves, hardly shifted: for a neuron at one place",
        canvas="fourier",
        views="nudges",
        noise=0.05,
        steps=150,
    ),
    "facet": Recipe(
        "waves that begin as a photo, seen through random crops",
        canvas="fourier",
        views="crops",
        noise=0.1,
        decay=0.005,
        steps=150,
    ),
    "yosinski-1": Recipe(
        "Yosinski et al. 2015, first setting: blur and clip small norms", blur=0.5, clip_norm=50, steps=500
    ),
    "yosinski-2": Recipe("their second: strong decay, clip small norms", decay=0.3, clip_norm=20, steps=750),
    "yosinski-3": Recipe("their third: blur strongly", decay=1e-4, blur=1.0, steps=1000),
    "yosinski-4": Recipe("their fourth: blur and clip small contributions", blur=0.5, clip_contribution=90, steps=1000),
}


def recipe_of(name: str | None, changes: Changes, default: str = DEFAULT) -> Recipe:
    """Return a recipe by name with what a person changed of it; what is None stays as the recipe has it.

    >>> recipe_of("lucid", {"steps": 64}).steps
    64
    """
    if (name or default) not in RECIPES:
        raise unknown("recipe", str(name), RECIPES)
    known = {setting.name: setting for setting in CHANGES}
    for setting in changes:
        if setting not in {*known, "start"}:
            raise unknown("setting of a recipe", setting, known)
    given: dict[str, Any] = {setting: value for setting, value in changes.items() if value is not None}
    begin = given.pop("start", None)
    checked: dict[str, Any] = {setting: known[setting].check(value) for setting, value in given.items()}
    # Photos are no part of a recipe; they are checked where the images are planned.
    if isinstance(begin, str):
        checked["start"] = START.check(begin)
    # Phases have nothing that could fade: a recipe for waves must not stand in their way.
    if checked.get("canvas") == "phase":
        checked = {"decay": 0.0, **checked}
    return replace(RECIPES[name or default], **checked)


def said(name: str | None, changes: Changes, default: str = DEFAULT) -> dict[str, Any]:
    """Return what was asked for, to repeat it: the recipe's name and what was changed; photos are kept beside it.

    >>> said("lucid", {"steps": 64, "rate": None})
    {'recipe': 'lucid', 'steps': 64}
    """
    given = {setting: value for setting, value in changes.items() if isinstance(value, str | int | float)}
    return {"recipe": name or default, **given}
