"""What the parts work on: MNIST where it is, scikit-learn's digits where it is not, and the networks beside one another."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough import datasets, load
from seethrough.datasets import Dataset
from seethrough.errors import UserError
from seethrough.labs.desk import Desk
from seethrough.networks.network import Network

DIGITS = tuple("0123456789")
AT_ONCE = 500
"""Pictures of 28 x 28 that are read in one pass."""
PLAIN, ROBUST = "mnist-cnn", "mnist-cnn-robust"


@dataclass(frozen=True)
class Material:
    """The pictures to learn from, and those to test on; whether they stand in for MNIST."""

    train: Dataset
    test: Dataset
    stands_in: bool

    @property
    def name(self) -> str:
        """Return what the pictures are called on the page."""
        return "scikit-learn's digits" if self.stands_in else "MNIST"

    @property
    def in_title(self) -> str:
        """Return what a title adds where these are not the pictures that were asked for."""
        return " (on scikit-learn's digits, in place of MNIST)" if self.stands_in else ""

    @property
    def said(self) -> str:
        """Say which pictures these are."""
        count = f"{len(self.train):,} to learn from, {len(self.test):,} to test on"
        if not self.stands_in:
            return f"The pictures: MNIST, {count}."
        return (
            "The pictures: MNIST is not here, so the handwritten digits that come with scikit-learn stand in for it "
            f"({count}). "
            "They have 8 x 8 pixels, and were enlarged to 20 x 20 in the middle of 28 x 28, as MNIST's digits lie."
        )


@dataclass(frozen=True)
class Examples:
    """Some test pictures: where they stand in the test part, their pixels [N, 1, 28, 28] in [0, 1], what they show [N]."""

    places: tuple[int, ...]
    pixels: Tensor
    labels: Tensor

    @property
    def names(self) -> list[str]:
        """Return what they show, in words."""
        return [DIGITS[label] for label in self.labels.tolist()]


def material(desk: Desk) -> Material:
    """Return the pictures at hand, or say why this network cannot read them."""
    network = desk.network
    if (network.channels, *network.size) != (1, 28, 28) or tuple(network.labels.names) != DIGITS:
        raise UserError(
            f"network {network.name!r} takes {network.channels} x {network.size[0]} x {network.size[1]} pixels and "
            "knows "
            f"{len(network.labels.names)} classes; this document needs one that reads the ten digits in 1 x 28 x 28 "
            "pixels"
        )
    try:
        train, test = (datasets.load("mnist", part, root=desk.root) for part in ("train", "test"))
    except UserError:
        return Material(datasets.load("digits"), datasets.load("digits", "test"), stands_in=True)
    return Material(train, test, stands_in=False)


def drawn(data: Dataset, count: int, seed: int) -> Examples:
    """Draw pictures by chance."""
    return examples(data, torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:count].tolist())


def ten(data: Dataset, network: Network, seed: int) -> Examples:
    """Draw one picture of every digit, among those that the network reads rightly."""
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:2000]
    right = readings(network, pixels_of(data, order)).argmax(1) == data.labels[order]
    places = [next(iter(order[right & (data.labels[order] == digit)].tolist()), -1) for digit in range(len(DIGITS))]
    if -1 in places:
        raise UserError(
            f"network {network.name!r} reads no {places.index(-1)} rightly: it was trained on something else"
        )
    return examples(data, places)


def examples(data: Dataset, places: Sequence[int]) -> Examples:
    """Return the pictures at some places."""
    return Examples(tuple(places), pixels_of(data, torch.tensor(places)), data.labels[torch.tensor(places)])


def pixels_of(data: Dataset, places: Tensor | slice) -> Tensor:
    """Return pixels in [0, 1]."""
    assert data.pixels is not None
    return data.pixels[places].float() / 255


def readings(network: Network, pixels: Tensor) -> Tensor:
    """Return the probabilities [N, 10]."""
    with torch.inference_mode(False), torch.no_grad():
        return torch.cat([network(part).softmax(1) for part in torch.split(pixels, AT_ONCE)])


def judge_of(desk: Desk) -> Network:
    """Return a bundled network other than that of the page: the hardened one where it can be."""
    return load(PLAIN if desk.network.name == ROBUST else ROBUST)


def pair(desk: Desk) -> tuple[Network, Network]:
    """Return a plain network and the hardened one, one of them that of the page."""
    return (load(PLAIN), desk.network) if desk.network.name == ROBUST else (desk.network, load(ROBUST))


def code(desk: Desk, here: Material, *lines: str, uses: str = "", part: str = "test") -> str:
    """Return Python that brings the network as `network` and the pictures as `data`, and then does these lines."""
    return desk.python(f"data = {loading(desk, here, part)}", *lines, uses=f"datasets, {uses}" if uses else "datasets")


def loading(desk: Desk, here: Material, part: str) -> str:
    """Return the Python that loads a part of the pictures."""
    root = "" if here.stands_in or desk.data is None else f", root={str(desk.data)!r}"
    return f'datasets.load("{"digits" if here.stands_in else "mnist"}", "{part}"{root})'


def picked(chosen: Examples) -> str:
    """Return the Python that picks some pictures of `data` as `pixels`."""
    return f"pixels = data.pixels[{list(chosen.places)}] / 255"


def seeded(desk: Desk) -> str:
    """Return the argument that repeats this run's seed, if it is not the usual one."""
    return f", seed={desk.seed}" if desk.seed else ""
