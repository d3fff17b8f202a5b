"""What `see` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network: photos, a class, a unit or score in its place, a layer.
`makes` is the kind of result.
"""

from seethrough.tables import Method, Setting, Table

# What a gradient can be taken of: the class, on its logit or its probability, or a unit or score in its place.
ANY_GOAL = ("photos", "class", "unit", "score", "on")
HERE = "seethrough.see"

LAYER = ("layer",)
BATCH = Setting("batch", None, "pictures a pass; what was measured to be quickest, unless told", "int", low=1, high=512)
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)

# The methods that are compared when none are named: every way of looking that takes seconds.
QUICK = (
    "gradient,gradient-x-input,smooth-grad,integrated-gradients,deconvnet,guided-backprop,guided-grad-cam,"
    "cam,grad-cam,grad-cam-pp,layer-cam,occlusion"
)


def _fill(name: str, default: str, says: str) -> Setting:
    return Setting(name, default, says, "choice", choices=("zero", "grey", "mean", "blur"))


def _heatmap(name: str, says: str, *settings: Setting, needs: tuple[str, ...] = ANY_GOAL) -> Method:
    return Method(name, f"{HERE}.{name}:{name}", says, settings, needs, "Heatmap")


TABLE = Table(
    _heatmap("gradient", "which pixels the score is most sensitive to: the size of its gradient"),
    _heatmap("gradient_x_input", "what each pixel adds to the score: gradient times pixel"),
    _heatmap(
        "smooth_grad",
        "the gradient averaged over noisy copies: less speckle",
        Setting("samples", 50, "noisy copies", "int", low=1, high=10_000),
        Setting(
            "noise", 0.15, "standard deviation of the noise, as a share of the image's range", "float", low=0, high=1
        ),
        BATCH,
        SEED,
    ),
    _heatmap(
        "integrated_gradients",
        "what each pixel adds on the way from nothing to the photo; adds up to the score",
        Setting("steps", 50, "points on the way", "int", low=1, high=10_000),
        _fill("baseline", "zero", "what stands for nothing"),
        BATCH,
    ),
    _heatmap("guided_backprop", "the gradient by paths that are active and wanted: sharp outlines of what excites"),
    _heatmap("deconvnet", "the signal run backwards through the network: what would excite it"),
    Method(
        "backprop_compare",
        f"{HERE}.backprop_compare:backprop_compare",
        "the three ways back through a ReLU side by side: gradient, deconvnet, guided",
        (),
        ANY_GOAL,
        "Comparison",
    ),
    _heatmap(
        "cam",
        "the class's weights laid over the last maps (networks ending in pooling + linear)",
        needs=("photos", "class"),
    ),
    _heatmap(
        "cam_sheet",
        "CAM of each photo's likeliest classes in one sheet",
        Setting("top", 5, "how many guesses", "int", low=1, high=100),
        needs=("photos",),
    ),
    _heatmap("grad_cam", "where in a layer's maps the evidence for the class lies", needs=ANY_GOAL + LAYER),
    _heatmap("grad_cam_pp", "Grad-CAM++: also where a class appears more than once", needs=ANY_GOAL + LAYER),
    _heatmap("layer_cam", "LayerCAM: Grad-CAM place by place, fine enough for early layers", needs=ANY_GOAL + LAYER),
    _heatmap(
        "score_cam",
        "maps weighted by the score of the photo seen through them: no gradient",
        BATCH,
        needs=("photos", "class", "layer"),
    ),
    _heatmap(
        "guided_grad_cam", "guided backprop where Grad-CAM is warm: fine outlines of one class", needs=ANY_GOAL + LAYER
    ),
    _heatmap(
        "occlusion",
        "the score as a function of where a block covers the photo",
        Setting("block", None, "side of the block in pixels; a seventh of the image's if not given", "int", low=1),
        Setting(
            "stride", None, "pixels from one position to the next; a quarter of the block if not given", "int", low=1
        ),
        _fill("fill", "zero", "what the block is filled with"),
        Setting(
            "tolerance",
            0.0,
            "changes inside that are dropped, as a share of the largest value there",
            "float",
            low=0,
            high=1,
        ),
        BATCH,
    ),
    _heatmap(
        "rise",
        "the mean of random masks, weighted by the score of what they leave",
        Setting("masks", 1000, "random masks", "int", low=1, high=100_000),
        Setting("cells", 7, "cells a side of a mask before it is smoothed", "int", low=1, high=64),
        Setting("keep", 0.5, "share of cells that a mask leaves", "float", low=0.01, high=0.99),
        BATCH,
        SEED,
    ),
    Method(
        "compare",
        f"{HERE}.compare:compare",
        "many methods' maps in one sheet, each with its deletion and insertion areas",
        (
            Setting("methods", QUICK, "which methods, with commas between them", "text"),
            Setting("steps", 16, "parts in which the pixels go and come back", "int", low=1, high=1000),
            _fill("deleted", "zero", "what deleted pixels become"),
            _fill("inserted", "blur", "what pixels are inserted into"),
            BATCH,
        ),
        ("photos", "class"),
        "Comparison",
    ),
    Method(
        "deletion_insertion",
        f"{HERE}.deletion_insertion:deletion_insertion",
        "is the map right: the score as its hottest pixels go, and as they come back",
        (
            Setting("steps", 32, "parts in which the pixels go and come back", "int", low=1, high=1000),
            _fill("deleted", "zero", "what deleted pixels become"),
            _fill("inserted", "blur", "what pixels are inserted into"),
            BATCH,
        ),
        ("photos", "heatmap", "on"),
        "Curves",
    ),
    Method(
        "agreement",
        f"{HERE}.agreement:agreement",
        "does the map mark what a person marked: a box or points",
        (
            Setting(
                "share",
                None,
                "how much of the map is its hottest part; as much as the box if not given",
                "float",
                low=0,
                high=1,
            ),
        ),
        ("photos", "heatmap", "region"),
        "Agreement",
    ),
    Method(
        "sanity_check",
        f"{HERE}.sanity_check:sanity_check",
        "does the map change when the network's layers are made random, from the top down",
        (
            Setting("method", "grad_cam", "the method that makes the maps", "text"),
            Setting("stages", 8, "steps from the last layer randomised to all of them", "int", low=1, high=1000),
            SEED,
        ),
        ("photos", "class"),
        "Sanity",
    ),
    Method(
        "mask",
        f"{HERE}.mask:mask",
        "cut the object out: GrabCut seeded by a heat map",
        (
            Setting("method", "grad_cam", "the method that makes the map", "text"),
            Setting("foreground", 0.95, "pixels above this share of the map are surely object", "float", low=0, high=1),
            Setting("background", 0.3, "pixels below this share of the map are surely not", "float", low=0, high=1),
            Setting("rounds", 5, "rounds of GrabCut", "int", low=1, high=100),
        ),
        ("photos", "class"),
        "Mask",
    ),
    Method(
        "feature_maps",
        f"{HERE}.feature_maps:feature_maps",
        "what the units of a layer make of the photo, each map stretched on its own",
        (
            Setting("units", None, "which units, with commas between them", "text"),
            Setting(
                "pick", "first", "how to pick them otherwise", "choice", choices=("first", "strongest", "interesting")
            ),
            Setting("count", 16, "how many", "int", low=1, high=256),
        ),
        ("photos", "layer"),
        "FeatureMaps",
    ),
    Method(
        "layers_strip",
        f"{HERE}.layers_strip:layers_strip",
        "five early, five middle and five late feature maps in one sheet",
        (
            Setting("layers", None, "which layers, with commas between them", "text"),
            Setting(
                "pick", "interesting", "how to pick the maps", "choice", choices=("first", "strongest", "interesting")
            ),
            Setting("count", 5, "maps a layer", "int", low=1, high=16),
        ),
        ("photos",),
        "LayersStrip",
    ),
    Method(
        "filters",
        f"{HERE}.filters:filters",
        "a layer's filters, each stretched on its own; the first layer's in colour",
        (Setting("most", 64, "how many to show", "int", low=1, high=1024),),
        ("layer",),
        "Filters",
    ),
    Method(
        "first_layers",
        f"{HERE}.first_layers:first_layers",
        "the first layer's filters of several networks side by side",
        (Setting("most", 64, "how many of each to show", "int", low=1, high=1024),),
        ("networks",),
        "FirstLayers",
    ),
)
