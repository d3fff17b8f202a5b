"""The same operations, fewer of them: batch norms go into the convolutions before them, activations work in place."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.networks.cone.operations import CONVOLUTION
from seethrough.networks.cone.record import Operation, Recording, Ref, replaced

NORM = "input running_mean running_var weight bias training momentum eps"
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
        if last is not None and last.name == "conv2d" and (joined := _joined(last, operation)):
            made[numbers[read.number] - 1] = joined  # type: ignore[union-attr]
            numbers[number] = numbers[read.number]  # type: ignore[union-attr]
            continue
        function = operation.function
        if last is not None and last.name in FRESH and operation.name in IN_PLACE:
            function = IN_PLACE[operation.name]
        arguments = replaced(operation.arguments, renamed)
        named = {name: replaced(value, renamed) for name, value in operation.named.items()}
        made.append(Operation(operation.name, function, arguments, named))
        numbers[number] = len(made)
    return Recording(tuple(made), renamed(recording.output))


def _joined(convolution: Operation, norm: Operation) -> Operation | None:
    """Return a convolution that does what the batch norm after it did too."""
    if norm.name != "batch_norm":
        return None
    given, stated = convolution.given(CONVOLUTION), norm.given(NORM)
    mean, variance, weight = stated["running_mean"], stated["running_var"], given["weight"]
    if stated.get("training") or not isinstance(mean, Tensor) or not isinstance(weight, Tensor):
        return None
    scale = (variance.double() + stated.get("eps", 1e-5)).rsqrt()
    if stated.get("weight") is not None:
        scale = scale * stated["weight"].double()
    bias = given.get("bias")
    shift = ((0 if bias is None else bias.double()) - mean.double()) * scale
    if stated.get("bias") is not None:
        shift = shift + stated["bias"].double()
    scaled = (weight.double() * scale.view(-1, *[1] * (weight.ndim - 1))).to(weight.dtype)
    rest = [given.get(name, usual) for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1))]
    return Operation("conv2d", convolution.function, (given["input"], scaled, shift.to(weight.dtype), *rest), {})
