"""Chains: which convolution is followed by which batch norm and which ReLU, as a pass has shown it; and borders before it."""

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.module import _has_any_global_hook

Limits: TypeAlias = tuple[float, float | None]
"""Those of a ReLU: (0, None), or (0, 6)."""
Border: TypeAlias = tuple[int, int, int, int]
"""Zeros laid around a map: left, right, top, bottom."""
Versions: TypeAlias = tuple[tuple[int, int] | None, ...]
"""Of some tensors where each lies, and how often it was written to: the same as long as nobody changes one."""
CONVOLUTION = functional.conv2d
NORM = functional.batch_norm
PAD = functional.pad
NORM_ORDER = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
RELU, RELU6, HARDTANH = functional.relu, functional.relu6, functional.hardtanh
ABOUT = frozenset(
    "dim ndim size shape dtype device layout numel nelement stride is_contiguous is_floating_point is_complex element_size "
    "itemsize requires_grad is_leaf is_cuda is_sparse is_quantized is_mkldnn get_device __len__ __hash__".split()
)
"""What is asked about a tensor without reading its values."""
RELUS = frozenset((RELU, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_))


@dataclass(frozen=True)
class Norm:
    """A batch norm in evaluation: the very tensors it was called with, so that what changes in them is seen."""

    mean: Tensor
    variance: Tensor
    weight: Tensor | None
    bias: Tensor | None
    eps: float

    def is_same(self, other: "Norm | None") -> bool:
        """Tell whether another call is one of the same norm."""
        return other is not None and (
            self.mean is other.mean
            and self.variance is other.variance
            and self.weight is other.weight
            and self.bias is other.bias
            and self.eps == other.eps
        )

    def folded(self, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the weight and bias of a convolution that does what the norm after it does too."""
        scale = (self.variance + self.eps).rsqrt()
        scale = scale if self.weight is None else scale * self.weight
        shift = -self.mean * scale if bias is None else (bias - self.mean) * scale
        return weight * scale.view(-1, 1, 1, 1), shift if self.bias is None else shift + self.bias


@dataclass(frozen=True)
class Chain:
    """What follows a convolution, which is told by its weight."""

    weight: "weakref.ref[Tensor]"
    norm: Norm | None
    relu: Limits | None

    def versions(self, weight: Tensor, bias: Tensor | None) -> Versions:
        """Return where the weight, the bias and the norm's tensors lie, and how often each was written to."""
        norm = () if self.norm is None else (self.norm.mean, self.norm.variance, self.norm.weight, self.norm.bias)
        # Tensors of inference mode do not count how often.
        return tuple(
            None if one is None else (one.data_ptr(), 0 if one.is_inference() else one._version)
            for one in (weight, bias, *norm)
        )

    def fits(self, x: Tensor, weight: Tensor) -> bool:
        """Tell whether all of it is in one kind of number, and that fine enough for a norm to be folded."""
        if torch.is_autocast_enabled(x.device.type):
            return weight.dtype == torch.float32 and (self.norm is None or self.norm.mean.dtype == torch.float32)
        if self.norm is None:
            return x.dtype == weight.dtype
        return x.dtype == weight.dtype == self.norm.mean.dtype and x.dtype.itemsize >= 4


@dataclass
class Chains:
    """The chains of one way through a network, by the identity of their convolutions' weights.

    `borders` says which of the borders laid on this way, counted from the first, belong to a convolution of a chain alone.
    """

    by_weight: dict[int, Chain] = field(default_factory=dict)
    borders: set[int] = field(default_factory=set)

    def of(self, weight: Tensor) -> Chain | None:
        """Return what follows the convolution with this weight."""
        chain = self.by_weight.get(id(weight))
        return chain if chain is not None and chain.weight() is weight else None

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.by_weight)

    def forget(self, chain: Chain) -> None:
        """Fuse this one no more."""
        self.by_weight = {number: one for number, one in self.by_weight.items() if one is not chain}


def convolution_of(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return all that a convolution is given, in order; None where it is never fused: without a batch, or padded in words."""
    given: dict[str, Any] = dict.fromkeys(("input", "weight", "bias"))
    given |= {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    given |= dict(zip(given, arguments, strict=False)) | dict(named)
    if getattr(given["input"], "ndim", 4) != 4 or isinstance(given["padding"], str):
        return None
    return given | {name: _pair(given[name]) for name in ("stride", "padding", "dilation")}


def border_of(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Border | None:
    """Return the border of zeros that is laid around maps so; None where it is another, or cuts something off."""
    given = dict(zip(("input", "pad", "mode", "value"), arguments, strict=False)) | dict(named)
    border = tuple(int(one) for one in given["pad"])
    usual = given.get("mode", "constant") == "constant" and not given.get("value")
    if given["input"].ndim != 4 or len(border) != 4 or min(border) < 0 or not usual:
        return None
    left, right, top, bottom = border
    return left, right, top, bottom


def norm_of(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Norm | None:
    """Return the batch norm that is called so, if it is one in evaluation, with statistics of its own."""
    given = dict(zip(NORM_ORDER, arguments, strict=False)) | dict(named)
    mean, variance = given.get("running_mean"), given.get("running_var")
    if given.get("training") or not isinstance(mean, Tensor) or not isinstance(variance, Tensor):
        return None
    return Norm(mean, variance, given.get("weight"), given.get("bias"), given.get("eps", 1e-5))


def relu_of(function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Limits | None:
    """Return the limits of the ReLU that is called so; None where it is something else."""
    if function in RELUS:
        return (0.0, None)
    if function is RELU6:
        return (0.0, 6.0)
    if function is not HARDTANH:
        return None
    given = dict(zip(("input", "min_val", "max_val"), arguments, strict=False)) | dict(named)
    low, high = given.get("min_val", -1.0), given.get("max_val", 1.0)
    return (0.0, float(high)) if low == 0 and high > 0 else None


def reads_values(function: Callable[..., Any]) -> bool:
    """Tell whether a function looks at the values of the tensors it is given, and not only at what they are."""
    name = function.__name__
    if name == "__get__":
        name = getattr(getattr(function, "__self__", None), "__name__", name)
    return name not in ABOUT


def is_watched(module: nn.Module) -> bool:
    """Tell whether somebody has hung hooks into a module, or into all: they are to see what they would have seen."""
    return bool(_has_any_global_hook()) or any(  # type: ignore[no-untyped-call]
        part._forward_hooks or part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks
        for part in module.modules()
    )


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Go through the tensors in nested arguments."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)


def _pair(value: Any) -> tuple[int, int]:
    return (int(value[0]), int(value[-1])) if isinstance(value, tuple | list) else (int(value), int(value))
