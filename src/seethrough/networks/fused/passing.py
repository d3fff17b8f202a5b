"""A pass in which the chains that were learnt are one operation each."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor

from seethrough.networks.affine_norm import AffineBatchNorm
from seethrough.networks.fused.chains import (
    CONVOLUTION,
    NORM,
    PAD,
    Border,
    Chain,
    Chains,
    Versions,
    border_of,
    convolution_of,
    norm_of,
    reads_values,
    relu_of,
    tensors_in,
)
from seethrough.networks.fused.convolve import convolve, enlarged, padded

Folded: TypeAlias = dict[tuple[Any, ...], tuple[Versions, Tensor, Tensor | None, tuple[Any, ...]]]
"""Weights and biases of convolutions that do what comes after them too, from what they were made of: how that stood then, and
a hold on it, whose identity is the key."""


class Otherwise(Exception):  # noqa: N818 (no error: it carries the news that the pass has to be made again)
    """Raised where a network goes on otherwise than was learnt: the chain is forgotten, and the pass has to be repeated."""


class Fused(AffineBatchNorm):
    """While active, a convolution also does what its chain says comes after it, and those who come after hand it on as it is.

    A border that belongs to a convolution is laid by it; until then something empty stands for the bordered maps. Whoever else
    reads what is not there yet, or is ahead of its time, ends the pass, as a norm does that never comes: `Otherwise`.
    """

    def __init__(self, chains: Chains, folded: Folded | None = None) -> None:
        """Take what was learnt, and weights that were folded before and are the same still."""
        super().__init__()
        self._chains = chains
        self._folded = folded
        self._ahead: dict[int, tuple[Tensor, Chain, bool]] = {}
        # What stands for bordered maps, with the maps, until a convolution has laid the border.
        self._behind: dict[int, tuple[Tensor, Tensor | None, Border, int]] = {}
        self._borders = 0

    def __exit__(self, kind: Any, failure: Any, trace: Any) -> None:
        """End the pass; whatever is still ahead of its time, or behind it, was not as it was learnt."""
        super().__exit__(kind, failure, trace)  # type: ignore[no-untyped-call]
        waiting = any(x is not None for _, x, _, _ in self._behind.values())
        if (self._ahead or waiting) and failure is None:
            raise self._otherwise()

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation, or hand on what was done before."""
        first = arguments[0] if arguments else None
        if id(first) in self._ahead and self._comes(first, function, arguments, named):
            return first
        if function is CONVOLUTION and (output := self._convolved(arguments, named)) is not None:
            return output
        if (self._ahead or self._behind) and reads_values(function):
            for one in tensors_in((arguments, tuple(named.values()))):
                if id(one) in self._ahead or id(one) in self._behind:
                    raise self._otherwise(one)
        if function is PAD and (output := self._bordered(arguments, named)) is not None:
            return output
        return super().operate(function, arguments, named)

    def _bordered(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Tensor | None:
        """Return what stands for bordered maps, if a convolution is to lay the border."""
        number, self._borders = self._borders, self._borders + 1
        border = border_of(arguments, named) if number in self._chains.borders else None
        x = arguments[0] if arguments else named["input"]
        if border is None or x.device.type != "cpu":
            return None
        height, width = x.shape[2] + border[2] + border[3], x.shape[3] + border[0] + border[1]
        slope = x.requires_grad and torch.is_grad_enabled()
        # One number, seen everywhere: it takes no memory.
        empty = torch.empty((), dtype=x.dtype, device=x.device, requires_grad=slope)
        empty = empty.expand(*x.shape[:2], height, width)
        self._behind[id(empty)] = (empty, x, border, number)
        return empty

    def _convolved(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Tensor | None:
        """Return what a convolution and those after it give; None where that was not learnt."""
        chain = self._chains.of(named.get("weight", arguments[1] if len(arguments) > 1 else None))
        given = None if chain is None else convolution_of(arguments, named)
        if chain is None or given is None or id(given["input"]) in self._ahead:
            return None
        x, weight, dilation = given["input"], given["weight"], given["dilation"]
        if not chain.fits(x, weight):
            return None
        border = None
        if id(x) in self._behind:
            empty, maps, border, number = self._behind[id(x)]
            if maps is None or dilation != (1, 1):
                return None
            self._behind[id(x)] = (empty, None, border, number)
            x = maps
        kind = x.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
        order = torch.channels_last if x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
        weight, bias = self._weights(chain, weight, given["bias"], border, dtype, order)
        padding = given["padding"] if border is None else padded(given["padding"], border)
        output = convolve(x.to(dtype), weight, bias, given["stride"], padding, dilation, given["groups"], chain.relu)
        self._ahead[id(output)] = (output, chain, chain.norm is not None)
        return output

    def _weights(
        self,
        chain: Chain,
        weight: Tensor,
        bias: Tensor | None,
        border: Border | None,
        dtype: torch.dtype,
        order: torch.memory_format,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the weight and bias that do the norm too, and lay the border."""
        key, held, versions = (id(chain), id(bias), border, dtype, order), (chain, bias), chain.versions(weight, bias)
        if self._folded is not None and key in self._folded and self._folded[key][0] == versions:
            return self._folded[key][1:3]
        # What is shared may be wanted by a pass with a gradient, after one in inference mode.
        with torch.inference_mode(False), torch.no_grad():
            if chain.norm is not None:
                weight, bias = chain.norm.folded(weight, bias)
            if border is not None:
                weight = enlarged(weight, border)
            weight = weight.to(dtype).contiguous(memory_format=order)
            bias = None if bias is None else bias.to(dtype)
        if self._folded is not None:
            self._folded[key] = (versions, weight, bias, held)
        return weight, bias

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

    def _otherwise(self, read: Tensor | None = None) -> Otherwise:
        for _, chain, _ in self._ahead.values():
            self._chains.forget(chain)
        for empty, x, _, number in self._behind.values():
            if x is not None or empty is read:
                self._chains.borders.discard(number)
        self._ahead.clear()
        self._behind.clear()
        return Otherwise()
