"""The same operations, fewer of them: batch norms and ReLUs go into the convolutions before them, activations work in place."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.networks.cone.record import Operation, Recording, Ref, replaced
from seethrough.networks.fused.chains import HARDTANH, Limits, convolution_of, norm_of, relu_of
from seethrough.networks.fused.convolve import convolve

IN_PLACE: Mapping[str, Callable[..., Any]] = {
    "relu": lambda input, inplace=False: torch.relu_(input),
    "relu6": lambda input, inplace=False: input.clamp_(0, 6),
    "hardtanh": lambda input, min_val=-1.0, max_val=1.0, inplace=False: input.clamp_(min_val, max_val),
    "silu": lambda input, inplace=False: functional.silu(input, inplace=True),
    "hardswish": lambda input, inplace=False: functional.hardswish(input, inplace=True),
}
FRESH = ("conv2d", "batch_norm", "add")
"""What makes a new tensor, which the next operation may change if nobody else reads it."""


def folded(recording: Recording) -> Recording:
    """Return an equal recording with fewer operations; the module's weights are copied, not changed."""
    users = recording.users()
    before = dict(enumerate(recording.operations, start=1))
    numbers = {0: 0}
    made: list[Operation] = []

    def renamed(ref: Ref) -> Ref:
        return Ref(numbers[ref.number], ref.part)

    for number, operation in before.items():
        read = operation.arguments[0] if operation.arguments else None
        alone = isinstance(read, Ref) and read.number and users[read.number] == 1
        source = before[read.number] if alone and isinstance(read, Ref) else None
        last = made[numbers[read.number] - 1] if source is not None and isinstance(read, Ref) else None
        if last is not None and last.function is convolve and (joined := _joined(last, operation)):
            made[numbers[read.number] - 1] = joined  # type: ignore[union-attr]
            numbers[number] = numbers[read.number]  # type: ignore[union-attr]
            continue
        function = operation.function
        if last is not None and last.name in FRESH and operation.name in IN_PLACE:
            function = IN_PLACE[operation.name]
        arguments = replaced(operation.arguments, renamed)
        named = {name: replaced(value, renamed) for name, value in operation.named.items()}
        made.append(_alike(Operation(operation.name, function, arguments, named)))
        numbers[number] = len(made)
    return Recording(tuple(made), renamed(recording.output))


def _alike(operation: Operation) -> Operation:
    """Return a convolution with all it is given in order, as `convolve` takes it; anything else as it is."""
    given = convolution_of(operation.arguments, operation.named) if operation.name == "conv2d" else None
    if given is None or not isinstance(given["input"], Ref) or not isinstance(given["weight"], Tensor):
        return operation
    return Operation("conv2d", convolve, (*given.values(), None), {})


def _joined(convolution: Operation, after: Operation) -> Operation | None:
    """Return a convolution that does what the batch norm or the ReLU after it did too."""
    x, weight, bias, *how, relu = convolution.arguments
    if relu is not None:
        return None
    if (limits := _limits(after)) is not None:
        return Operation("conv2d", convolve, (x, weight, bias, *how, limits), {})
    norm = norm_of(after.arguments, after.named) if after.name == "batch_norm" else None
    if norm is None:
        return None
    return Operation("conv2d", convolve, (x, *norm.folded(weight, bias), *how, None), {})


def _limits(operation: Operation) -> Limits | None:
    """Return the limits of a ReLU, in place or not."""
    if operation.name == "relu":
        return (0.0, None)
    if operation.name == "relu6":
        return (0.0, 6.0)
    return relu_of(HARDTANH, operation.arguments, operation.named) if operation.name == "hardtanh" else None
