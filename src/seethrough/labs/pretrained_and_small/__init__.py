"""The lab on a pretrained network and small ones: top classes, feature maps, transfer, CIFAR-10, fooling and how it lasts."""

from seethrough.labs.desk import Desk
from seethrough.labs.document import Document, Part
from seethrough.labs.pretrained_and_small.better import better_network
from seethrough.labs.pretrained_and_small.fooling import fooling
from seethrough.labs.pretrained_and_small.lasting import lasting
from seethrough.labs.pretrained_and_small.material import cifar10, peppers, pets
from seethrough.labs.pretrained_and_small.pretrained import feature_maps, top_three
from seethrough.labs.pretrained_and_small.small import batch_norm, small_cnn
from seethrough.labs.pretrained_and_small.transfer import transfer


def subtitle(desk: Desk) -> str:
    """Say what this run is about, and what was not at hand."""
    there = {
        "the photo of peppers": peppers(desk.root) is not None,
        "the Oxford pets": pets(desk) is not None,
        "CIFAR-10": cifar10(desk.root) is not None,
    }
    missing = [name for name, found in there.items() if not found]
    found = [name for name, found in there.items() if found]
    said = f"{desk.network.name}, and three networks for CIFAR-10"
    if found:
        said += f", on {', '.join(found)}"
    return (
        f"{said}. Not at hand: {', '.join(missing)}; what stands in is said where it does." if missing else f"{said}."
    )


DOCUMENT = Document(
    "pretrained-and-small",
    "Pretrained and small networks: using, training and fooling them",
    subtitle,
    (
        Part("top-3", "a pretrained network on peppers", top_three),
        Part("feature-maps", "feature maps", feature_maps),
        Part("transfer", "transfer learning", transfer),
        Part("small-cnn", "a small CNN on CIFAR-10", small_cnn),
        Part("batch-norm", "the same with batch normalisation", batch_norm),
        Part("better", "a better network", better_network),
        Part("fooling", "fooling the network", fooling),
        Part("lasting", "whether it lasts", lasting),
    ),
    ("efficientnet-lite0",),
)
