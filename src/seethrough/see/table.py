"""What `see` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network: photos, a class, a unit or score in its place, a layer.
`makes` is the kind of result.
"""

from seethrough.tables import Method, Setting, Table

# What a gradient can be taken of: the class, on its logit or its probability, or a unit or score in its place.
ANY_GOAL = ("photos", "class", "unit", "score", "on")
HERE = "seethrough.see"

LAYER = ("layer",)
BATCH = Setting("batch", 16, "pictures a pass: more takes more memory, and changes no number", "int", low=1, high=512)
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)


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
        Setting("block", 32, "side of the block in pixels", "int", low=1),
        Setting("stride", 8, "pixels from one position to the next", "int", low=1),
        _fill("fill", "zero", "what the block is filled with"),
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
)
