"""What `dream` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network. `makes` is the kind of result.
"""

from seethrough.dream.recipes import CHANGES, RECIPES
from seethrough.tables import Method, Setting, Table

HERE = "seethrough.dream"

BATCH = Setting("batch", 5, "images a pass: more takes more memory, and changes no number", "int", low=1, high=512)
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)
DIVERSITY = Setting("diversity", 1, "how many images for each, which are to differ", "int", low=1, high=64)
RECIPE = Setting("recipe", None, "what the settings below begin from", "choice", choices=tuple(RECIPES))
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
