"""What `fool` can do: one row a method. Imports no torch.

`needs` says what a method takes beside the network. `makes` is the kind of result.
"""

from seethrough.tables import Method, Setting, Table

HERE = "seethrough.fool"

BATCH = Setting("batch", None, "images a pass; what was measured to be quickest, unless told", "int", low=1, high=512)
SEED = Setting("seed", 0, "where randomness begins", "int", low=0)

EIGHT_BIT = Setting("eight_bit", False, "settle on what a PNG of 8 bits holds: the file is misread too", "bool")
COMMON = (EIGHT_BIT, BATCH, SEED)
EPS = Setting("eps", None, "how far at most: 4/255 (linf) or 1 (l2) if not given; several, one a photo", "text")
NORM = Setting("norm", "linf", "in what distances are measured", "choice", choices=("linf", "l2"))
SHORTEST = Setting("norm", "l2", "in what distances are measured", "choice", choices=("linf", "l2"))
STEP = Setting("step", None, "how long a step is, such as 1/255; 2.5 eps / steps if not given", "text")
LOSS = Setting("loss", "ce", "what is climbed", "choice", choices=("ce", "margin", "dlr", "logit"))
LOGIT = Setting("loss", "logit", "what is climbed", "choice", choices=("ce", "margin", "dlr", "logit"))
RESTARTS = Setting("restarts", 1, "how often to begin, for what is not misread yet", "int", low=1, high=10_000)
UNTIL = Setting("until", "top", "when an image is done: top, a probability, or never (all steps)", "text")
GOAL = ("photos", "goal", "mask", "full size", "heatmaps")


def steps(default: int) -> Setting:
    """Say how many steps a method takes."""
    return Setting("steps", default, "steps of the loop", "int", low=0, high=100_000)


TABLE = Table(
    Method(
        "toward",
        f"{HERE}.toward:toward",
        "little change: steps of one length until the class wins",
        (
            Setting("step", 0.1, "the length of a step, of pixels from 0 to 1", "float", low=0),
            steps(100),
            LOGIT,
            UNTIL,
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "clip_ascent",
        f"{HERE}.clip_ascent:clip_ascent",
        "up a probability, cut to within eps; and other forms of that wish",
        (
            Setting("on", "probability", "probability, logit or penalised; several with commas between them", "text"),
            Setting("eps", "4/255", "how far each pixel may go; several, one a photo", "text"),
            Setting("rate", None, "the step along the slope, of pixels from 0 to 1", "float", low=0),
            Setting("weight", 1.0, "what the distance costs in the penalised form", "float", low=0),
            steps(100),
            UNTIL,
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "from_noise",
        f"{HERE}.from_noise:from_noise",
        "noise that the network reads as a class, and is sure of",
        (
            Setting("spread", 0.1, "the standard deviation of the noise, of pixels from 0 to 1", "float", low=0),
            Setting("step", 0.5, "the length of a step, of pixels from 0 to 1", "float", low=0),
            steps(200),
            LOGIT,
            Setting("until", "0.99", UNTIL.says, "text"),
            BATCH,
            SEED,
        ),
        ("dreamt",),
        "Fooling",
    ),
    Method(
        "lookalike",
        f"{HERE}.lookalike:lookalike",
        "looks like the photo, and is read as another class",
        (
            Setting("beta", None, "how much likeness counts; searched for if not given", "float", low=0),
            Setting("sure", 0.9, "the probability that the class is to have", "float", low=0, high=1),
            Setting("spread", 0.1, "the standard deviation of the noise it begins as", "float", low=0),
            Setting("rate", 0.03, "the rate of Adam", "float", low=0),
            steps(150),
            Setting("searches", 5, "how many betas are tried", "int", low=1, high=100),
            *COMMON,
        ),
        ("photos", "to", "heatmaps"),
        "Fooling",
    ),
    Method(
        "noise_for_class",
        f"{HERE}.noise_for_class:noise_for_class",
        "one noise a class, learned on one photo and tried on others",
        (
            Setting("eps", "0.3", "how far each pixel may move", "text"),
            Setting("step", "1/255", "the standard deviation of a step, of pixels from 0 to 1", "text"),
            steps(200),
            Setting("until", "0.99", UNTIL.says, "text"),
            BATCH,
            SEED,
        ),
        ("photos together", "class", "to some", "learn on"),
        "ClassNoise",
    ),
    Method(
        "fgsm",
        f"{HERE}.fgsm:fgsm",
        "one step as far as is allowed",
        (EPS, NORM, LOSS, *COMMON),
        GOAL,
        "Fooling",
    ),
    Method(
        "ifgsm",
        f"{HERE}.ifgsm:ifgsm",
        "small steps of the sign, from the photo",
        (EPS, NORM, steps(10), STEP, LOSS, UNTIL, *COMMON),
        GOAL,
        "Fooling",
    ),
    Method(
        "pgd",
        f"{HERE}.pgd:pgd",
        "many steps from random starts, each brought back to where it may be",
        (
            EPS,
            NORM,
            steps(40),
            STEP,
            RESTARTS,
            Setting("random_start", True, "begin anywhere in reach, not at the photo", "bool"),
            LOSS,
            UNTIL,
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "apgd",
        f"{HERE}.apgd:apgd",
        "as PGD, and finds its own step",
        (EPS, NORM, steps(100), RESTARTS, LOSS, *COMMON),
        GOAL,
        "Fooling",
    ),
    Method(
        "deepfool",
        f"{HERE}.deepfool:deepfool",
        "to the nearest boundary, as if the network were linear",
        (
            SHORTEST,
            steps(50),
            Setting("overshoot", 0.02, "how far to go on, as a share of the way", "float", low=0),
            Setting("candidates", 10, "the boundaries of how many classes are looked at", "int", low=2, high=1000),
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "ddn",
        f"{HERE}.ddn:ddn",
        "the nearest misread image: on a sphere that shrinks and grows",
        (
            steps(100),
            Setting("first", 1.0, "the radius of the sphere to begin with", "float", low=0),
            Setting("gamma", 0.05, "by how much it shrinks and grows", "float", low=0, high=1),
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "fmn",
        f"{HERE}.fmn:fmn",
        "the nearest misread image, in either norm: in a ball that closes in",
        (
            SHORTEST,
            steps(100),
            Setting("step", 0.3, "the length of the first step", "float", low=0),
            Setting("afar", 0.4, "the share of the steps that come first, from afar", "float", low=0, high=1),
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "carlini_wagner",
        f"{HERE}.carlini_wagner:carlini_wagner",
        "the nearest misread image: distance weighed against the margin",
        (
            steps(100),
            Setting("searches", 9, "how many weights are tried", "int", low=1, high=100),
            Setting("rate", 0.01, "the rate of Adam", "float", low=0),
            Setting("first", 0.001, "the weight to begin with", "float", low=0),
            Setting("kappa", 0.0, "how far past the boundary, in scores", "float", low=0),
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "lbfgs",
        f"{HERE}.lbfgs:lbfgs",
        "the first attack of all: distance weighed against the probability",
        (
            steps(50),
            Setting("searches", 6, "how many weights are tried", "int", low=1, high=100),
            Setting("first", 0.1, "the weight to begin with", "float", low=0),
            *COMMON,
        ),
        GOAL,
        "Fooling",
    ),
    Method(
        "survival",
        f"{HERE}.survival:survival",
        "does it last: misleading pictures mirrored, cropped, turned, grey, compressed, blurred",
        (BATCH,),
        ("photos", "truth", "box"),
        "Survival",
    ),
    Method(
        "curve",
        f"{HERE}.curve:curve",
        "how many photos are still read rightly, the farther each attack may go",
        (
            Setting("attacks", "fgsm,pgd", "names of attacks, with commas between them", "text"),
            Setting("eps", "0,1/255,2/255,4/255,8/255", "how far they may go, with commas between them", "text"),
            NORM,
            Setting("steps", None, "steps of the attacks that take them; their own if not given", "int", low=1),
            BATCH,
            SEED,
        ),
        ("folder", "truth"),
        "RobustCurve",
    ),
    Method(
        "linearity",
        f"{HERE}.linearity:linearity",
        "how straight all scores run along the sign of the gradient",
        (
            Setting("eps", "4/255", "how far to either side", "text"),
            Setting("points", 41, "places along the way", "int", low=3, high=10_001),
            Setting("top", 4, "classes that are named", "int", low=1, high=8),
            BATCH,
        ),
        ("photos", "class"),
        "Linearity",
    ),
    Method(
        "templates",
        f"{HERE}.templates:templates",
        "what a linear network compares a picture with, one picture a class",
        (),
        (),
        "Templates",
    ),
    Method(
        "mix",
        f"{HERE}.mix:mix",
        "a little of another class's template in a photo, against a linear network",
        (Setting("share", None, "how much of it; the least that does if not given", "float", low=0),),
        ("photos", "to"),
        "Mixed",
    ),
)
