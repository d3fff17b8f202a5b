"""A module as it is run here: alone, in evaluation mode, its weights beyond gradients; pixels as it wants them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.compiled import compiled
from seethrough.networks.fused import Folded
from seethrough.networks.held import lock_of, still
from seethrough.networks.passes import Passes


class Running:
    """How a module is run, and left as it was: which pixels it takes, in which precision, and in which order in memory."""

    def __init__(
        self,
        module: nn.Module,
        name: str,
        size: tuple[int, int],
        channels: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
    ) -> None:
        """Say how the module wants its pixels: (x - mean) / std, per channel, at `size`."""
        self.module = module
        self.name = name
        self.size = size
        self.channels = channels
        self.mean, self.std = mean, std
        self.precision = "float32"
        self.compiled = False
        self.lock = lock_of(module)
        self._passes = Passes()
        self._laid_out: torch.memory_format | None = None
        self._frozen: bool | None = None

    @property
    def device(self) -> torch.device:
        """Return where the module lives."""
        return self._example.device

    @property
    def dtype(self) -> torch.dtype:
        """Return the kind of number the module computes with."""
        return self._example.dtype

    @property
    def _example(self) -> Tensor:
        floats = (weight for weight in self.module.parameters() if weight.is_floating_point())
        return next(floats, torch.empty(0))

    # Pixels

    def normalised(self, images: Tensor) -> Tensor:
        """Return pixels in [0, 1] as the module wants them: (x - mean) / std, in its precision; the pixels stay."""
        # Computed in the images' own precision, then handed over in the module's. Always a new tensor: a module that
        # works in place must not reach the caller's pixels.
        shape = (1, -1, 1, 1)
        pixels = images if images.dtype in (torch.float32, torch.float64) else images.float()
        normal = (pixels - pixels.new_tensor(self.mean).view(shape)) / pixels.new_tensor(self.std).view(shape)
        return normal.to(self.dtype, memory_format=self.layout)

    # Passes

    def passed(
        self, images: Tensor, names: list[str], stop: bool, leaf: bool, plain: bool
    ) -> tuple[Any, dict[str, Tensor]]:
        """Pass pixels through; return the module's output, and the outputs of the layers that were reached (`Network.run`)."""
        traced = leaf or torch.is_grad_enabled()
        with self._still(traced), self._autocast():
            if self.compiled and not (names or plain):
                return self._forward(images, self._compiled), {}
            _ = self.layout  # found out by passes of its own
            return self._passes.run(
                self.module, self._forward, images, names, stop=stop, leaf=leaf, traced=traced, plain=plain
            )

    @contextmanager
    def quiet(self, folded: Folded | None = None) -> Iterator[None]:
        """Hold the network alone, in evaluation mode and with frozen weights; its flags come back as they were.

        Passes made inside share what they make of its weights. A job that comes back step after step gives a `folded` dict of
        its own, and finds it there again: weights changed between steps are seen, but for what is written by way of `.data`.
        """
        with self._still(True), self._passes.sharing(folded):
            yield

    @contextmanager
    def _still(self, frozen: bool) -> Iterator[None]:
        """Hold the network as `quiet` does, for a single pass.

        A graph recorded here leads to the image alone: without those to the weights it is smaller and runs back faster.
        Where none is recorded the weights need not be frozen.
        """
        with self.lock:
            if self._frozen is not None and self._frozen >= frozen:
                yield
                return
            before, self._frozen = self._frozen, frozen
            try:
                with still(self.module, frozen=frozen):
                    yield
            finally:
                self._frozen = before

    def exactly(self) -> AbstractContextManager[None]:
        """Compute in the module's own precision for a while, whatever is allowed otherwise: for what a result is held to."""
        return self.as_told("float32", self.compiled)

    @contextmanager
    def as_told(self, precision: str, compiled: bool) -> Iterator[None]:
        """Compute in this precision for a while, whole passes by torch.compile or not."""
        with self.lock:
            before = self.precision, self.compiled
            self.precision, self.compiled = precision, compiled
            try:
                yield
            finally:
                self.precision, self.compiled = before

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16")

    @cached_property
    def _compiled(self) -> Callable[[Tensor], Any]:
        return compiled(self.module, self.name)

    def _forward(self, images: Tensor, module: Callable[[Tensor], Any] | None = None) -> Any:
        try:
            return (module or self.module)(self.normalised(images))
        except RuntimeError as failure:
            if tuple(images.shape[-2:]) == self.size or "out of memory" in str(failure):
                raise
            given = "{} x {}".format(*images.shape[-2:])
            taken = "{} x {}".format(*self.size)
            raise UserError(f"images is {given}; {self.name} takes {taken}: use network.frame(photo)") from failure

    # Order in memory

    @property
    def layout(self) -> torch.memory_format:
        """The order in memory of what goes in: channels last where the module bears it, unless another was measured better."""
        if self._laid_out is None:
            last = self.device.type == "cpu" and self.bears(torch.channels_last)
            self._laid_out = torch.channels_last if last else torch.contiguous_format
        return self._laid_out

    @contextmanager
    def laid_out(self, layout: torch.memory_format) -> Iterator[None]:
        """Take another order for a while."""
        with self.lock:
            before, self._laid_out = self.layout, layout
            try:
                yield
            finally:
                self._laid_out = before

    def bears(self, layout: torch.memory_format) -> bool:
        """Tell whether the module takes images in this order: one that flattens with `view` takes the usual one alone."""
        if not any(isinstance(part, nn.Conv2d) for part in self.module.modules()):
            return layout == torch.contiguous_format
        two = torch.full((2, self.channels, *self.size), 0.5, dtype=self.dtype, device=self.device)
        try:
            with self.quiet(), torch.no_grad():
                self.module(two.contiguous(memory_format=layout))
        except RuntimeError:
            return False
        return True
