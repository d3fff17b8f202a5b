"""What `train` can do: one row a method. Imports no torch.

`needs` says what a method takes: "own network" where it makes or reads its own. `makes` is the kind of result.
"""

from seethrough.tables import Method, Setting, Table

HERE = "seethrough.train"

TABLE = Table(
    Method(
        "fit",
        f"{HERE}.fit:fit",
        "train a network on a data set, from scratch or from pretrained weights",
        (
            Setting("arch", "digits-cnn", "what to train: a network of ours, torchvision:ARCH or timm:ARCH", "text"),
            Setting("pretrained", False, "begin with the pretrained weights of --arch, and a new last layer", "bool"),
            Setting(
                "weights", None, "begin with the weights of a file (.safetensors, .pth), and a new last layer", "text"
            ),
            Setting(
                "size", None, "the side photos are brought to; 64 for photos of many sizes", "int", low=4, high=4096
            ),
            Setting(
                "initial",
                "default",
                "how first weights are drawn",
                "choice",
                choices=("default", "he", "xavier", "orthogonal"),
            ),
            Setting(
                "validation", 0.1, "the share set aside to choose the best epoch on; 0 learns from all", "float", 0, 0.9
            ),
            Setting("epochs", 10, "how often every picture is learned from", "int", low=1, high=100_000),
            Setting("batch", 128, "pictures a step", "int", low=2, high=65_536),
            Setting("optimiser", "adam", "how to go down the slope", "choice", choices=("adam", "sgd")),
            Setting("rate", 0.001, "the largest learning rate", "float", low=0),
            Setting("momentum", 0.9, "how much of the last step goes into the next (sgd)", "float", 0, 0.9999),
            Setting("decay", 0.0005, "how fast weights shrink", "float", low=0),
            Setting(
                "schedule",
                "cycle",
                "the rate: up and down again, half a cosine, or constant",
                "choice",
                choices=("cycle", "cosine", "constant"),
            ),
            Setting("smoothing", 0.0, "how much of the target goes to all classes alike", "float", 0, 0.9),
            Setting("augment", "", "changes drawn anew for every picture: of mirror, crop, cutout, bend", "text"),
            Setting(
                "mix",
                0.0,
                "the share of pictures that get a box of another, and its label by the area (CutMix)",
                "float",
                0,
                1,
            ),
            Setting(
                "against",
                "none",
                "train on attacked pictures: Goodfellow's FGSM, Wong's fast variant, or Madry's PGD",
                "choice",
                choices=("none", "fgsm", "fast", "pgd"),
            ),
            Setting("eps", None, "how far the attack may move a pixel: 0.3, 8/255", "text"),
            Setting("attack_steps", 10, "steps of PGD in training", "int", low=1, high=1000),
            Setting("attack_step", None, "how long such a step is; 2.5 eps / steps if not given", "text"),
            Setting(
                "attacked", 1000, "test pictures to try robustness on, where trained against attacks", "int", low=1
            ),
            Setting(
                "precision",
                "float32",
                "bfloat16 is faster where the CPU has it",
                "choice",
                choices=("float32", "bfloat16"),
            ),
            Setting(
                "store",
                "float32",
                "how to keep the weights, and test them; float8: matrices in 8 bits, the rest in 16",
                "choice",
                choices=("float32", "float16", "float8"),
            ),
            Setting("seed", 0, "where randomness begins", "int", low=0),
        ),
        ("own network", "parts", "run"),
        "Training",
    ),
    Method(
        "compare",
        f"{HERE}.compare:compare",
        "lay trainings side by side: loss by epoch, accuracy, time per epoch",
        (),
        ("own network", "runs"),
        "TrainingComparison",
    ),
)
