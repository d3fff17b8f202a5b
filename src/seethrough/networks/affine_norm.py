"""Batch norm on the way to a gradient for the image: x * scale + shift, and nothing else."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.networks.operating import Operating


class AffineBatchNorm(Operating):
    """While active, batch norm in evaluation is one product and one sum: scale = weight / sqrt(var + eps).

    torch's own way back through it also sums up what the weights would need, wanted or not; this one multiplies by the
    scale, which makes a gradient of the bundled network up to half as fast again.
    """

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation, batch norm in its own way."""
        if function is functional.batch_norm:
            return _batch_norm(*arguments, **named)
        return function(*arguments, **named)


def _batch_norm(
    x: Tensor,
    mean: Tensor | None,
    var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    if training or mean is None or var is None or not x.dtype == mean.dtype == var.dtype or x.dtype.itemsize < 4:
        return functional.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
    scale = (var + eps).rsqrt()
    scale = scale if weight is None else scale * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    shape = (1, -1) + (1,) * (x.ndim - 2)
    return torch.addcmul(shift.view(shape), x, scale.view(shape))
