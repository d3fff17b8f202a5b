"""The networks one can name, and what each name needs. Imports no torch: it serves listings and shell completion."""

import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from seethrough.errors import unknown

DEFAULT = "efficientnet-lite0"
DEFAULT_ARCH = "tf_efficientnet_lite0"
"""What timm calls its architecture."""
BUNDLED = {
    "mnist-cnn": "two convolutions on MNIST: 10 digits, 28 x 28 pixels",
    "mnist-cnn-bn": "the same with batch norm",
    "mnist-cnn-robust": "the same as mnist-cnn, trained against attacks within 0.3",
    "cifar10-cnn": "three convolutions on CIFAR-10: 10 classes, 32 x 32 pixels",
    "cifar10-cnn-bn": "the same with batch norm",
    "cifar10-best": "our best small network on CIFAR-10, blind to mirrors",
    "cifar10-linear": "softmax regression on CIFAR-10: linear",
}
"""Trained by us, and bundled with their cards."""
FOLDER = "folder"
"""The family of what a training left in a folder; such a network goes by the folder's path."""


@dataclass(frozen=True)
class Net:
    """A network, or a family of them, as one asks for it by name."""

    name: str
    says: str
    needs: str


NETS = (
    Net(DEFAULT, "EfficientNet-Lite0 on ImageNet, 1,000 classes: the default", "nothing: it is bundled"),
    *(Net(name, says, "nothing: it is bundled") for name, says in BUNDLED.items()),
    Net(
        "torchvision:ARCH[:TAG]",
        "any classifier of torchvision, with its own preprocessing",
        "a download, or --weights FILE",
    ),
    Net("timm:ARCH[.TAG]", "any classifier of timm, with its own preprocessing", "a download, or --weights FILE"),
    Net("alexnet-caffe", "the historic AlexNet of Caffe, conv1 to fc8", "--weights bvlc_alexnet.npy"),
    Net("FOLDER", "a network of your own, as `seethrough train` leaves it", "that folder"),
    Net(
        "python:PACKAGE.MODULE:FACTORY",
        "a function of yours that returns a seethrough.Network",
        "--trust: it runs that code",
    ),
)


@functools.cache
def architectures(library: str) -> tuple[str, ...]:
    """Return the architectures of "torchvision" or "timm", read from the sources: importing them takes seconds."""
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None:
        return ()
    registered = re.compile(r"^@register_model(?:\(\))?[ \t]*\n(?:@.*\n)*def (\w+)", re.MULTILINE)
    sources = sorted((Path(spec.origin).parent / "models").glob("*.py"))
    return tuple(sorted(name for source in sources for name in registered.findall(source.read_text(encoding="utf-8"))))


def check_name(name: str) -> tuple[str, str]:
    """Return the family of a name and what follows its colon, or raise with the closest names."""
    if (Path(name).expanduser() / "card.json").is_file():
        return FOLDER, ""
    family, colon, rest = name.partition(":")
    alone = family in (DEFAULT, *BUNDLED, "alexnet-caffe") and not colon
    architecture = rest.partition("." if family == "timm" else ":")[0]
    if (
        alone
        or (family == "python" and rest)
        or (family in ("torchvision", "timm") and architecture in architectures(family))
    ):
        return family, rest
    raise unknown("network", name, names())


def names() -> list[str]:
    """Return every name that `load` understands, but for weight tags and a person's own factories."""
    plain = [net.name for net in NETS if net.name.islower()]
    return plain + [f"{library}:{arch}" for library in ("torchvision", "timm") for arch in architectures(library)]
