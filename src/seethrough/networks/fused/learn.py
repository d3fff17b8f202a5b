"""Learning the chains of a network from one pass through it."""

import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from seethrough.networks.affine_norm import AffineBatchNorm
from seethrough.networks.fused.chains import (
    CONVOLUTION,
    NORM,
    PAD,
    Chain,
    Chains,
    Limits,
    Norm,
    border_of,
    convolution_of,
    norm_of,
    reads_values,
    relu_of,
    tensors_in,
)


@dataclass
class _Value:
    """What a convolution, or the norm after it, gave; `next` is what read it first, and `after` what that gave.

    `shared` are values that others read too. What a ReLU gave is held, with how often it had been written into by then.
    `border` is the number of the border that was laid to make this value, `bordered` the value so made that was convolved.
    """

    tensor: "weakref.ref[Tensor]"
    weight: "weakref.ref[Tensor] | None"
    next: "Norm | Limits | None" = None
    after: "_Value | None" = None
    reads: int = 0
    shared: bool = False
    held: tuple[Tensor, int] | None = None
    border: int | None = None
    bordered: "_Value | None" = None

    def relu(self) -> Limits | None:
        """Return the ReLU that alone reads it, if nothing has written into what it gave."""
        if self.shared or self.held is None or isinstance(self.next, Norm):
            return None
        tensor, version = self.held
        return self.next if tensor._version == version else None


class Learning(AffineBatchNorm):
    """While active, every operation runs as it stands, and it is noted what reads what; `chains()` tells what may be fused.

    In a fused chain the values between its parts are never there, so nothing else may read them; and what a ReLU gave is kept
    for the way back, so nothing may write into it. A layer that is read hands a copy on: it is never inside a chain.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        super().__init__()
        self._convolved: list[_Value] = []
        self._values: dict[int, _Value] = {}
        self._borders = 0

    def chains(self) -> Chains:
        """Return what may be fused; a convolution that is used twice may not."""
        uses = Counter(id(value.weight()) for value in self._convolved if value.weight)
        found = Chains()
        for value in self._convolved:
            assert value.weight is not None
            weight = value.weight()
            if weight is None or value.shared or uses[id(weight)] > 1:
                continue
            last, norm = value, None
            if isinstance(value.next, Norm) and value.after is not None:
                last, norm = value.after, value.next
            relu = last.relu()
            if norm is not None or relu is not None:
                found.by_weight[id(weight)] = Chain(value.weight, norm, relu)
                before = value.bordered
                if before is not None and before.border is not None and not before.shared:
                    found.borders.add(before.border)
        return found

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation, and note what it reads."""
        read = [self._values[id(one)] for one in tensors_in((arguments, tuple(named.values()))) if self._knows(one)]
        output = super().operate(function, arguments, named)
        for value in read if reads_values(function) else ():
            value.reads += 1
            value.shared |= not self._goes_on(value, function, arguments, named, output)
        if function is CONVOLUTION and (given := convolution_of(arguments, named)):
            self._convolved.append(self._noted(output, given["weight"]))
            if self._knows(given["input"]):
                self._convolved[-1].bordered = self._values[id(given["input"])]
        if function is PAD:
            if border_of(arguments, named):
                self._noted(output).border = self._borders
            self._borders += 1
        return output

    def _knows(self, tensor: Tensor) -> bool:
        value = self._values.get(id(tensor))
        return value is not None and value.tensor() is tensor

    def _noted(self, output: Tensor, weight: Tensor | None = None) -> _Value:
        value = _Value(weakref.ref(output), None if weight is None else weakref.ref(weight))
        self._values[id(output)] = value
        return value

    def _goes_on(
        self,
        value: _Value,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
        output: Any,
    ) -> bool:
        """Tell whether this is the one read that may come after a value, and note it."""
        if value.reads > 1 or not arguments or value.tensor() is not arguments[0]:
            return False
        if value.border is not None:
            given = convolution_of(arguments, named) if function is CONVOLUTION else None
            # Elsewhere a larger kernel takes longer than the border does.
            return given is not None and given["groups"] > 1 and given["dilation"] == (1, 1)
        if function is NORM and value.weight is not None and (norm := norm_of(arguments, named)):
            value.next, value.after = norm, self._noted(output)
            return True
        if limits := relu_of(function, arguments, named):
            value.next, value.held = limits, (output, output._version)
            self._values.pop(id(output), None)  # in place: who reads it from now on reads what the ReLU gave
            return True
        return False
