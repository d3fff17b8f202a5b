"""What a map explains: one number per image, of a class, a unit inside the network, or anything one can compute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.fused import Folded
from seethrough.networks.network import Classes, Network, as_scores, gradients
from seethrough.networks.unit import Unit, resolve_unit
from seethrough.results.heatmap import Target

On: TypeAlias = Literal["logit", "probability"]
Score: TypeAlias = Callable[[Any], Tensor]


@dataclass(frozen=True)
class Goal:
    """The number to explain for each of a batch of images, and what to call it."""

    network: Network
    targets: tuple[Target, ...]
    classes: Tensor | None = None
    unit: Unit | None = None
    score: Score | None = None
    on: On = "logit"
    folded: Folded = field(default_factory=dict, repr=False, compare=False)

    def numbers(
        self,
        pixels: Tensor,
        rows: Tensor | None = None,
        layers: Sequence[str] = (),
        *,
        leaf: bool = False,
        plain: bool = False,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the number of each picture [N], and the layers asked for, from one pass that goes no further than needed.

        `rows` says which image of the batch each picture is a variation of; without it they are the batch itself. With
        `leaf` the graph begins at the first layer; with `plain` it shows every operation of the module.
        """
        with self.network.quiet(self.folded):
            if self.unit is not None:
                wanted = [*layers, self.unit.layer]
                _, found = self.network.run(pixels, list(dict.fromkeys(wanted)), stop=True, leaf=leaf, plain=plain)
                return self.of(found[self.unit.layer], len(pixels), rows), found
            output, found = self.network.run(pixels, layers, leaf=leaf, plain=plain)
            return self.of(output, len(pixels), rows), found

    def of(self, output: Any, count: int, rows: Tensor | None = None) -> Tensor:
        """Return the numbers of `count` pictures, from the module's output; those of a unit, from its layer's."""
        if self.unit is not None:
            return _exact(self.unit.activation(output))
        if self.score is not None:
            return _one_each(self.score(output), count)
        assert self.classes is not None
        scores = _exact(as_scores(output))
        if self.on == "probability":
            scores = scores.softmax(dim=1)
        classes = self.classes if rows is None else self.classes[rows]
        return scores.gather(1, classes[:, None])[:, 0]

    def part(self, rows: Tensor) -> "Goal":
        """Return the goal of some of the images."""
        targets = tuple(self.targets[row] for row in rows.tolist())
        with torch.inference_mode(False):
            return replace(self, targets=targets, classes=None if self.classes is None else self.classes[rows])

    def in_passes(self, images: Tensor, work: Callable[["Goal", Tensor], Tensor]) -> Tensor:
        """Return what `work` makes of all images, a few at a time: memory is for what comes of them, not for their passes."""
        parts = self.network.parts(len(images))
        with self.network.quiet():
            return torch.cat([work(self.part(rows), images[rows]) for rows in parts])

    def measured(self, images: Tensor) -> Tensor:
        """Return the numbers of the images [B] as they are, without a graph."""
        with torch.inference_mode(False), torch.no_grad():
            return self.in_passes(images, lambda few, some: few.numbers(some)[0])

    def gradient(self, pixels: Tensor, rows: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the numbers [N] and their gradients with respect to the pixels [N, C, H, W].

        Variations go through in one pass, the batch itself a few at a time.
        """
        if rows is None and len(pixels) > self.network.at_once():
            with self.network.quiet():
                found = [self.part(few).gradient(pixels[few]) for few in self.network.parts(len(pixels))]
            return torch.cat([numbers for numbers, _ in found]), torch.cat([slope for _, slope in found])
        with gradients():
            pixels = pixels.detach().clone().requires_grad_()
            numbers, _ = self.numbers(pixels, rows)
            if not numbers.requires_grad:
                raise UserError(f"{self.targets[0]} does not depend on the pixels; it has no gradient")
            (slope,) = torch.autograd.grad(numbers.sum(), pixels, materialize_grads=True)
            return numbers.detach(), slope


def goal(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    unit: str | Unit | None = None,
    score: Score | None = None,
    on: On = "logit",
    output: Any = None,
) -> Goal:
    """Say what is to be explained: a class of each image (its top guess by default), a unit, or `score(output)` -> [B].

    The network is asked what it takes the images for, unless a pass was made already and its `output` is given.
    """
    given = [name for name, value in (("classes", classes), ("unit", unit), ("score", score)) if value is not None]
    if len(given) > 1:
        raise UserError(f"{' and '.join(given)} are given; a map explains one thing: name one of them")
    if on not in ("logit", "probability"):
        raise UserError(f"on is {on!r}; it takes logit or probability")
    if on == "probability" and given and given != ["classes"]:
        raise UserError(f"on='probability' is for classes; {given[0]} has none")
    with torch.inference_mode(False), torch.no_grad():
        if unit is not None:
            place = resolve_unit(network, unit)
            return Goal(network, (Target(str(place)),) * len(images), unit=place)
        if score is not None:
            return Goal(network, (Target(getattr(score, "__name__", "score").strip("<>")),) * len(images), score=score)
        if output is None:
            output = network.scores_in_parts(images)
        scores = as_scores(output).detach().float()
        chosen = scores.argmax(dim=1) if classes is None else network.classes_for(images, classes)
        shares = scores.softmax(dim=1).gather(1, chosen[:, None])[:, 0].tolist()
    labels = network.labels.names
    targets = tuple(Target(labels[k], k, share) for k, share in zip(chosen.tolist(), shares, strict=True))
    return Goal(network, targets, classes=chosen, on=on)


def together(goals: Sequence[Goal]) -> Goal:
    """Return the goal of all images from those of some."""
    targets = tuple(target for one in goals for target in one.targets)
    classes = [one.classes for one in goals if one.classes is not None]
    return replace(goals[0], targets=targets, classes=torch.cat(classes) if classes else None)


def _exact(numbers: Tensor) -> Tensor:
    """Return numbers in single precision at least: the differences that methods take are lost in half."""
    return numbers.float() if numbers.dtype.itemsize < 4 else numbers


def _one_each(numbers: Any, count: int) -> Tensor:
    if not isinstance(numbers, Tensor) or numbers.shape != (count,):
        seen = tuple(numbers.shape) if isinstance(numbers, Tensor) else type(numbers).__name__
        raise UserError(
            f"score gives {seen} for {count} images; it takes the module's output and gives one number each"
        )
    return numbers
