"""Wishes: one number for each image, of what a pass through the network found. They add, subtract and scale.

>>> wish = unit(Unit("conv5", 12)) - 0.1 * unit(Unit("conv5", 13))
>>> wish.layers
('conv5',)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.networks.unit import Unit


@dataclass(frozen=True)
class Reading:
    """What one pass found: the images as drawn [b, C, H, W], which of the batch they are, and what the network made of them.

    The network may see several views of each image: its layers and scores have `views` rows an image, side by side.
    """

    images: Tensor
    rows: Tensor
    views: int
    layers: Mapping[str, Tensor]
    scores: Tensor | None

    @property
    def view_rows(self) -> Tensor:
        """Which image of the batch each view is of."""
        return self.rows.repeat_interleave(self.views)

    def each(self, numbers: Tensor) -> Tensor:
        """Turn a number for each view into the mean for each image."""
        numbers = numbers.float() if numbers.dtype.itemsize < 4 else numbers
        return numbers.view(len(self.images), self.views).mean(1)


def alone(images: Tensor) -> Reading:
    """Read images alone, without a network: all that a prior needs.

    >>> alone(torch.rand(2, 3, 8, 8)).views
    1
    """
    return Reading(images, torch.arange(len(images)), 1, {}, None)


Read: TypeAlias = Callable[[Reading], Tensor]


@dataclass(frozen=True)
class Wish:
    """A number for each image [b] of a reading; it names the layers it reads, and says whether it reads the scores.

    `together` says that it compares the images of a batch with one another: they cannot be passed through one by one.
    """

    read: Read
    layers: tuple[str, ...] = ()
    scores: bool = False
    together: bool = False

    def __add__(self, other: "Wish | float") -> "Wish":
        """Wish for both."""
        if not isinstance(other, Wish):
            return Wish(lambda reading: self.read(reading) + other, self.layers, self.scores, self.together)
        return Wish(
            lambda reading: self.read(reading) + other.read(reading),
            tuple(dict.fromkeys(self.layers + other.layers)),
            self.scores or other.scores,
            self.together or other.together,
        )

    __radd__ = __add__

    def __mul__(self, factor: float) -> "Wish":
        """Wish more or less strongly."""
        return Wish(lambda reading: self.read(reading) * factor, self.layers, self.scores, self.together)

    __rmul__ = __mul__

    def __neg__(self) -> "Wish":
        """Wish for the opposite."""
        return self * -1

    def __sub__(self, other: "Wish | float") -> "Wish":
        """Wish for one and against the other."""
        return self + (-other)

    def __rsub__(self, other: float) -> "Wish":
        """Wish against one, from a number down."""
        return -self + other


def unit(units: Unit | Sequence[Unit]) -> Wish:
    """The activation of a unit, or of one unit for each image of the batch."""
    listed = [units] if isinstance(units, Unit) else list(units)

    def read(reading: Reading) -> Tensor:
        wanted = [listed[row if len(listed) > 1 else 0] for row in reading.view_rows.tolist()]
        found: dict[int, Tensor] = {}
        for layer in dict.fromkeys(one.layer for one in wanted):
            places = [place for place, one in enumerate(wanted) if one.layer == layer]
            numbers = _activations(reading.layers[layer], places, [wanted[place] for place in places])
            found |= dict(zip(places, numbers.unbind(), strict=True))
        return reading.each(torch.stack([found[place] for place in range(len(wanted))]))

    return Wish(read, tuple(dict.fromkeys(one.layer for one in listed)))


def _activations(output: Tensor, places: list[int], units: list[Unit]) -> Tensor:
    """Return the number of each place's unit: in one step, for a gradient in one step."""
    if len(set(units)) == 1:
        numbers = units[0].activation(output)
        return numbers if len(places) == len(output) else numbers[places]
    index = [one.index for one in units]
    if output.ndim != 4:
        return output[places, ..., index].flatten(1).mean(1) if output.ndim > 2 else output[places, index]
    maps = output[places, index]
    down = [one.position[0] if one.position else 0 for one in units]
    across = [one.position[1] if one.position else 0 for one in units]
    at = maps[range(len(units)), down, across]
    whole = torch.tensor([one.position is None for one in units], device=output.device)
    return torch.where(whole, maps.mean((1, 2)), at)


def logit(classes: Tensor) -> Wish:
    """The score of each image's class [B]."""
    return Wish(lambda reading: reading.each(_of_class(_scores(reading), classes, reading)), scores=True)


def log_probability(classes: Tensor) -> Wish:
    """The logarithm of the probability of each image's class [B]."""
    return Wish(lambda reading: reading.each(_of_class(_scores(reading).log_softmax(1), classes, reading)), scores=True)


def probability(classes: Tensor) -> Wish:
    """The probability of each image's class [B]."""
    return Wish(lambda reading: reading.each(_of_class(_scores(reading).softmax(1), classes, reading)), scores=True)


def reach(wish: Wish, values: float | Tensor) -> Wish:
    """Be at a value, not as high as can be: -((wish - value) / size of the value)^2, for all images or for each [B]."""

    def read(reading: Reading) -> Tensor:
        found = wish.read(reading)
        wanted = torch.as_tensor(values, dtype=found.dtype, device=found.device)
        wanted = wanted[reading.rows] if wanted.ndim else wanted
        return -((found - wanted) / wanted.abs().clamp_min(1e-6)).square()

    return Wish(read, wish.layers, wish.scores, wish.together)


def _scores(reading: Reading) -> Tensor:
    assert reading.scores is not None
    return reading.scores.float() if reading.scores.dtype.itemsize < 4 else reading.scores


def _of_class(scores: Tensor, classes: Tensor, reading: Reading) -> Tensor:
    wanted = classes.to(scores.device)[reading.view_rows.to(scores.device)]
    return scores.gather(1, wanted[:, None])[:, 0]
