"""How the tests of memory call the methods: with little work of each kind, in small passes, on a network of wide maps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from seethrough import dream, fool, see, study
from seethrough.datasets.dataset import Dataset
from seethrough.networks.network import Network
from seethrough.tables import Method, Table
from tests.nets import linear_network, random_photos

SIZE = (36, 48)
CLASSES = 12
AT_ONCE, FEW, MANY = 2, 4, 16
"""Photos that go through together, those of little work, and those of much."""
TABLES: dict[str, Table] = {"see": see.TABLE, "dream": dream.TABLE, "fool": fool.TABLE, "study": study.TABLE}

# The least work of each kind that still takes several passes; a method takes what it has settings for.
LITTLE: dict[str, dict[str, Any]] = {
    "see": {
        "samples": 3,
        "steps": 3,
        "masks": 6,
        "cells": 3,
        "block": 12,
        "stride": 10,
        "batch": AT_ONCE,
        "stages": 2,
        "top": 1,
        "count": 2,
        "methods": "gradient,grad-cam",
    },
    "dream": {
        "recipe": "lucid",  # shows the network one size, where the usual one shows four in turn
        "steps": 3,
        "count": 2,
        "units": "0-3",
        "rows": "rate=0.02,0.05",
        "columns": "noise=0,0.1",
        "octaves": 2,
        "shift": 4,
        "batch": AT_ONCE,
    },
    "fool": {
        "steps": 3,
        "searches": 2,
        "restarts": 2,
        "candidates": 3,
        "points": 5,
        "attacks": "fgsm,ddn",
        "batch": AT_ONCE,
    },
    "study": {
        "count": 10,
        "how": "pca",
        "strength": 0.001,
        "top": 2,
        "levels": 2,
        "factors": "position",
        "cells": 0,
        "epochs": 1,
        "batch": AT_ONCE,
    },
}


@dataclass(frozen=True)
class Call:
    """A call that is ready to be made, and the photos that are given to it."""

    make: Callable[[], Any]
    given: Any


def wide_network() -> Network:
    """Return a network that holds a hundred times as much as a photo does while one passes through."""

    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.relu1 = nn.Conv2d(1, 24, 3, padding=1), nn.ReLU()
            self.conv2, self.relu2 = nn.Conv2d(24, 32, 3, padding=1), nn.ReLU()
            self.pool = nn.MaxPool2d(2)
            self.conv3, self.relu3 = nn.Conv2d(32, 24, 3, padding=1), nn.ReLU()
            self.head = nn.Linear(24, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            x = self.relu2(self.conv2(self.relu1(self.conv1(x))))
            scores: Tensor = self.head(self.relu3(self.conv3(self.pool(x))).mean((2, 3)))
            return scores

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = Wide().eval()
    network = Network(module, size=SIZE, channels=1, mean=0.45, std=0.25, name="wide")
    assert network.layers and network.labels.names  # what is found but once
    return network


def photos(count: int) -> Tensor:
    """Return grey photos of the network's size."""
    return random_photos(count, 1, size=SIZE)


def pictures(count: int) -> Dataset:
    """Return a data set in memory, of three classes in turn."""
    pixels = (photos(count) * 255).round().to(torch.uint8)
    return Dataset("pictures", ("a", "b", "c"), torch.arange(count) % 3, pixels=pixels)


def method_of(verb: str, name: str) -> Method:
    """Return the row of a method."""
    return TABLES[verb][name]


def call_of(verb: str, method: Method, photographs: int = FEW, **changed: Any) -> Call:
    """Return the call of a method for so many photos, with little work but for what is changed."""
    known = {setting.name for setting in method.settings}
    settings = {name: value for name, value in LITTLE[verb].items() if name in known} | changed
    given, arguments, named = {"see": _see, "dream": _dream, "fool": _fool, "study": _study}[verb](method, photographs)
    return Call(partial(method.load(), *arguments, **named, **settings), given)


# What is given, and the arguments of the call, without and with names.
Given = tuple[Any, list[Any], dict[str, Any]]


def _see(method: Method, count: int) -> Given:
    network, images = wide_network(), photos(count)
    if "networks" in method.needs:
        return (), [[network]], {}
    if "photos" not in method.needs:
        return (), [network], {}
    if "heatmap" not in method.needs:
        return images, [network, images], {}
    heatmap = see.gradient(network, images)
    if "region" in method.needs:
        return heatmap, [heatmap, (10, 10, 30, 40)], {}
    return (images, heatmap), [network, images, heatmap], {}


def _dream(method: Method, count: int) -> Given:
    network, shown = wide_network(), photos(count)
    ways: dict[str, tuple[str, Any]] = {
        "units": ("units", [f"conv3:{place}" for place in range(count)]),
        "dreamt": ("classes", [place % CLASSES for place in range(count)]),
        "one dreamt": ("classes", 1),
        "class": ("classes", 1),
        "one layer": ("layer", "conv3"),
        "folder": ("images", shown),
        "photos": ("images", shown),
        "whole photos": ("images", shown),
        "styles": ("styles", photos(2)),
        "paintings": ("styles", shown),
    }
    named = dict(ways[need] for need in method.needs if need in ways)
    named |= {"layers": "relu2,relu3"} if "layers" in method.needs else {}
    return list(named.values()), [[network, network] if "networks" in method.needs else network], named


def _fool(method: Method, count: int) -> Given:
    linear = method.name in ("templates", "mix")
    network = linear_network(1, SIZE, CLASSES)[0] if linear else wide_network()
    if method.name == "templates":
        return (), [network], {}
    if method.name == "from_noise":
        return (), [network, [place % CLASSES for place in range(count)]], {}
    images = photos(count)
    others = ((network(images).argmax(1) + 1) % CLASSES).tolist()
    return images, [network, images], {"to": others} if "to" in method.needs else {}


def _study(method: Method, count: int) -> Given:
    network, data = wide_network(), pictures(count)
    between = [0, 1] if "two classes" in method.needs else []
    test = [data.part(range(6))] if "parts" in method.needs else []
    return data, [network, data, *test, *between], {}
