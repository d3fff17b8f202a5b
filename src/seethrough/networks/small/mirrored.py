"""Layers that know mirrors: every feature comes with its mirror image, and the two share their weights.

A mirrored picture then gives mirrored maps with the two halves of the channels exchanged, exactly: the means of both halves do
not tell a picture from its mirror image (Cohen and Welling 2016, arXiv:1602.07576, for the group of two). That saves half of
the weights, and the need to learn everything twice.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class MirroredConv(nn.Conv2d):
    """A convolution with as many filters again, the mirror images of its own; `width` counts both.

    With `lift` it takes a picture; else maps of which the second half are the mirrored features.
    """

    def __init__(self, inner: int, width: int, *, lift: bool = False) -> None:
        """Hold half of the filters, 3 x 3."""
        super().__init__(inner, width // 2, 3, padding=1, bias=False)
        self.lift = lift

    def forward(self, input: Tensor) -> Tensor:
        """Return the features, then the mirrored ones."""
        mirrored = self.weight.flip(3)
        if not self.lift:
            # What was a feature to the one is a mirrored feature to the other.
            mirrored = mirrored.roll(self.in_channels // 2, 1)
        return functional.conv2d(input, torch.cat([self.weight, mirrored]), padding=self.padding)


class MirroredNorm(nn.BatchNorm2d):
    """Batch norm of features and their mirror images by the same numbers; `width` counts both."""

    def __init__(self, width: int) -> None:
        """Hold half of the numbers."""
        super().__init__(width // 2)

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised maps; in training the running statistics become the means of both halves'."""
        mean, var = (self._both(value) for value in (self.running_mean, self.running_var))
        scale, shift = self._both(self.weight), self._both(self.bias)
        momentum = 0.1 if self.momentum is None else self.momentum
        output = functional.batch_norm(input, mean, var, scale, shift, self.training, momentum, self.eps)
        if self.training and self.running_mean is not None and self.running_var is not None:
            with torch.no_grad():
                self.running_mean.copy_(mean.view(2, -1).mean(0))
                self.running_var.copy_(var.view(2, -1).mean(0))
        return output

    @staticmethod
    def _both(value: Tensor | None) -> Tensor:
        assert value is not None
        return value.repeat(2)


class BothMean(nn.Module):
    """The mean of a feature [B, width] and its mirrored one: [B, width / 2]."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the means."""
        return input.view(len(input), 2, -1).mean(1)
