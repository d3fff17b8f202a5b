"""What is measured of pictures and filters, so that an answer need not be a matter of taste."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seethrough.datasets import Dataset
from seethrough.labs.digits.material import DIGITS, Material, drawn, pixels_of, readings
from seethrough.networks.network import Network

MANY = 3000
"""Pictures from which the mean digits are taken."""
INK = 0.2
"""How bright a pixel is that belongs to the digit."""


@dataclass(frozen=True)
class Judged:
    """Whether pictures look like what they should, by two judges that know nothing of how they were made.

    `by_mean` [N] says whether the nearest mean digit is of the class wanted, `by_other` [N] whether the network `other` reads
    that; `alike` [N] is the correlation with the mean digit of that class.
    """

    other: str

    by_mean: tuple[bool, ...]
    by_other: tuple[bool, ...]
    alike: tuple[float, ...]

    @property
    def mean_alike(self) -> float:
        """Return the mean correlation."""
        return sum(self.alike) / max(len(self.alike), 1)

    def numbers(self) -> dict[str, float]:
        """Return it for results.json."""
        return {
            "nearest mean digit as wanted": sum(self.by_mean),
            f"read as wanted by {self.other}": sum(self.by_other),
            "pictures": len(self.alike),
            "correlation with the mean digit": self.mean_alike,
        }


@dataclass(frozen=True)
class Judges:
    """The mean picture of every digit [10, 1, 28, 28], a network that took no part, and how real digits fare with both."""

    means: Tensor
    network: Network
    real: Judged

    def judge(self, images: Tensor, wanted: Sequence[int] | Tensor) -> Judged:
        """Ask both."""
        return judged(self.means, self.network, images, torch.as_tensor(wanted))


def judges(here: Material, network: Network, seed: int) -> Judges:
    """Return the judges of what looks like a digit."""
    means = mean_digits(here.train)
    real = drawn(here.test, 200, seed + 1)
    return Judges(means, network, judged(means, network, real.pixels, real.labels))


def judged(means: Tensor, network: Network, images: Tensor, wanted: Tensor) -> Judged:
    """Tell whether images look like the digits wanted."""
    alike = correlations(images, means)
    own = alike.gather(1, wanted[:, None])[:, 0]
    read = readings(network, images).argmax(1)
    return Judged(
        network.name, tuple((alike.argmax(1) == wanted).tolist()), tuple((read == wanted).tolist()), tuple(own.tolist())
    )


def mean_digits(data: Dataset) -> Tensor:
    """Return the mean picture of every digit."""
    pixels, labels = pixels_of(data, slice(0, MANY)), data.labels[:MANY]
    return torch.stack([pixels[labels == digit].mean(0) for digit in range(len(DIGITS))])


def correlations(images: Tensor, others: Tensor) -> Tensor:
    """Return the correlation of every image with every other [N, M]; 0 for one that is flat."""
    rows, columns = (
        one.flatten(1) - one.flatten(1).mean(1, keepdim=True) for one in (images.double(), others.double())
    )
    long = rows.norm(dim=1)[:, None] * columns.norm(dim=1)[None]
    return torch.where(long > 1e-9, rows @ columns.T / long.clamp_min(1e-9), 0.0)


def apart(images: Tensor, others: Tensor) -> list[float]:
    """Return the root mean squared difference of pairs of images, in levels of 255."""
    found: list[float] = ((images - others).square().mean((1, 2, 3)).sqrt() * 255).tolist()
    return found


def shares(weights: Tensor) -> Tensor:
    """Return of filters [N, 3, 3] which share of their power is brightness, slope and the rest [N, 3].

    The power is split over three sets of patterns at right angles: the same everywhere (how bright is it here?), planes that
    rise to one side (an edge), and all others (lines, corners, spots).

    >>> shares(torch.tensor([[[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]]])).round().tolist()
    [[0.0, 1.0, 0.0]]
    """
    flat = weights.double().flatten(1)
    side = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    across, down = side.expand(3, 3).flatten() / 6**0.5, side[:, None].expand(3, 3).flatten() / 6**0.5
    power = flat.square().sum(1).clamp_min(1e-12)
    even = flat.mean(1).square() * 9 / power
    slope = ((flat @ across).square() + (flat @ down).square()) / power
    return torch.stack([even, slope, (1 - even - slope).clamp_min(0)], 1)


def between_classes(features: Tensor, labels: Tensor) -> float:
    """Return the share of the variance of features [N, ...] that lies between the classes, the rest being within them."""
    rows = features.flatten(1).double()
    whole = (rows - rows.mean(0)).square().sum()
    within_class = [rows[labels == label] for label in range(len(DIGITS)) if bool((labels == label).any())]
    within = torch.stack([(own - own.mean(0)).square().sum() for own in within_class]).sum()
    return float(1 - within / whole.clamp_min(1e-12))


def inked(images: Tensor, block: int, stride: int) -> Tensor:
    """Return how much of each image's ink a block at each place covers [N, ny, nx], as a share of all of it."""
    ink = (images > INK).double()
    tops = [*range(0, images.shape[-2] - block, stride), images.shape[-2] - block]
    lefts = [*range(0, images.shape[-1] - block, stride), images.shape[-1] - block]
    covered = [[ink[..., y : y + block, x : x + block].sum((1, 2, 3)) for x in lefts] for y in tops]
    whole = ink.sum((1, 2, 3)).clamp_min(1)
    return torch.stack([torch.stack(row, -1) for row in covered], 1) / whole[:, None, None]
