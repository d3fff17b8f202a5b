"""What `dream` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network. `makes` is the kind of result.
"""

from seethrough.dream.recipes import CHOICES, RECIPES
from seethrough.tables import Method, Setting, Table

HERE = "seethrough.dream"

BATCH = Setting("batch", 5, "images a pass: more takes more memory, and changes no number", "int", low=1, high=512)
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)
DIVERSITY = Setting("diversity", 1, "how many images for each, which are to differ", "int", low=1, high=64)
RECIPE = Setting("recipe", None, "what the settings below begin from", "choice", choices=tuple(RECIPES))


def _choice(name: str, says: str) -> Setting:
    return Setting(name, None, says, "choice", choices=CHOICES[name])


def _number(name: str, says: str, low: float = 0.0, high: float | None = None) -> Setting:
    return Setting(name, None, says, "float", low=low, high=high)


def _count(name: str, says: str, low: int = 0, high: int | None = None) -> Setting:
    return Setting(name, None, says, "int", low=low, high=high)


# What a person may change of any recipe: its fields, in the order in which people should meet them.
CHANGES = (
    _count("steps", "steps of the loop", high=1_000_000),
    _number("rate", "how far a step goes"),
    _choice("stride", "how a step is made of the gradient"),
    _choice("canvas", "how the image is written down"),
    _number("power", "how much harder fast waves are to move (Fourier canvas): 1 as in photographs", high=4),
    _choice("views", "how the image is looked at, at random"),
    _count("each", "views of each image a step", low=1, high=256),
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
    _number("blur", "standard deviation in pixels of a regular blur", high=100),
    _count("every", "steps between blurs", low=1),
    _number("clip_norm", "percent of the pixels, those of smallest norm, that are cleared each step", high=100),
    _number("clip_contribution", "percent of the pixels, those that add least, that are cleared each step", high=100),
    _number("centre", "how far from the middle pixels may move, as a share of the image; 0 for everywhere", high=10),
)

PARTS = (RECIPE, *CHANGES)

TABLE = Table(
    Method(
        "unit",
        f"{HERE}.unit:unit",
        "the image that excites a unit, or brings it to a value",
        (
            Setting("value", None, "bring the unit to this value, and no further", "float"),
            DIVERSITY,
            *PARTS,
            BATCH,
            SEED,
        ),
        ("units", "start"),
        "Dream",
    ),
    Method(
        "class_",
        f"{HERE}.class_:class_",
        "the image that a class asks for",
        (DIVERSITY, *PARTS, BATCH, SEED),
        ("dreamt", "start"),
        "Dream",
    ),
    Method(
        "sweep",
        f"{HERE}.sweep:sweep",
        "a class dreamt under every pair of two settings",
        (
            Setting("rows", "rate=0.01,0.03,0.1", "a setting and its values, down", "text"),
            Setting("columns", "steps=50,100,200", "another, across", "text"),
            *PARTS,
            SEED,
        ),
        ("one dreamt", "start"),
        "Sweep",
    ),
    Method(
        "atlas",
        f"{HERE}.atlas:atlas",
        "many units of a layer on one sheet; goes on where it was stopped",
        (Setting("units", None, "which units, such as 0-31,40; the first 64 otherwise", "text"), *PARTS, BATCH, SEED),
        ("one layer",),
        "Dream",
    ),
    Method(
        "compare",
        f"{HERE}.compare:compare",
        "the same class, or the same depth, dreamt in several networks",
        (
            Setting("depth", None, "units at that share of the way through each network", "float", low=0, high=1),
            Setting("count", 4, "how many units", "int", low=1, high=64),
            *PARTS,
            BATCH,
            SEED,
        ),
        ("networks", "class"),
        "Dreams",
    ),
    Method(
        "facets",
        f"{HERE}.facets:facets",
        "the different kinds of photo that excite a class or unit, each as a dream",
        (
            Setting("count", 4, "how many kinds", "int", low=1, high=64),
            Setting("nearest", 15, "photos of each kind that a dream begins as the mean of", "int", low=1),
            *PARTS,
            BATCH,
            SEED,
        ),
        ("folder", "class", "unit"),
        "Dream",
    ),
)
