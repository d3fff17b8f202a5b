"""What `study` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network. `makes` is the kind of result.
"""

from seethrough.tables import Method, Setting, Table
from seethrough.train.table import TABLE as TRAIN

HERE = "seethrough.study"

BATCH = Setting("batch", 16, "pictures a pass: more takes more memory, and changes no number", "int", low=1, high=512)
FIT = TRAIN["fit"].settings
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)

FINETUNE = (
    "validation",
    "optimiser",
    "rate",
    "momentum",
    "decay",
    "schedule",
    "smoothing",
    "augment",
    "mix",
    "precision",
)
"""What it shares with training from scratch."""

TABLE = Table(
    Method(
        "features",
        f"{HERE}.features:features",
        "what a layer makes of every picture, as numbers; streamed to disk if asked",
        (
            Setting("pool", True, "average maps over all their places", "bool"),
            Setting("regions", None, "local descriptors of a grid of regions, such as 3x3", "text"),
            Setting("normalise", False, "make every row 1 long (L2)", "bool"),
            Setting("half", False, "keep 16 bits of each number", "bool"),
            Setting("folder", None, "a folder to write to as it goes, and to go on from", "text"),
            BATCH,
        ),
        ("data", "layer"),
        "Features",
    ),
    Method(
        "probe",
        f"{HERE}.probe:probe",
        "how well a linear classifier tells the classes apart by a layer's features",
        (
            Setting("kind", "softmax", "the classifier", "choice", choices=("softmax", "svm")),
            Setting("strength", None, "of the L2 penalty; chosen on held-back pictures if not given", "float", low=0),
            Setting("normalise", True, "make every row 1 long first (L2)", "bool"),
            Setting("validation", 0.2, "the share held back to choose the strength by", "float", low=0, high=1),
            SEED,
            BATCH,
        ),
        ("parts", "layer"),
        "Probe",
    ),
    Method(
        "finetune",
        f"{HERE}.finetune:finetune",
        "teach a trained network other classes: the first layers stay, the rest learns",
        (
            *(one for one in FIT if one.name in FINETUNE),
            Setting("epochs", 5, "how often every picture is learned from", "int", low=1, high=100_000),
            Setting("batch", 32, "pictures a step", "int", low=2, high=65_536),
            SEED,
        ),
        ("parts", "layer", "run"),
        "Training",
    ),
    Method(
        "neighbors",
        f"{HERE}.neighbors:neighbors",
        "the nearest pictures, by their pixels and by a layer's features",
        (
            Setting("count", 8, "neighbours of each picture", "int", low=1, high=100),
            Setting("metric", "cosine", "how features are compared", "choice", choices=("cosine", "l2")),
            SEED,
            BATCH,
        ),
        ("data", "queries", "layer"),
        "Neighbors",
    ),
    Method(
        "map",
        f"{HERE}.map:map",
        "a data set laid out in the plane by a layer's features: points by class, and the pictures on a grid",
        (
            Setting("how", "tsne", "t-SNE, or the first two principal components", "choice", choices=("tsne", "pca")),
            Setting("perplexity", 30.0, "about how many neighbours count for a picture", "float", low=1),
            SEED,
            BATCH,
        ),
        ("data", "layer"),
        "Landscape",
    ),
    Method(
        "patches",
        f"{HERE}.patches:patches",
        "the patches of a data set that excite units most, cut out at their receptive fields",
        (
            Setting(
                "units", None, "units and layers with commas between: blocks.2.1:0-15,bn2; all of three layers", "text"
            ),
            Setting("top", 9, "patches a unit", "int", low=1, high=100),
            Setting("guided", False, "guided backprop of each patch beside it", "bool"),
            BATCH,
        ),
        ("data",),
        "Patches",
    ),
    Method(
        "invariance",
        f"{HERE}.invariance:invariance",
        "how much of what features do is the doing of position, scale, light, colour or background",
        (
            Setting(
                "factors", "position,scale,brightness", "the changes: also rotation,contrast,colour,background", "text"
            ),
            Setting("levels", 5, "values of each factor; all combinations are passed through", "int", low=2, high=64),
            Setting("layers", None, "which layers, with commas between them; five of all depths if not given", "text"),
            Setting("cells", 7, "maps are averaged down to so many cells a side; 0 takes them whole", "int", low=0),
            SEED,
            BATCH,
        ),
        ("networks", "objects"),
        "Invariance",
    ),
    Method(
        "equivariance",
        f"{HERE}.equivariance:equivariance",
        "the linear map from features of a picture to those of its mirror image or enlargement, and its error by depth",
        (
            Setting("changes", "mirror,flip,scale", "the changes: also rotate90,rotate180", "text"),
            Setting("layers", None, "which layers, with commas between them; six of all depths if not given", "text"),
            Setting("count", 300, "pictures, drawn at random; a fifth of them are for testing", "int", low=5),
            SEED,
            BATCH,
        ),
        ("data",),
        "Equivariance",
    ),
    Method(
        "rank",
        f"{HERE}.rank:rank",
        "which units tell two classes apart, and their mean over each",
        (BATCH,),
        ("data", "two classes", "layer"),
        "Ranking",
    ),
)
