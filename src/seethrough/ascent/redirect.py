"""Redirected ReLUs: a way up for a unit whose ReLU lets nothing through where the image begins (Olah et al. 2017)."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from seethrough.networks.operations import is_relu, kind_of, saved

# What may stand between a layer's output and a ReLU before it. A depthwise convolution, too, gives nothing of a channel
# that was blocked.
PASSING = frozenset(
    (
        "Clone View UnsafeView ReshapeAlias Reshape Alias Permute Transpose T Select Slice Squeeze Unsqueeze "
        "MaxPool2DWithIndices AvgPool2D AdaptiveAvgPool2D Mean ToCopy "
        "Convolution Addcmul NativeBatchNorm CudnnBatchNorm ConstantPadNd"
    ).split()
)


def redirect(outputs: Iterable[Tensor]) -> list[RemovableHandle]:
    """Let the gradient through the ReLUs (or ReLU6, at 0 and at 6) behind each of these layers, where they block it whole.

    Only for images of which nothing comes through, and only in the direction that leads out of the block. Remove the
    handles after the pass: they keep its graph.
    """
    found = {relu for output in outputs for relu in _relus_behind(output)}
    return [relu.register_hook(_letting_through(relu)) for relu in found]


def _relus_behind(output: Tensor) -> Iterator[Node]:
    """Go back from a layer through one ReLU after the other, as far as there is one way only."""
    node = output.grad_fn
    while node is not None:
        before = [one for one, _ in node.next_functions if one is not None]
        relu = is_relu(node, {node: [(one, 0) for one in before]})
        if relu:
            yield node
        node = before[0] if (relu or kind_of(node) in PASSING) and len(before) == 1 else None


def _letting_through(relu: Node) -> Any:
    def hook(slopes_in: tuple[Tensor | None, ...], slopes_out: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        # One of what goes in is blocked; others are limits, which are constant.
        slope, wanted = next((one for one in slopes_in if one is not None), None), slopes_out[0]
        if slope is None or wanted is None:
            return slopes_in
        blocked = ~slope.any(dim=tuple(range(1, slope.ndim)), keepdim=True)
        if not bool(blocked.any()):
            return slopes_in
        result = saved(relu, "result")
        before = saved(relu, "self") if result is None else result
        # At 0 and below the way out is up; at the other end, down.
        out = torch.where(before <= 0, wanted > 0, wanted < 0)
        led = torch.where(blocked & out, wanted, slope)
        return tuple(led if one is slope else one for one in slopes_in)

    return hook
