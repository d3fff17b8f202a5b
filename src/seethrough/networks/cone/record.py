"""A network written down as the operations that one image meets, in order; Python's own steps are gone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.networks.operating import Operating
from seethrough.networks.taps import read_forward

IN_PLACE: Mapping[str, Callable[..., Any]] = {
    "__iadd__": torch.add,
    "__imul__": torch.mul,
    "__isub__": torch.sub,
    "__itruediv__": torch.div,
}
UNTOUCHED = ("dropout", "dropout2d", "feature_dropout", "alpha_dropout", "contiguous", "detach", "clone")
"""What hands an image on as it is, in evaluation."""


@dataclass(frozen=True)
class Ref:
    """A value that depends on the image: that of an operation, or one of its parts where there are several."""

    number: int
    part: int | None = None


@dataclass(frozen=True)
class Operation:
    """A function and what it takes, with a `Ref` in place of each tensor that depends on the image."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]

    @cached_property
    def refs(self) -> list[Ref]:
        """Return the values it reads."""
        return found_in((self.arguments, tuple(self.named.values())))

    def given(self, order: str) -> dict[str, Any]:
        """Return its arguments by name, where `order` names those that stand without one."""
        return {**dict(zip(order.split(), self.arguments, strict=False)), **self.named}


@dataclass(frozen=True)
class Recording:
    """Operations in order, numbered from 1 (0 is the image), and which value is the network's output."""

    operations: tuple[Operation, ...]
    output: Ref

    def users(self) -> Counter[int]:
        """Count how often each operation's value is read."""
        counted = Counter(ref.number for operation in self.operations for ref in operation.refs)
        counted[self.output.number] += 1
        return counted


def found_in(value: Any) -> list[Ref]:
    """Return the refs in nested arguments."""
    if isinstance(value, Ref):
        return [value]
    return [ref for item in value for ref in found_in(item)] if isinstance(value, tuple | list) else []


def replaced(value: Any, by: Callable[[Ref], Any]) -> Any:
    """Return nested arguments with something in place of each ref."""
    if isinstance(value, Ref):
        return by(value)
    return type(value)(replaced(item, by) for item in value) if type(value) in (tuple, list) else value


def record(module: nn.Module, image: Tensor, layer: str | None = None) -> Recording | None:
    """Pass an image [1, C, H, W] through, and write down what is done to it; None where the output is no tensor.

    With a layer, its output is the last that is written down.

    >>> [operation.name for operation in record(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), image).operations]
    ['conv2d', 'relu']
    """
    watch = _Recorder(image)
    with torch.no_grad(), watch:
        names = [] if layer is None else [layer]
        output, found = read_forward(module, lambda: module(image), names, stop=bool(names), leaf=False)
    ref = watch.ref_of(output if layer is None else found.get(layer))
    return None if ref is None else Recording(tuple(watch.operations), ref)


class _Recorder(Operating):
    """Writes down every operation that a tensor which depends on the image goes through."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self._refs: dict[int, Ref] = {id(image): Ref(0)}
        self._alive: list[Any] = [image]  # an id is only a name while its tensor lives

    def ref_of(self, value: Any) -> Ref | None:
        """Return what a tensor is written down as."""
        return self._refs.get(id(value)) if isinstance(value, Tensor) else None

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation, and write it down."""
        # Read first: an operation in place is about to change what its argument's id stands for.
        taken, taken_named = self._noted(arguments), {name: self._noted(value) for name, value in named.items()}
        output = function(*arguments, **named)
        parts = [output] if isinstance(output, Tensor) else output if isinstance(output, tuple | list) else []
        tensors = [part for part in parts if isinstance(part, Tensor)]
        if tensors and found_in((taken, tuple(taken_named.values()))):
            self._keep(_plainly(function, taken, taken_named, in_place=output is _first(arguments)), output)
        return output

    def _noted(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self._refs.get(id(value), value)
        return type(value)(self._noted(item) for item in value) if type(value) in (tuple, list) else value

    def _keep(self, operation: Operation, output: Any) -> None:
        if operation.name in UNTOUCHED and isinstance(operation.arguments[0], Ref) and isinstance(output, Tensor):
            self._refs[id(output)] = operation.arguments[0]
            self._alive.append(output)
            return
        self.operations.append(operation)
        number = len(self.operations)
        self._alive.append(output)
        if isinstance(output, Tensor):
            self._refs[id(output)] = Ref(number)
            return
        for part, tensor in enumerate(output):
            self._refs[id(tensor)] = Ref(number, part)
            self._alive.append(tensor)


def _first(arguments: tuple[Any, ...]) -> Any:
    return arguments[0] if arguments else None


def _plainly(
    function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any], *, in_place: bool
) -> Operation:
    """Return an operation as one that changes nothing it reads."""
    name = function.__name__
    if not in_place:
        return Operation(name.strip("_"), function, arguments, named)
    if name in IN_PLACE:
        return Operation(name.strip("_").removeprefix("i"), IN_PLACE[name], arguments, named)
    plain = getattr(torch, name.rstrip("_"), None) or getattr(functional, name.rstrip("_"), None)
    if name.endswith("_") and plain is not None:
        return Operation(plain.__name__, plain, arguments, named)

    def apart(first: Tensor, *rest: Any, **more: Any) -> Any:
        return function(first.clone(), *rest, **more)

    return Operation(name.strip("_"), apart, arguments, named)
