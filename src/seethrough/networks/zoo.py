"""From a name to a network."""

from pathlib import Path
from typing import Protocol

import torch

from seethrough.errors import UserError
from seethrough.networks.from_alexnet import load_alexnet_caffe
from seethrough.networks.from_card import load_from_bundle, load_from_folder
from seethrough.networks.from_efficientnet import load_bundled
from seethrough.networks.from_python import load_python
from seethrough.networks.from_timm import load_timm
from seethrough.networks.from_torchvision import load_torchvision
from seethrough.networks.names import BUNDLED, DEFAULT, FOLDER, check_name
from seethrough.networks.network import Network


class Loader(Protocol):
    """Builds the network of a name, of which `rest` is what follows the family's colon."""

    def __call__(self, name: str, rest: str, weights: Path | None) -> Network:
        """Return the network."""
        ...


FAMILIES: dict[str, Loader] = {
    DEFAULT: load_bundled,
    **dict.fromkeys(BUNDLED, load_from_bundle),
    FOLDER: load_from_folder,
    "alexnet-caffe": load_alexnet_caffe,
    "torchvision": load_torchvision,
    "timm": load_timm,
    "python": load_python,
}


PRECISIONS = ("float32", "bfloat16")


def load(
    name: str = DEFAULT,
    *,
    weights: str | Path | None = None,
    device: str | None = None,
    trust: bool = False,
    precision: str = "float32",
    compiled: bool = False,
) -> Network:
    """Return the network of that name (`seethrough nets` lists them), ready to look into.

    `weights` is a local .safetensors or .pth for the architecture; `device` is a CUDA device where there is one, else the
    CPU; `trust` allows a name that runs code of its own (python:package.module:factory).

    With `precision` bfloat16 slopes and maps are computed in numbers of half the size; `classify`, and what attacks are held
    to, stay in single ones. With `compiled` passes to the end go through torch.compile. Both pay on some machines alone:
    `seethrough tune` tells.

    >>> load().name
    'efficientnet-lite0'
    """
    family, rest = check_name(name)
    if family == "python" and not trust:
        raise UserError(f"network {name!r} runs code of its own; if you trust it, say trust=True (--trust)")
    if precision not in PRECISIONS:
        raise UserError(f"precision is {precision!r}; it takes {' | '.join(PRECISIONS)}")
    place = device_named(device)
    # An architecture draws first weights, soon overwritten, from the global random state, which is not ours to move.
    with torch.random.fork_rng(devices=[]):
        network = FAMILIES[family](name, rest, Path(weights) if weights is not None else None)
    network.module.to(place).eval()
    network.precision, network.compiled = precision, compiled
    return network


def device_named(wanted: str | None) -> torch.device:
    """Return the device that was asked for, else a CUDA device where there is one, else the CPU."""
    if wanted is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=wanted)
        return torch.device(wanted)
    except (RuntimeError, AssertionError, NotImplementedError) as failure:
        there = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
        raise UserError(f"device {wanted!r} is not to be had here; there is: {', '.join(there)}") from failure
