"""A convolution with a bias and a ReLU as one operation, for gradients of the image alone."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.networks.fused.chains import Border, Limits

Pair = tuple[int, int]


def convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    groups: int,
    relu: Limits | None,
) -> Tensor:
    """Return relu(x * weight + bias); a gradient goes to x alone.

    >>> convolve(torch.rand(1, 3, 8, 8), torch.rand(4, 3, 3, 3), None, (1, 1), (1, 1), (1, 1), 1, (0.0, 6.0)).shape
    torch.Size([1, 4, 8, 8])
    """
    if torch.is_grad_enabled() and x.requires_grad:
        found: Tensor = _Convolve.apply(x, weight, bias, stride, padding, dilation, groups, relu)
        return found
    return _forward(x, weight, bias, stride, padding, dilation, groups, relu)


def padded(padding: Pair, border: Border) -> Pair:
    """Return the padding of a convolution that lays this border around its input too: as wide as the wider side."""
    left, right, top, bottom = border
    return padding[0] + max(top, bottom), padding[1] + max(left, right)


def enlarged(weight: Tensor, border: Border) -> Tensor:
    """Return the weight of such a convolution: where one side is narrower, zeros in the kernel read what is too much there."""
    left, right, top, bottom = border
    wide, high = right - left, bottom - top
    return functional.pad(weight, (max(wide, 0), max(-wide, 0), max(high, 0), max(-high, 0)))


class _Convolve(torch.autograd.Function):
    """Keeps its output alone: where a ReLU let through can be told from it, and it is kept for what comes next anyway."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, *how: Any) -> Tensor:
        """Convolve."""
        output = _forward(x, weight, *how)
        ctx.save_for_backward(weight, output if how[-1] else None)
        ctx.how, ctx.shape = how[1:], x.shape
        return output

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        """Go back to the input, in the order in memory in which the output lay."""
        weight, output = ctx.saved_tensors
        stride, padding, dilation, groups, relu = ctx.how
        order = _order(weight)
        slope = slopes[0].contiguous(memory_format=order)
        if relu is not None:
            low, high = relu
            slope = (
                torch.ops.aten.threshold_backward(slope, output, low)
                if high is None
                else torch.ops.aten.hardtanh_backward(slope, output, low, high)
            )
        # Only the size and order of the input matter for a gradient that is not the weight's.
        like = torch.empty(ctx.shape, dtype=slope.dtype, device=slope.device, memory_format=order)
        back = torch.ops.aten.convolution_backward(
            slope, like, weight, None, stride, padding, dilation, False, (0, 0), groups, (True, False, False)
        )[0]
        return back, *(None,) * 7


def _forward(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    groups: int,
    relu: Limits | None,
) -> Tensor:
    if x.dtype == torch.float32 and x.device.type == "cpu" and _ONE_PASS:
        kind, limits = ("none", []) if relu is None else ("relu", []) if relu[1] is None else ("hardtanh", list(relu))
        found: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, weight, bias, padding, stride, dilation, groups, kind, limits, ""
        )
        return found
    output = functional.conv2d(x, weight, bias, stride, padding, dilation, groups)
    if relu is None:
        return output
    return output.relu_() if relu[1] is None else output.clamp_(*relu)


_ONE_PASS = torch._C._has_mkldnn and hasattr(torch.ops.mkldnn, "_convolution_pointwise")


def _order(weight: Tensor) -> torch.memory_format:
    return torch.channels_last if weight.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
