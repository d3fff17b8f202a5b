"""The three ways back through a ReLU: the gradient's, the deconvnet's, and guided backprop's.

plain (where the input was above 0), deconvnet (where the gradient is above 0; Zeiler & Fergus 2014, arXiv:1311.2901),
guided (where both are; Springenberg et al. 2015, arXiv:1412.6806).

The rule is laid on the graph that autograd records, not on modules: there every ReLU stands, whether it was a module, a
function, in place, or a clamp. The graph belongs to one pass of one thread, and goes with it.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.autograd.graph import Node

from seethrough.networks.network import gradients
from seethrough.networks.operations import OutOfViews, between, is_relu, kind_of, saved
from seethrough.see.goal import Goal
from seethrough.see.relu_only import refuse_others

Rule: TypeAlias = Literal["plain", "deconvnet", "guided"]


def rule_gradient(explained: Goal, pixels: Tensor, rule: Rule) -> Tensor:
    """Return d number / d pixels [B, C, H, W], with every ReLU between them passed by the rule.

    >>> rule_gradient(goal(network, pixels, "espresso"), pixels, "guided").shape
    torch.Size([1, 3, 224, 224])
    """
    with gradients():
        pixels = pixels.detach().clone().requires_grad_()
        with OutOfViews():
            numbers, _ = explained.numbers(pixels, plain=True)
        if rule == "plain":
            return _slope(numbers, pixels)
        way = between(numbers, pixels)
        relus = {node for node in way if is_relu(node, way)}
        refuse_others(explained.network, way, relus)
        handles = [node.register_hook(_passing(node, rule)) for node in relus]
        try:
            return _slope(numbers, pixels)
        finally:
            # A node and its hook hold each other: left there, the graph would never be freed.
            for handle in handles:
                handle.remove()


def _slope(numbers: Tensor, pixels: Tensor) -> Tensor:
    return torch.autograd.grad(numbers.sum(), pixels, materialize_grads=True)[0]


def _passing(node: Node, rule: Rule) -> Callable[[Any, Any], tuple[Tensor | None, ...]]:
    """Return the hook that puts the rule in place of the gradient that autograd has computed for a ReLU."""

    def guided(slopes_in: Any, slopes_out: Any) -> tuple[Tensor | None, ...]:
        inside = _inside(node)
        return tuple(None if slope is None else slope.relu() * inside for slope in slopes_in)

    def deconvnet(slopes_in: Any, slopes_out: Any) -> tuple[Tensor | None, ...]:
        return tuple(None if slope is None else slopes_out[0].relu() for slope in slopes_in)

    return guided if rule == "guided" else deconvnet


def _inside(node: Node) -> Tensor | int:
    """Return where a clamp lets through; for some clamps autograd takes the limits in, as a ReLU's gradient does not."""
    if kind_of(node) == "Maximum":
        return torch.maximum(saved(node, "self"), saved(node, "other")) > 0
    if kind_of(node) not in ("Clamp", "ClampMin"):
        return 1
    inside: Tensor = saved(node, "self") > 0
    high = saved(node, "max")
    return inside if high is None else inside & (saved(node, "self") < high)
