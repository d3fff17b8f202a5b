"""The historic AlexNet, from its historic file."""

from pathlib import Path

from seethrough.errors import UserError
from seethrough.networks.alexnet_caffe import MEAN, SIZE, STD, alexnet_from_arrays
from seethrough.networks.labels import imagenet
from seethrough.networks.network import Network
from seethrough.networks.weights import read_array_pickle


def load_alexnet_caffe(name: str, rest: str, weights: Path | None) -> Network:
    """Return Caffe's AlexNet with the weights of a bvlc_alexnet.npy, read by an unpickler that admits arrays alone."""
    if weights is None:
        raise UserError(
            f"{name} needs --weights FILE: the bvlc_alexnet.npy that courses hand out (244 MB, not bundled)"
        )
    module = alexnet_from_arrays(read_array_pickle(weights))
    labels = imagenet() if len(module.state_dict()["fc8.bias"]) == 1000 else None
    return Network(
        module, name=name, size=SIZE, mean=MEAN, std=STD, resize=256, interpolation="bilinear", labels=labels
    )
