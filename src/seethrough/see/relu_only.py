"""Which networks the rules for ReLUs are for: any other activation is refused by its name, never passed in silence."""

import torch
from torch.autograd.graph import Node

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.networks.operations import Edge, Way, kind_of, saved

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
    "Erf": "torch.erf",
    "Abs": "torch.abs",
    "Sin": "torch.sin",
    "Cos": "torch.cos",
    "Where": "torch.where",
}
SIGMOIDS = {"Sigmoid", "Hardsigmoid"}
# What x * sigmoid(x) and its like are made of, between x and the product.
SQUASHING = SIGMOIDS | {"Hardtanh", "Clamp", "Exp"}
SCALING = {"Add", "Sub", "Rsub", "Neg", "Mul", "Div", "Reciprocal"}


def refuse_others(network: Network, way: Way, relus: set[Node]) -> None:
    """Raise where the rules have no meaning, or where one cannot see what the network does."""
    for node in way:
        if node not in relus and (other := _other(node, way, relus)):
            named = _layer_of(network, other)
            raise UserError(
                f"guided backprop and deconvnet are for ReLU networks; {network.name} uses {other}"
                + (f" (layer {named})" if named else "")
                + "; try smooth-grad"
            )


def _other(node: Node, way: Way, relus: set[Node]) -> str | None:
    """Name what the rules have no meaning for, if the operation is of that kind."""
    kind = kind_of(node)
    if kind == "Elu" and saved(node, "scale") != 1:
        return "SELU"
    if kind in NOT_RELU:
        return NOT_RELU[kind]
    if kind in SIGMOIDS and not relus:
        return kind
    if kind in ("Mul", "Div") and _squashes_itself(node, way):
        return "x * sigmoid(x) or the like"
    if kind == "Mul" and any(getattr(saved(node, side), "dtype", None) is torch.bool for side in ("self", "other")):
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
        while edge != factor and kind_of(edge[0]) in SQUASHING | SCALING and len(way[edge[0]]) == 1:
            squashed = squashed or kind_of(edge[0]) in SQUASHING
            edge = _copied(way[edge[0]][0], way)
        if edge == factor and squashed:
            return True
    return False


def _copied(edge: Edge, way: Way) -> Edge:
    """Return what a copy is of; anything else is returned as it is."""
    while kind_of(edge[0]) == "Clone":
        edge = way[edge[0]][0]
    return edge


def _layer_of(network: Network, activation: str) -> str | None:
    """Return the first layer that is such an activation, if it is a layer at all."""
    parts = dict(network.module.named_modules())
    spelled = ("silu", "swish") if activation == "SiLU" else (activation.lower(),)
    layers = (name for name in network.layers if "#" not in name)
    return next((name for name in layers if type(parts[name]).__name__.lower().startswith(spelled)), None)
