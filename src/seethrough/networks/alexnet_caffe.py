"""AlexNet as Caffe trained it, from the arrays of the historic bvlc_alexnet.npy."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.weights import put_weights

SIZE = 227
# Caffe took pixels in 0..255 less the mean colour, so one unit of the network is 1/255 of ours.
MEAN = (123 / 255, 117 / 255, 104 / 255)
STD = (1 / 255, 1 / 255, 1 / 255)


class AlexNetCaffe(nn.Sequential):
    """AlexNet for normalised RGB pixels of 227 x 227 (Krizhevsky et al. 2012; Caffe's bvlc_alexnet: norm before pool).

    >>> AlexNetCaffe()(torch.zeros(1, 3, 227, 227)).shape
    torch.Size([1, 1000])
    """

    def __init__(self, classes: int = 1000) -> None:
        """Name the layers as Caffe does, in the order they run."""
        layers: dict[str, nn.Module] = {
            "conv1": nn.Conv2d(3, 96, 11, stride=4),
            "relu1": nn.ReLU(),
            "norm1": nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1),
            "pool1": nn.MaxPool2d(3, stride=2),
            "conv2": nn.Conv2d(96, 256, 5, padding=2, groups=2),
            "relu2": nn.ReLU(),
            "norm2": nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1),
            "pool2": nn.MaxPool2d(3, stride=2),
            "conv3": nn.Conv2d(256, 384, 3, padding=1),
            "relu3": nn.ReLU(),
            "conv4": nn.Conv2d(384, 384, 3, padding=1, groups=2),
            "relu4": nn.ReLU(),
            "conv5": nn.Conv2d(384, 256, 3, padding=1, groups=2),
            "relu5": nn.ReLU(),
            "pool5": nn.MaxPool2d(3, stride=2),
            "flatten": nn.Flatten(),
            "fc6": nn.Linear(256 * 6 * 6, 4096),
            "relu6": nn.ReLU(),
            "drop6": nn.Dropout(),
            "fc7": nn.Linear(4096, 4096),
            "relu7": nn.ReLU(),
            "drop7": nn.Dropout(),
            "fc8": nn.Linear(4096, classes),
        }
        super().__init__(OrderedDict(layers))


def alexnet_from_arrays(arrays: Mapping[str, Sequence[np.ndarray[Any, Any]]]) -> AlexNetCaffe:
    """Build the network from name -> [weights, bias] as TensorFlow laid them out: H, W, in, out; BGR; fc6 over H, W, C.

    >>> alexnet_from_arrays(read_array_pickle("bvlc_alexnet.npy")).conv1.weight.shape
    torch.Size([96, 3, 11, 11])
    """
    try:
        classes = len(arrays["fc8"][1])
        with torch.device("meta"):  # no random start: it would be overwritten, and move the global random state
            network = AlexNetCaffe(classes)
        state = {
            f"{name}.{kind}": value
            for name, (weight, bias) in arrays.items()
            for kind, value in (("weight", _as_torch(name, weight)), ("bias", torch.tensor(bias)))
        }
    except (KeyError, IndexError, TypeError, ValueError) as wrong:
        line = "arrays are not bvlc_alexnet's; should be conv1..conv5, fc6..fc8 -> [weights as H, W, in, out, bias]"
        raise UserError(line) from wrong
    network.to_empty(device="cpu")
    put_weights(network, state, "the arrays")
    return network.eval()


def _as_torch(name: str, weight: np.ndarray[Any, Any]) -> Tensor:
    """Lay one layer's weights out for torch, reading RGB and C, H, W, so that the module stays plain."""
    if name == "conv1":
        weight = weight[:, :, ::-1]
    if name == "fc6":
        weight = weight.reshape(6, 6, 256, -1).transpose(2, 0, 1, 3).reshape(weight.shape)
    order = (3, 2, 0, 1) if name.startswith("conv") else (1, 0)
    return torch.from_numpy(np.ascontiguousarray(weight.transpose(order)))
