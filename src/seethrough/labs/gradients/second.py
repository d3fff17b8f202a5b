"""The second network of questions 4 and 11: the sheet's VGG16 where it can be had, or else a bundled one."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from seethrough import load
from seethrough.errors import UserError
from seethrough.labs.desk import Desk
from seethrough.labs.shown import SHOWN
from seethrough.networks.names import DEFAULT
from seethrough.networks.network import Network

VGG, SMALL = "torchvision:vgg16", "cifar10-best"


def at_second(desk: Desk) -> tuple[Desk, str]:
    """Return the desk with the second network in place of the first, and what to say of the choice."""
    bundled = DEFAULT if desk.network.name != DEFAULT else SMALL
    why = ""
    if desk.quick:
        why = "A quick run downloads nothing: the second network is a bundled one."
    else:
        try:
            return replace(
                desk, network=load(VGG), words=f"--net {VGG}"
            ), "The second network is the sheet's own, VGG16."
        except UserError as missing:
            why = f"The sheet's VGG16 could not be had here ({missing})."
    network = load(bundled)
    of = (
        "which knows the same 1,000 classes"
        if network.labels.names == desk.network.labels.names
        else f"which sees {network.size[0]} x {network.size[1]} pixels and knows {len(network.labels)} classes"
    )
    words = "" if bundled == DEFAULT else f"--net {bundled}"
    return replace(desk, network=network, words=words), f"{why} In its place stands {bundled}, {of}."


def classes_shown(network: Network, names: Sequence[str], pixels: Tensor) -> list[int]:
    """Return the class of what each photo shows: of the right ones the likeliest; where none is known, the network's guess."""
    with torch.no_grad():
        scores = network(pixels)
    found = []
    for name, row in zip(names, scores, strict=True):
        right = [network.labels.names.index(label) for label in SHOWN[name].labels if label in network.labels.names]
        found.append(max(right, key=lambda index: float(row[index])) if right else int(row.argmax()))
    return found
