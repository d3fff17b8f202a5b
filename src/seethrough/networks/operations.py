"""The operations between an image and a number, as autograd recorded them: all there are, however they were written."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd.graph import Node, get_gradient_edge

from seethrough.networks.operating import Operating

Edge: TypeAlias = tuple[Node, int]
Way: TypeAlias = Mapping[Node, list[Edge]]

# Operations that may be in place and whose kind matters, by the names of functions.
MAY_BE_IN_PLACE = frozenset(
    (
        "relu relu6 threshold hardtanh clamp clamp_min clip silu hardswish mish elu celu selu leaky_relu rrelu tanh erf abs "
        "sin cos sigmoid hardsigmoid mul imul div itruediv"
    ).split()
)


def between(numbers: Tensor, pixels: Tensor) -> Way:
    """Return the operations that lead from the pixels to the numbers, each with those it takes its inputs from.

    What is computed from weights alone is not among them.
    """
    end = get_gradient_edge(pixels).node
    leads: dict[Node, bool] = {end: True}
    waiting = [numbers.grad_fn] if numbers.grad_fn is not None else []
    while waiting:
        node = waiting[-1]
        before = [one for one, _ in node.next_functions if one is not None]
        unseen = [one for one in before if one not in leads]
        if unseen and node not in leads:
            leads[node] = False  # met; what stands before it comes first
            waiting.extend(unseen)
            continue
        leads[node] = node is end or any(leads[one] for one in before)
        waiting.pop()
    return {
        node: [(one, output) for one, output in node.next_functions if one is not None and leads[one]]
        for node, leading in leads.items()
        if leading
    }


def kind_of(node: Node) -> str:
    """Return what the operation is: Relu, of "ReluBackward0"."""
    return node.name().partition("Backward")[0]


def saved(node: Node, name: str) -> Any:
    """Return what the operation kept for its gradient under that name, or None."""
    return getattr(node, f"_saved_{name}", None)


def is_relu(node: Node, way: Way) -> bool:
    """Tell whether this is a ReLU or ReLU6, also one that is written as a threshold, clamp or maximum."""
    kind = kind_of(node)
    if kind == "Relu":
        return True
    if kind == "Threshold":
        return _is_zero(saved(node, "threshold"))
    if kind == "Maximum":
        return len(way[node]) == 1 and (_is_zero(saved(node, "self")) or _is_zero(saved(node, "other")))
    if kind not in ("Hardtanh", "Clamp", "ClampMin"):
        return False
    low = saved(node, "min_val" if kind == "Hardtanh" else "min")
    high = saved(node, "max_val" if kind == "Hardtanh" else "max")
    # Between 0 and 1 it is a hard sigmoid, or keeps pixels in their range.
    return _is_zero(low) and (high is None or bool((torch.as_tensor(high) > 1).all()))


def _is_zero(limit: Any) -> bool:
    return limit is not None and not torch.as_tensor(limit).any()


class OutOfViews(Operating):
    """Lets an operation in place on a view (a ReLU after flattening) work on a copy, and write that back.

    The graph holds an operation in place on a view inside another that cannot be looked into.
    """

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation, on a copy if it may be in place on a view."""
        first = arguments[0] if arguments else None
        name = getattr(function, "__name__", "").strip("_")
        if not (name in MAY_BE_IN_PLACE and isinstance(first, Tensor) and first.requires_grad and first._is_view()):
            return function(*arguments, **named)
        copy = first.clone()
        output = function(copy, *arguments[1:], **named)
        return first.copy_(copy) if output is copy else output
