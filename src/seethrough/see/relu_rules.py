"""The three ways back through a ReLU: the gradient's, the deconvnet's, and guided backprop's.

plain (where the input was above 0), deconvnet (where the gradient is above 0; Zeiler & Fergus 2014, arXiv:1311.2901),
guided (where both are; Springenberg et al. 2015, arXiv:1412.6806).

The rule is laid on the graph that autograd records, not on modules: there every ReLU stands, whether it was a module, a
function, in place, or a clamp; and so does any other activation, for which the rules have no meaning and which is refused
by name. The graph belongs to one pass of one thread, and goes with it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.autograd.graph import Node, get_gradient_edge
from torch.overrides import TorchFunctionMode

from seethrough.errors import UserError
from seethrough.networks.network import Network, gradients
from seethrough.see.goal import Goal

Rule: TypeAlias = Literal["plain", "deconvnet", "guided"]
Edge: TypeAlias = tuple[Node, int]
Way: TypeAlias = Mapping[Node, list[Edge]]

# Activations as autograd names them. Softmax and the sigmoids are not here: as gates and attention they weigh what ReLUs
# let through, and pass plainly.
NOT_RELU = {
    "Silu": "SiLU",
    "Gelu": "GELU",
    "Hardswish": "Hardswish",
    "Mish": "Mish",
    "Elu": "ELU",
    "Celu": "CELU",
    "LeakyRelu": "LeakyReLU",
    "PreluKernel": "PReLU",
    "RreluWithNoise": "RReLU",
    "Softplus": "Softplus",
    "Hardtanh": "Hardtanh",
    "Threshold": "Threshold",
    "Tanh": "Tanh",
    "Glu": "GLU",
    "LogSigmoid": "LogSigmoid",
    "Hardshrink": "Hardshrink",
    "Softshrink": "Softshrink",
    # What activations are written with by hand: whether that makes a ReLU cannot be told from the graph.
    "Erf": "erf",
    "Abs": "abs",
    "Sin": "sin",
    "Cos": "cos",
    "Where": "torch.where",
}
SIGMOIDS = {"Sigmoid", "Hardsigmoid"}
# What x * sigmoid(x) and its like are made of, between x and the product.
SQUASHING = SIGMOIDS | {"Hardtanh", "Clamp", "Exp"}
SCALING = {"Add", "Sub", "Rsub", "Neg", "Mul", "Div", "Reciprocal"}


def rule_gradient(explained: Goal, pixels: Tensor, rule: Rule) -> Tensor:
    """Return d number / d pixels [B, C, H, W], with every ReLU between them passed by the rule.

    >>> rule_gradient(goal(network, pixels, "espresso"), pixels, "guided").shape
    torch.Size([1, 3, 224, 224])
    """
    with gradients():
        pixels = pixels.detach().clone().requires_grad_()
        with _OutOfViews():
            numbers, _ = explained.numbers(pixels)
        if rule != "plain":
            way = _between(numbers, pixels)
            relus = [node for node in way if _is_relu(node, way)]
            _refuse_others(explained.network, way, relus)
            for node in relus:
                node.register_hook(_passing(node, rule))
        return torch.autograd.grad(numbers.sum(), pixels, materialize_grads=True)[0]


def _between(numbers: Tensor, pixels: Tensor) -> Way:
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


def _kind(node: Node) -> str:
    """Return what the operation is: of "ReluBackward0", Relu."""
    return node.name().partition("Backward")[0]


def _is_relu(node: Node, way: Way) -> bool:
    """Tell whether this is a ReLU or ReLU6, also one that is written as a threshold, clamp or maximum."""
    kind = _kind(node)
    if kind == "Relu":
        return True
    if kind == "Threshold":
        return _is_zero(getattr(node, "_saved_threshold"))  # noqa: B009 (no type knows what a node saves)
    if kind == "Maximum":
        return len(way[node]) == 1 and (_is_zero(_saved(node, "self")) or _is_zero(_saved(node, "other")))
    if kind not in ("Hardtanh", "Clamp", "ClampMin"):
        return False
    low = _saved(node, "min_val" if kind == "Hardtanh" else "min")
    high = _saved(node, "max_val" if kind == "Hardtanh" else "max")
    # Between 0 and 1 it is a hard sigmoid, or keeps pixels in their range.
    return _is_zero(low) and (high is None or bool((torch.as_tensor(high) > 1).all()))


def _saved(node: Node, name: str) -> Any:
    return getattr(node, f"_saved_{name}", None)


def _is_zero(limit: Any) -> bool:
    return limit is not None and not torch.as_tensor(limit).any()


def _passing(node: Node, rule: Rule) -> Callable[[Any, Any], tuple[Tensor | None, ...]]:
    """Return the hook that puts the rule in place of the gradient that autograd has computed for a ReLU."""

    def guided(slopes_in: Any, slopes_out: Any) -> tuple[Tensor | None, ...]:
        inside = _inside(node)
        return tuple(None if slope is None else slope.relu() * inside for slope in slopes_in)

    def deconvnet(slopes_in: Any, slopes_out: Any) -> tuple[Tensor | None, ...]:
        return tuple(None if slope is None else slopes_out[0].relu() for slope in slopes_in)

    return guided if rule == "guided" else deconvnet


def _inside(node: Node) -> Tensor | int:
    """Return where a clamp lets through; for it autograd counts the limits as inside, as a ReLU's gradient does not."""
    if _kind(node) == "Maximum":
        return torch.maximum(_saved(node, "self"), _saved(node, "other")) > 0
    if _kind(node) not in ("Clamp", "ClampMin"):
        return 1
    inside: Tensor = _saved(node, "self") > 0
    high = _saved(node, "max")
    return inside if high is None else inside & (_saved(node, "self") < high)


def _refuse_others(network: Network, way: Way, relus: list[Node]) -> None:
    """Raise where the rules have no meaning, or where one cannot see what the network does."""
    # Sigmoids last: x * sigmoid(x) has a better name.
    for node in sorted(way, key=lambda node: _kind(node) in SIGMOIDS):
        if node not in relus and (other := _other(node, way, relus)):
            named = _layer_of(network, other)
            raise UserError(
                f"guided backprop and deconvnet are for ReLU networks; {network.name} uses {other}"
                + (f" (layer {named})" if named else "")
                + "; try smooth-grad"
            )


def _other(node: Node, way: Way, relus: list[Node]) -> str | None:
    """Name what the rules have no meaning for, if the operation is of that kind."""
    kind = _kind(node)
    if kind == "Elu" and _saved(node, "scale") != 1:
        return "SELU"
    if kind in NOT_RELU:
        return NOT_RELU[kind]
    if kind in SIGMOIDS and not relus:
        return kind
    if kind in ("Mul", "Div") and _squashes_itself(node, way):
        return "x * sigmoid(x) or the like"
    if kind == "Mul" and any(getattr(_saved(node, side), "dtype", None) is torch.bool for side in ("self", "other")):
        return "a product with a mask"
    if isinstance(node, torch.autograd.function.BackwardCFunction):
        return f"{kind}, an autograd function of its own that one cannot see into"
    if "jit" in node.name() or "CppNode" in node.name():
        return "a compiled part that one cannot see into"
    if node.name().endswith("CopySlices") and len(node.next_functions) == 1:
        return "an operation in place on part of a tensor, which hides what it does"
    return None


def _squashes_itself(product: Node, way: Way) -> bool:
    """Tell whether one factor is the other squashed: SiLU, hard swish and their like, written by hand."""
    if len(way[product]) != 2:
        return False
    factors = [_copied(factor, way) for factor in way[product]]
    for factor, edge in (factors, factors[::-1]):
        squashed = False
        while edge != factor and _kind(edge[0]) in SQUASHING | SCALING and len(way[edge[0]]) == 1:
            squashed = squashed or _kind(edge[0]) in SQUASHING
            edge = _copied(way[edge[0]][0], way)
        if edge == factor and squashed:
            return True
    return False


def _copied(edge: Edge, way: Way) -> Edge:
    """Return what a copy is of; anything else is returned as it is."""
    while _kind(edge[0]) == "Clone":
        edge = way[edge[0]][0]
    return edge


def _layer_of(network: Network, activation: str) -> str | None:
    """Return the first layer that is such an activation, if it is a layer at all."""
    parts = dict(network.module.named_modules())
    spelled = ("silu", "swish") if activation == "SiLU" else (activation.lower(),)
    layers = (name for name in network.layers if "#" not in name)
    return next((name for name in layers if type(parts[name]).__name__.lower().startswith(spelled)), None)


class _OutOfViews(TorchFunctionMode):
    """Lets an operation in place on a view (a ReLU after flattening) work on a copy, and write that back.

    The graph holds an operation in place on a view inside another that cannot be looked into.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = named or {}
        first = arguments[0] if arguments else None
        name = getattr(function, "__name__", "")
        said = any(one is True for one in (*arguments[1:], named.get("inplace")))
        in_place = said or (name.endswith("_") and not name.endswith("__"))
        if not (in_place and isinstance(first, Tensor) and first.requires_grad and first._is_view()):
            return function(*arguments, **named)
        copy = first.clone()
        output = function(copy, *arguments[1:], **named)
        return first.copy_(copy) if output is copy else output
