"""A classifier one can look into."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from seethrough.errors import UserError, unknown
from seethrough.networks.check import check_images
from seethrough.networks.frame import Frame
from seethrough.networks.guessed import guessed
from seethrough.networks.labels import Labels, as_labels, numbered
from seethrough.networks.layers import Layer, totals, trace_layers
from seethrough.networks.running import Running
from seethrough.networks.streams import BATCH
from seethrough.networks.tune import tuned
from seethrough.results.guesses import Guesses

ClassLike: TypeAlias = int | str
Classes: TypeAlias = ClassLike | Sequence[ClassLike] | Tensor | None


class Network(Running):
    """A classifier that takes pixels in [0, 1], gives scores, and lets its layers be read; the module is left as it was.

    >>> small = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))
    >>> network = Network(small, size=28, mean=[0.1307], std=[0.3081])
    >>> network(torch.rand(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        size: int | tuple[int, int],
        mean: float | Sequence[float] = 0.0,
        std: float | Sequence[float] = 1.0,
        channels: int | None = None,
        labels: Labels | Sequence[str] | None = None,
        name: str | None = None,
        resize: int | tuple[int, int] | None = None,
        interpolation: str = "bicubic",
        arch: str | None = None,
    ) -> None:
        """Say how the module wants its pixels: (x - mean) / std, per channel, at `size` (a side, or height and width).

        `channels` is as many as `mean` has, or 3. A photo is brought to `resize` first (its short side; both sides for a
        pair) and cropped to `size`; by default the smaller side of the photo becomes that of the network.
        `arch` is what `networks.small.build` makes such a module from, without its weights.
        """
        means, stds = _per_channel("mean", mean), _per_channel("std", std)
        stated = max(len(means), len(stds))
        channels = channels or (stated if stated > 1 else 1 if isinstance(mean, Sequence) else 3)
        for what, values in (("mean", means), ("std", stds)):
            if len(values) not in (1, channels):
                raise UserError(f"{what} has {len(values)} values; this network takes {channels} channels")
        if min(stds) <= 0:
            raise UserError(f"std is {std!r}; every value must be above 0")
        sides = (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
        super().__init__(module, name or type(module).__name__, sides, channels, means, stds)
        self.arch = arch
        self.frame = Frame(self.size, self.channels, max(self.size) if resize is None else resize, interpolation)
        self._labels = as_labels(labels)
        self._at_once: int | None = None

    def __repr__(self) -> str:
        """Say the name and what goes in."""
        return f"Network({self.name}: {self.channels} x {self.size[0]} x {self.size[1]} pixels)"

    # What it is

    @property
    def mean_colour(self) -> Tensor:
        """Return the colour [C] that is nothing to the module: the mean it subtracts, as far as that is a colour."""
        return torch.tensor(self.mean).expand(self.channels).clamp(0, 1)

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """The table of layers by dotted name, in the order they finish; a module used twice has `name` and `name#2`."""
        grey = torch.full((1, self.channels, *self.size), 0.5, device=self.device)
        with self.quiet():
            return trace_layers(self.module, self.normalised(grey), self.module)

    def totals(self) -> dict[str, dict[str, int]]:
        """Count parameters and neurons of the convolutional and the fully connected layers, of the rest, and in total."""
        return totals(self.layers.values(), sum(weight.numel() for weight in self.module.parameters()))

    @cached_property
    def labels(self) -> Labels:
        """What the classes are called; numbered where no names were given."""
        if self._labels is not None:
            return self._labels
        with torch.no_grad():
            return numbered(self(torch.full((1, self.channels, *self.size), 0.5)).shape[1])

    # Names

    def resolve_class(self, wanted: ClassLike) -> int:
        """Return the index of a class given by index, label or WordNet id."""
        return self.labels.resolve(wanted)

    def resolve_layer(self, wanted: str) -> str:
        """Return the name of a layer as the table has it; an unknown one raises with the closest."""
        name = str(wanted).removesuffix("#1")
        if name not in self.layers:
            raise unknown(f"layer of {self.name}", str(wanted), self.layers)
        return name

    def classes_for(self, images: Tensor, classes: Classes = None) -> Tensor:
        """Return one class index per image [B]: the given one for all, one for each, or the network's own top guess."""
        count = len(images)
        if classes is None:
            with torch.inference_mode(False), torch.no_grad():
                return self.scores_in_parts(self.checked(images), BATCH).argmax(dim=1)
        if isinstance(classes, Tensor):
            classes = classes.reshape(-1).tolist()
        named = [classes] * count if isinstance(classes, int | str) else list(classes)
        if len(named) == 1:
            named = named * count
        if len(named) != count:
            raise UserError(f"classes: {len(named)} given for {count} images; give one, or one for each image")
        return torch.tensor([self.resolve_class(one) for one in named], device=self.device)

    # What it says

    def __call__(self, images: Tensor) -> Tensor:
        """Return the scores (logits) [B, classes] of pixels [B, C, H, W] in [0, 1].

        They are on the graph of images that require a gradient; the weights get none.
        """
        return self.scores(self.checked(images))

    def classify(self, images: Tensor, top: int = 5, photos: Sequence[str] = ()) -> Guesses:
        """Return the `top` likeliest classes of each image, with their probabilities; `photos` are names for captions."""
        if top < 1:
            raise UserError(f"top is {top}; it takes 1 or more")
        images = self.checked(images)
        with torch.inference_mode(), self.exactly():
            probabilities = self.scores_in_parts(images, BATCH).float().softmax(dim=1).cpu()
        rows = guessed(probabilities, top, self.labels)
        return Guesses(
            network=self.name,
            method="classify",
            settings={"top": top},
            images=images.detach().cpu(),
            rows=rows,
            photos=tuple(photos) or ("",) * len(rows),
        )

    # Its inside

    def read(self, images: Tensor, layers: str | Sequence[str]) -> dict[str, Tensor]:
        """Return the outputs of layers by name; the forward pass stops at the last of them.

        They are on the graph: `torch.autograd.grad` goes from them to images that require a gradient.
        """
        return self.run(self.checked(images), layers, stop=True)[1]

    def score_gradient(self, images: Tensor, classes: Tensor) -> Tensor:
        """Return d score of each image's class / d its pixels [B, C, H, W]; no other gradient is computed or left behind."""
        with gradients():
            pixels = images.detach().clone().requires_grad_()
            scores = self.scores(pixels)
            picked = scores.gather(1, classes.to(scores.device)[:, None].clone()).sum()
            return torch.autograd.grad(picked, pixels)[0]

    def scores(self, images: Tensor) -> Tensor:
        """Return the scores of pixels that are known to be right: `network(images)` without the checks, for inner loops."""
        scores = as_scores(self.run(images)[0])
        return scores if self.precision == "float32" else scores.float()

    def scores_in_parts(self, images: Tensor, batch: int | None = None) -> Tensor:
        """Return the scores of any number of images, a few of them a pass: many take no more memory on the way."""
        with self.quiet():
            return torch.cat([self.scores(images[rows]) for rows in self.parts(len(images), batch)])

    def run(
        self,
        images: Tensor,
        layers: str | Sequence[str] = (),
        *,
        stop: bool = False,
        leaf: bool = False,
        plain: bool = False,
    ) -> tuple[Any, dict[str, Tensor]]:
        """Pass pixels through once, unchecked; return the module's output as it is, and the outputs of layers by name.

        With `stop` the pass ends at the last of the layers, and the output is None. With `leaf` the graph begins at the
        first of them: what comes before runs without one, for a gradient that goes no further back. With `plain` every
        operation stands in the graph as the module does it; otherwise those that may be are done as one (`networks.fused`).
        """
        names = [layers] if isinstance(layers, str) else list(layers)
        names = [self.resolve_layer(name) for name in names]
        output, found = self.passed(images, names, stop, leaf, plain)
        for name in names:
            if name not in found:
                raise UserError(f"layer {name!r} of {self.name} was not reached for these images")
        return output, {name: found[name] for name in names}

    def checked(self, images: Tensor) -> Tensor:
        """Return the images on the network's device, or raise the line that says what is wrong with them."""
        check_images(images, self.channels, self.name)
        return images.to(self.device)

    # How it is quickest

    def at_once(self, asked: int | None = None) -> int:
        """Return how many images go through in one pass: as many as are asked for, else what was measured to be quickest.

        It is measured once on a machine, and remembered (`networks.tune`); it changes no number but by rounding.
        """
        if asked is not None:
            if asked < 1:
                raise UserError(f"batch is {asked}; it takes 1 or more")
            return asked
        with self.lock:
            if self._at_once is None:
                found = tuned(self)
                self._at_once = found.at_once
                self._laid_out = torch.channels_last if found.channels_last else torch.contiguous_format
            return self._at_once

    def parts(self, count: int, batch: int | None = None) -> list[Tensor]:
        """Return which of `count` images go through in each pass: as equal as can be, a small rest takes as many operations.

        >>> [len(rows) for rows in network.parts(16, 5)]
        [4, 4, 4, 4]
        """
        passes = -(-count // self.at_once(batch))
        return list(torch.arange(count).tensor_split(max(passes, 1)))


@contextmanager
def gradients() -> Iterator[None]:
    """Compute gradients here, also for a caller inside `no_grad` or `inference_mode`."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def as_scores(output: Any) -> Tensor:
    """Return the scores of a module's output: the tensor itself, or the `logits` of an output object."""
    scores = output if isinstance(output, Tensor) else getattr(output, "logits", None)
    if not isinstance(scores, Tensor) or scores.ndim != 2:
        seen = f"a tensor {tuple(scores.shape)}" if isinstance(scores, Tensor) else f"a {type(output).__name__}"
        raise UserError(f"module gives {seen}; a classifier gives scores [B, classes]")
    return scores


def _per_channel(what: str, values: float | Sequence[float]) -> tuple[float, ...]:
    listed = tuple(float(value) for value in values) if isinstance(values, Sequence) else (float(values),)
    if not listed:
        raise UserError(f"{what} is empty; give one value, or one per channel")
    return listed
