"""Networks that were trained before this run: what their cards tell, and what this run measures on them."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seethrough import load
from seethrough.datasets import stream
from seethrough.files import replacing
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.pretrained_and_small.material import cifar10
from seethrough.networks.from_card import BUNDLED, read_card
from seethrough.networks.layers import Layer
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Table
from seethrough.train.begin import INITIALS

QUICK = 300
"""Test pictures in a quick run."""
BATCH = 250
AVERAGES = ("AdaptiveAvgPool2d", "AvgPool2d")


@dataclass(frozen=True)
class Small:
    """A small network, its card, and how it read test pictures in this run: `confusion` [K, K], nothing without pictures."""

    network: Network
    card: Mapping[str, Any]
    confusion: Tensor | None

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.network.name

    @property
    def measured(self) -> int:
        """Count the test pictures of this run."""
        return 0 if self.confusion is None else int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Return the share of test pictures read rightly: of this run, else of the card."""
        if self.confusion is None:
            return float(self.card["test_accuracy"])
        return float(self.confusion.diagonal().sum() / self.confusion.sum())

    @property
    def by_class(self) -> dict[str, float]:
        """Return the same for every class."""
        if self.confusion is None:
            shares = self.card["test_accuracy_by_class"]
        else:
            shares = (self.confusion.diagonal() / self.confusion.sum(1)).tolist()
        return dict(zip(self.card["labels"], shares, strict=True))

    @property
    def losses(self) -> list[float]:
        """Return the training loss of every epoch, from the card."""
        return [float(value) for value in self.card["curves"]["loss"]]

    def setting(self, name: str) -> object:
        """Return a setting of its training; "none" where there is none."""
        found = self.card["recipe"].get(name)
        return "none" if found in (None, "") else found

    def says(self) -> str:
        """Say the accuracy, and where it is from."""
        if self.confusion is None:
            return f"{percent(self.accuracy)} of {self.card['data']['test']:,} test pictures (from its card)"
        return f"{percent(self.accuracy)} of {self.measured:,} test pictures (measured in this run)"


def tested(desk: Desk, name: str) -> Job[Small]:
    """Load a bundled network with its card, and read test pictures with it where there are any."""
    network, card = load(name), read_card(BUNDLED / f"{name}.json")
    data = cifar10(desk.root)
    if data is None or list(data.classes) != list(network.labels.names):
        return Small(network, card, None)
    place = desk.place(f"{name}.confusion.json")
    if place.is_file():
        return Small(network, card, torch.tensor(json.loads(place.read_text(encoding="utf-8"))))
    data = data.part(range(min(QUICK, len(data)))) if desk.quick else data
    classes = len(data.classes)
    counts = torch.zeros(classes, classes, dtype=torch.long)
    for batch in stream(data, network.frame, batch=BATCH):
        with torch.no_grad():
            read = network(batch.images).argmax(1).cpu()
        pairs = data.labels[batch.places] * classes + read
        counts += torch.bincount(pairs, minlength=classes**2).view(classes, classes)
        yield Step(batch.end, len(data))
    with replacing(place) as beside:
        beside.write_text(json.dumps(counts.tolist()), encoding="utf-8")
    return Small(network, card, counts)


def of_the_card(small: Small) -> str:
    """Say that the network was trained before, on what, and by which command."""
    card, data = small.card, small.card["data"]
    against = ""
    if small.confusion is not None:
        against = (
            f" Its accuracy was measured in this run on {small.measured:,} test pictures; its card says "
            f"{percent(card['test_accuracy'])} of {data['test']:,}."
        )
    else:
        against = " CIFAR-10 was not found among the data, so its accuracy, too, is from the card."
    return (
        f"{small.name} comes with the product and was not trained in this run: how it was trained, and its loss, are from its "
        f"card. It learned from {data['learned_from']:,} training pictures of {card['about']}.{against}"
    )


def recipe(smalls: Sequence[Small]) -> Table:
    """Return how networks were trained, side by side, from their cards."""
    names = dict.fromkeys(name for small in smalls for name in small.card["recipe"])
    rows = [(name, *(_said(small.setting(name)) for small in smalls)) for name in names]
    more = (
        ("seconds", *(f"{small.card['seconds']:.0f}" for small in smalls)),
        ("parameters", *(f"{small.card['parameters']:,}" for small in smalls)),
        ("FLOPs an image", *(f"{small.card['flops'] / 1e6:.0f} million" for small in smalls)),
    )
    return Table(("setting", *(small.name for small in smalls)), (*rows, *more), "From the cards.")


def architecture(small: Small) -> Table:
    """Return the layers that have weights, and those that pool."""
    shown = [layer for layer in small.network.layers.values() if layer.parameters or "Pool" in layer.kind]
    rows = tuple(
        (layer.name, layer.kind, _size(layer.shape), f"{layer.parameters:,}", _field(layer, small.network))
        for layer in shown
    )
    return Table(("layer", "kind", "gives", "parameters", "a unit sees"), rows, f"{small.name}, in its order.")


@dataclass(frozen=True)
class Built:
    """What a network is built of, in numbers."""

    convolutions: int
    first_filters: int
    first_side: int
    norms: int
    residual: int
    parameters: int
    field: int
    """Pixels across that a unit of the last convolution can see."""


def built(network: Network) -> Built:
    """Count what a network is built of."""
    layers = list(network.layers.values())
    convolutions = [layer for layer in layers if layer.family == "convolutional"]
    first = network.module.get_submodule(convolutions[0].name)
    weight = first.weight
    assert isinstance(weight, Tensor)
    kinds = Counter(layer.kind for layer in layers)
    field = convolutions[-1].field
    return Built(
        convolutions=len(convolutions),
        first_filters=convolutions[0].units,
        first_side=weight.shape[-1],
        norms=sum(count for kind, count in kinds.items() if "Norm" in kind),
        residual=kinds["Around"],
        parameters=network.totals()["total"]["parameters"],
        field=0 if field is None else field.size[1],
    )


def first_weights(small: Small, weights: Tensor) -> str:
    """Say how the weights began, and how far those of the first layer have come."""
    drawn = str(small.card["recipe"]["first weights"])
    said = f"The weights began {drawn!r}: {INITIALS.get(drawn, 'as the card says')}."
    if drawn != "default":
        return said
    inputs = weights[0].numel()
    began, now = 1 / math.sqrt(3 * inputs), float(weights.std())
    grown = "larger" if now > 1.02 * began else "smaller" if now < 0.98 * began else "as large"
    return (
        f"{said} A filter of the first layer has {inputs} inputs, so its weights began evenly between -{inputs**-0.5:.4f} and "
        f"{inputs**-0.5:.4f}, with a standard deviation of {began:.4f}. Now it is {now:.4f}: {grown}"
        f"{'' if grown == 'as large' else ' than at the start'}."
    )


def _said(value: object) -> str | int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _size(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _field(layer: Layer, network: Network) -> str:
    if layer.field is None or not layer.field.stride[0] or layer.kind in AVERAGES:
        return "all" if layer.family != "convolutional" else "–"
    side = layer.field.size[0]
    return f"{side} x {side}" if side < network.size[0] else f"{side} x {side} (all)"
