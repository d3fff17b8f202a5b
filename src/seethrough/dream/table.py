"""What `dream` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network. `makes` is the kind of result.
"""

from seethrough.dream.recipes import CHANGES, RECIPES
from seethrough.tables import Method, Setting, Table

HERE = "seethrough.dream"

BATCH = Setting("batch", None, "images a pass; what was measured to be quickest, unless told", "int", low=1, high=512)
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)
DIVERSITY = Setting("diversity", 1, "how many images for each, which are to differ", "int", low=1, high=64)
RECIPE = Setting("recipe", None, "what the settings below begin from", "choice", choices=tuple(RECIPES))
PARTS = (RECIPE, *CHANGES)

# What pictures at their own size are made with.
SIZE = Setting("size", 512, "pixels of the longest side at most", "int", low=8, high=8192)
MIX = Setting("mix", None, "shares of several styles, with commas between them", "text")
VARIATION = Setting("tv", 0.05, "weight of the total variation", "float", low=0)
PAINTED_BY = Setting("stride", "lbfgs", "how a step is made of the gradient", "choice", choices=("lbfgs", "adam"))
PAINTED_IN = Setting("steps", 200, "steps of the loop", "int", low=0, high=100_000)

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
    Method(
        "invert",
        f"{HERE}.invert:invert",
        "what is left of a photo at each layer: images with the same code",
        (
            Setting("prior", "both", "none, tv1, tv2, alpha or both; several with commas go side by side", "text"),
            Setting("starts", 1, "images that begin from different noise", "int", low=1, high=64),
            Setting("steps", 150, "steps of the loop", "int", low=0, high=100_000),
            Setting("tv", None, "weight of the total variation; grows with depth if not given", "float", low=0),
            Setting("alpha", 0.01, "weight of the norm with exponent 6", "float", low=0),
            Setting("canvas", "fourier", "how the image is written down", "choice", choices=("fourier", "pixels")),
            BATCH,
            SEED,
        ),
        ("photos", "layers"),
        "Inversion",
    ),
    Method(
        "caricature",
        f"{HERE}.caricature:caricature",
        "the photo with more of what a layer finds in it",
        (
            Setting("steps", 100, "steps of the loop", "int", low=0, high=100_000),
            Setting("rate", 0.05, "how far a step goes", "float", low=0),
            Setting("noise", 0.05, "standard deviation of the noise it is seen through", "float", low=0, high=1),
            Setting("tv", 0.03, "weight of the total variation", "float", low=0),
            Setting("alpha", 0.03, "weight of the norm with exponent 6", "float", low=0),
            BATCH,
            SEED,
        ),
        ("photos", "layers"),
        "Dream",
    ),
    Method(
        "deepdream",
        f"{HERE}.deepdream:deepdream",
        "the photo with more of whatever a layer sees in it, from small to large",
        (
            Setting("octaves", 4, "sizes from small to full", "int", low=1, high=32),
            Setting("scale", 1.4, "how much larger each is than the one before", "float", low=1.01, high=10),
            Setting("steps", 20, "steps at each size", "int", low=0, high=100_000),
            Setting("rate", 1.5 / 255, "how far the mean pixel goes in a step", "float", low=0),
            Setting("shift", 32, "pixels it is shifted by at most", "int", low=0, high=8192),
            SIZE,
            Setting("zoom", 0, "so many frames more, each a little nearer to the middle", "int", low=0, high=10_000),
            BATCH,
            SEED,
        ),
        ("whole photos", "layer", "unit"),
        "Dream",
    ),
    Method(
        "style",
        f"{HERE}.style:style",
        "what a photo shows, painted as other pictures are",
        (
            MIX,
            Setting("content_layers", None, "layers that say what it shows, with commas between them", "text"),
            Setting("style_weight", 30.0, "weight of the style", "float", low=0),
            Setting("content_weight", 1.0, "weight of what it shows", "float", low=0),
            VARIATION,
            Setting("keep_colour", False, "paint the brightness alone", "bool"),
            Setting("start", "photo", "what the picture begins as", "choice", choices=("photo", "noise")),
            PAINTED_BY,
            PAINTED_IN,
            SIZE,
            SEED,
        ),
        ("whole photos", "styles", "layers"),
        "Styled",
    ),
    Method(
        "texture",
        f"{HERE}.texture:texture",
        "how pictures are painted, of nothing",
        (MIX, VARIATION, PAINTED_BY, PAINTED_IN, SIZE, SEED),
        ("paintings", "layers"),
        "Styled",
    ),
)
