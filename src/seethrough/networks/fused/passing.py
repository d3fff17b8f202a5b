"""A pass in which the chains that were learnt are one operation each."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from seethrough.networks.affine_norm import AffineBatchNorm
from seethrough.networks.fused.chains import (
    CONVOLUTION,
    NORM,
    Chain,
    Chains,
    convolution_of,
    norm_of,
    reads_values,
    relu_of,
    tensors_in,
)
from seethrough.networks.fused.convolve import convolve


class Otherwise(Exception):  # noqa: N818 (no error: it carries the news that the pass has to be made again)
    """Raised where a network goes on otherwise than was learnt: the chain is forgotten, and the pass has to be repeated."""


class Fused(AffineBatchNorm):
    """While active, a convolution also does what its chain says comes after it, and those who come after hand it on as it is.

    Whoever else reads a value that is ahead of its time, or a norm that never comes, ends the pass: `Otherwise`.
    """

    def __init__(self, chains: Chains) -> None:
        """Take what was learnt."""
        super().__init__()
        self._chains = chains
        self._ahead: dict[int, tuple[Tensor, Chain, bool]] = {}

    def __exit__(self, kind: Any, failure: Any, trace: Any) -> None:
        """End the pass; whatever is still ahead of its time was not as it was learnt."""
        super().__exit__(kind, failure, trace)  # type: ignore[no-untyped-call]
        if self._ahead and failure is None:
            raise self._otherwise()

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the operation, or hand on what was done before."""
        named = named or {}
        if self._ahead:
            first = arguments[0] if arguments else None
            if id(first) in self._ahead and self._comes(first, function, arguments, named):
                return first
            if reads_values(function) and any(
                id(one) in self._ahead for one in tensors_in((arguments, tuple(named.values())))
            ):
                raise self._otherwise()
        if function is CONVOLUTION:
            weight = named.get("weight", arguments[1] if len(arguments) > 1 else None)
            chain = self._chains.of(weight)
            given = None if chain is None else convolution_of(arguments, named)
            if chain is not None and given is not None and chain.fits(given["input"], weight):
                return self._convolved(chain, given)
        return super().__torch_function__(function, types, arguments, named)

    def _convolved(self, chain: Chain, given: Mapping[str, Any]) -> Tensor:
        x, weight, bias = given["input"], given["weight"], given["bias"]
        kind = x.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
        with torch.no_grad():
            if chain.norm is not None:
                weight, bias = chain.norm.folded(weight, bias)
            order = (
                torch.channels_last if x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
            )
            weight = weight.to(dtype).contiguous(memory_format=order)
            bias = None if bias is None else bias.to(dtype)
        stride, padding, dilation, groups = (given[name] for name in ("stride", "padding", "dilation", "groups"))
        output = convolve(x.to(dtype), weight, bias, stride, padding, dilation, groups, chain.relu)
        self._ahead[id(output)] = (output, chain, chain.norm is not None)
        return output

    def _comes(
        self, value: Any, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> bool:
        """Tell whether this is what was to come after a value, and note that it has."""
        _, chain, norm_is_next = self._ahead[id(value)]
        if norm_is_next:
            if function is not NORM or chain.norm is None or not chain.norm.is_same(norm_of(arguments, named)):
                return False
            if chain.relu is None:
                del self._ahead[id(value)]
            else:
                self._ahead[id(value)] = (value, chain, False)
            return True
        if relu_of(function, arguments, named) != chain.relu:
            return False
        del self._ahead[id(value)]
        return True

    def _otherwise(self) -> Otherwise:
        for _, chain, _ in self._ahead.values():
            self._chains.forget(chain)
        self._ahead.clear()
        return Otherwise()
