"""Operations on windows: each gives the window of its output that can have changed, and nothing else is computed."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.networks.cone.record import Operation, Ref, replaced
from seethrough.networks.cone.window import Clean, Window, fitted, hull
from seethrough.networks.fused.convolve import convolve

Value = Window | Tensor
POINTWISE = frozenset(
    (
        "relu relu6 leaky_relu elu celu selu gelu silu mish hardtanh hardswish hardsigmoid sigmoid logsigmoid tanh softplus "
        "softsign threshold add sub rsub mul div true_divide pow sqrt rsqrt square abs neg exp log clamp clamp_min clamp_max "
        "batch_norm local_response_norm cat concat maximum minimum"
    ).split()
)
"""What gives a number from the numbers at the same place of the map alone, across channels or not."""
MAXIMUM = "input kernel_size stride padding dilation ceil_mode return_indices"
MEAN = "input kernel_size stride padding ceil_mode count_include_pad divisor_override"


def windowed(operation: Operation, value_of: Callable[[Ref], Value], clean: Clean) -> Value | None:
    """Return an operation's value as a window of its output, whose clean map is given; None where it has no windows."""
    values = [value_of(ref) for ref in operation.refs]
    windows = [value for value in values if isinstance(value, Window)]
    if len(windows) < len(values):
        return None
    name = operation.name
    if name == "conv2d":
        return _convolved(operation, windows[0], clean)
    if name in ("max_pool2d", "boolean_dispatch", "max_pool2d_with_indices", "avg_pool2d"):
        return _pooled(operation, windows[0], clean)
    if name == "pad":
        return _bordered(operation, windows[0], clean)
    if _is_global_mean(operation, windows[0], clean):
        return windows[0].mean().view(windows[0].places, *clean.map.shape[1:])
    if name in POINTWISE and clean.map.ndim == 4 and clean.size == windows[0].clean.size:
        return _pointwise(operation, windows, clean)
    return None


def _pointwise(operation: Operation, windows: list[Window], clean: Clean) -> Window | None:
    if any(one.clean.size != clean.size for one in windows) or _has_maps(operation):
        return None
    (top, height), (left, width) = hull(windows)
    patches = iter([one.cut(top, left, height, width) for one in windows])
    return Window(clean, run(operation, lambda ref: next(patches)), top, left)


def _has_maps(operation: Operation) -> bool:
    """Tell whether a constant has a number of its own for each place: it would have to be cut too."""
    flat = [*operation.arguments, *operation.named.values()]
    listed = [item for value in flat for item in (value if isinstance(value, tuple | list) else [value])]
    return any(isinstance(item, Tensor) and item.ndim > 2 and max(item.shape[-2:]) > 1 for item in listed)


def _convolved(operation: Operation, window: Window, clean: Clean) -> Window | None:
    if operation.function is not convolve or clean.map.ndim != 4:
        return None
    _, weight, bias, stride, padding, dilation, groups, relu = operation.arguments

    def slide(patch: Tensor) -> Tensor:
        return convolve(patch, weight, bias, stride, (0, 0), dilation, groups, relu)

    kernel = weight.shape[-2:]
    if kernel == (1, 1) and stride == (1, 1) and padding == (0, 0):
        return Window(clean, slide(window.patch), window.top, window.left)
    return _slid(window, clean, kernel, stride, padding, dilation, 0.0, slide)


def _pooled(operation: Operation, window: Window, clean: Clean) -> Window | None:
    mean = operation.name == "avg_pool2d"
    given = operation.given(MEAN if mean else MAXIMUM)
    kernel, padding = _pair(given["kernel_size"]), _pair(given.get("padding", 0))
    stride = _pair(given.get("stride") or kernel)
    if given.get("return_indices") or (
        mean and (given.get("ceil_mode") or given.get("divisor_override") or not given.get("count_include_pad", True))
    ):
        return None
    dilation = (1, 1) if mean else _pair(given.get("dilation", 1))

    def pool(patch: Tensor) -> Tensor:
        if mean:
            return functional.avg_pool2d(patch, kernel, stride)
        return functional.max_pool2d(patch, kernel, stride, 0, dilation)

    return _slid(window, clean, kernel, stride, padding, dilation, 0.0 if mean else -torch.inf, pool)


def _slid(
    window: Window,
    clean: Clean,
    kernel: tuple[int, ...],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    beyond: float,
    function: Callable[[Tensor], Tensor],
) -> Window:
    """Slide a kernel over the part of each map that it has to be slid over; `beyond` the map's border stands one value."""
    begins: list[Tensor] = []
    longs: list[int] = []
    for axis, (begin, long) in enumerate(((window.top, window.patch.shape[-2]), (window.left, window.patch.shape[-1]))):
        step, margin, reach = stride[axis], padding[axis], (kernel[axis] - 1) * dilation[axis]
        side = clean.size[axis]
        # The first and last places of the output whose kernel touches the window.
        first = torch.div(begin + margin - reach + step - 1, step, rounding_mode="floor").clamp(0, side - 1)
        last = torch.div(begin + long - 1 + margin, step, rounding_mode="floor").clamp(0, side - 1)
        found, length = fitted(first, torch.maximum(last, first) + 1, side)
        begins.append(found)
        longs.append(length)
    spans = [(length - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 for axis, length in enumerate(longs)]
    # A pooling may round its size up, and then reaches beyond the border on the far side.
    far = [
        max(
            (side - 1) * stride[axis]
            + (kernel[axis] - 1) * dilation[axis]
            + 1
            - window.clean.size[axis]
            - padding[axis],
            0,
        )
        for axis, side in enumerate(clean.size)
    ]
    border = (padding[1], far[1], padding[0], far[0])
    patch = window.cut(begins[0] * stride[0], begins[1] * stride[1], spans[0], spans[1], border, beyond)
    return Window(clean, function(patch), begins[0], begins[1])


def _bordered(operation: Operation, window: Window, clean: Clean) -> Window | None:
    given = operation.given("input pad mode value")
    border = given["pad"]
    if given.get("mode", "constant") != "constant" or len(border) != 4 or min(border) < 0:
        return None
    return Window(clean, window.patch, window.top + border[2], window.left + border[0])


def _is_global_mean(operation: Operation, window: Window, clean: Clean) -> bool:
    channels = window.patch.shape[1]
    if clean.map.numel() != channels:
        return False
    if operation.name == "adaptive_avg_pool2d":
        return True
    given = operation.given("input dim keepdim")
    dims = given.get("dim")
    return operation.name == "mean" and dims is not None and {int(one) % 4 for one in _listed(dims)} == {2, 3}


def run(operation: Operation, value_of: Callable[[Ref], Any], places: int = 1) -> Any:
    """Run an operation on plain values for so many places; sizes that were written down for one image grow with them."""
    arguments = replaced(operation.arguments, value_of)
    named = {name: replaced(value, value_of) for name, value in operation.named.items()}
    if places != 1 and operation.name in ("view", "reshape", "expand"):
        arguments = (arguments[0], *_grown(arguments[1:], places))
    # Maps may lie otherwise in memory here than where it was written down.
    function = torch.reshape if operation.name == "view" and len(arguments) > 1 and not named else operation.function
    if function is torch.reshape and not isinstance(arguments[1], tuple | list):
        return torch.reshape(arguments[0], arguments[1:])
    return function(*arguments, **named)


def _grown(sizes: tuple[Any, ...], places: int) -> tuple[Any, ...]:
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        return ((places, *sizes[0][1:]) if sizes[0][0] == 1 else sizes[0],)
    return (places, *sizes[1:]) if sizes[0] == 1 else sizes


def _pair(value: Any) -> tuple[int, int]:
    return (int(value[0]), int(value[-1])) if isinstance(value, tuple | list) else (int(value), int(value))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]
