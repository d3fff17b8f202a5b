"""Recipes: the settings with which an image is dreamt, by name. Imports no torch."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypedDict

from seethrough.errors import UserError, unknown

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
    start: str = "noise"
    views: str = "still"
    each: int = 1
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
    start: Any  # one of the choices, or photos
    views: str | None
    each: int | None
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
    blur: float | None
    every: int | None
    clip_norm: float | None
    clip_contribution: float | None
    centre: float | None


RECIPES = {
    "painted": Recipe(
        "waves seen through random crops and noise: pictures one can name",
        canvas="fourier",
        views="crops",
        noise=0.1,
        steps=250,
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
        rate=1.0,
        steps=200,
        views="shifts",
        norm=1e-3,
        blur=0.5,
        every=10,
    ),
    "natural": Recipe(
        "pixels whose spectrum is asked to fall as that of photographs",
        rate=0.01,
        steps=200,
        views="shifts",
        spectrum=1.0,
    ),
    "neuron": Recipe(
        "waves, hardly shifted: for a neuron at one place",
        canvas="fourier",
        views="nudges",
        noise=0.05,
        steps=150,
    ),
    "facet": Recipe(
        "waves that begin as a photo, lightly cropped, with total variation: keeps what it began as",
        canvas="fourier",
        views="crops",
        noise=0.1,
        steps=150,
        tv=1e-3,
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
    known = {field.name for field in fields(Recipe)} - {"says", "start"}
    for setting in changes:
        if setting not in known | {"start"}:
            raise unknown("setting of a recipe", setting, known)
    given: dict[str, Any] = {setting: value for setting, value in changes.items() if value is not None}
    if not isinstance(given.get("start", ""), str):
        del given["start"]
    chosen = replace(RECIPES[name or default], **given)
    for setting, choices in CHOICES.items():
        if getattr(chosen, setting) not in choices:
            raise UserError(f"{setting}: {getattr(chosen, setting)!r} does not fit; it takes {' | '.join(choices)}")
    return chosen


def said(name: str | None, changes: Changes, default: str = DEFAULT) -> dict[str, Any]:
    """Return what was asked for, to repeat it: the recipe's name and what was changed; photos are kept beside it.

    >>> said("lucid", {"steps": 64, "rate": None})
    {'recipe': 'lucid', 'steps': 64}
    """
    given = {setting: value for setting, value in changes.items() if isinstance(value, str | int | float)}
    return {"recipe": name or default, **given}
