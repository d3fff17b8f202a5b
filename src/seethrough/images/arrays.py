"""Arrays and tensors of any common layout and type to images."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seethrough.errors import UserError

CHANNELS = (1, 2, 3, 4)
# What float32 arithmetic adds to a white pixel is no mistake of anyone.
SLACK = 1e-6


def from_array(source: NDArray[Any] | Tensor, name: str) -> Tensor:
    """Return an image of its own memory, float32 [C, H, W] with C 1 or 3, alpha laid over white.

    Where the shape fits both orders, arrays are read as [H, W, C] and tensors as [C, H, W].

    >>> from_array(np.full((2, 2, 4), [255, 0, 0, 51], np.uint8), "red")[:, 0, 0]
    tensor([1.0000, 0.8000, 0.8000])
    """
    values = in_range(_channels_first(source, name), name)
    if len(values) in (2, 4):
        colour, alpha = values[:-1], values[-1:]
        values = colour * alpha + (1 - alpha)
    return torch.from_numpy(np.ascontiguousarray(values))


def in_range(values: NDArray[Any], name: str) -> NDArray[np.float32]:
    """Return a float32 copy with values in [0, 1]: integers by their white (255, or 65535 for uint16), floats as is.

    >>> in_range(np.array([0, 51, 255]), "levels")
    array([0. , 0.2, 1. ], dtype=float32)
    """
    dtype = values.dtype
    if dtype.kind == "b":
        return values.astype(np.float32)
    if dtype.kind == "u" and dtype.itemsize <= 2:
        return values.astype(np.float32) / np.float32(np.iinfo(dtype).max)
    if dtype.kind not in "iuf":
        raise UserError(f"{name} has values of type {dtype}; right would be floats in [0, 1] or integers 0..255")
    low, high = values.min(), values.max()
    if dtype.kind != "f":
        if low < 0 or high > 255:
            raise UserError(f"{name} has integers from {low} to {high}; right: 0 to 255, or uint16 for 0 to 65535")
        return values.astype(np.float32) / np.float32(255)
    if not np.isfinite(low) or not np.isfinite(high):
        odd = np.count_nonzero(~np.isfinite(values))
        raise UserError(f"{name} has {odd} of {values.size} values that are NaN or infinite; right: all in [0, 1]")
    if low < -SLACK or high > 1 + SLACK:
        raise UserError(f"{name} has values from {low:.6g} to {high:.6g}; right: [0, 1]; {_cure(low, high)}")
    return values.astype(np.float32).clip(0, 1)


def _cure(low: float, high: float) -> str:
    if low >= -0.25 and high <= 1.25:
        return "a little over: clamp to 0..1"
    if low >= -1 and high <= 1:
        return "if it is in -1..1: (x + 1) / 2"
    if low < 0:
        return "if it is normalised: x * std + mean"
    if high <= 255:
        return "divide by 255"
    return "divide by 65535" if high <= 65535 else "divide by the value that means white"


def _channels_first(source: NDArray[Any] | Tensor, name: str) -> NDArray[Any]:
    shape = tuple(source.shape)
    if 0 in shape:
        raise UserError(f"{name} is empty: its shape is {shape}")
    values = _as_numpy(source)
    if values.ndim == 4:
        if len(values) != 1:
            raise UserError(f"{name} has shape {shape}, {len(values)} pictures; right would be one at a time")
        values = values[0]
    if values.ndim == 2:
        return values[None]
    if values.ndim != 3:
        raise UserError(f"{name} has shape {shape}; right would be [C, H, W], [H, W, C] or [H, W]")
    places = (0, 2) if isinstance(source, Tensor) else (2, 0)
    for place in places:
        if values.shape[place] in CHANNELS:
            return np.moveaxis(values, place, 0)
    count = min(values.shape[0], values.shape[2])
    raise UserError(f"{name} has {count} channels (shape {shape}); right: 1 or 3, or 2 or 4 with alpha")


def _as_numpy(source: NDArray[Any] | Tensor) -> NDArray[Any]:
    if not isinstance(source, Tensor):
        return source
    # numpy knows no bfloat16 nor any 8-bit float; float32 holds each of their values.
    small = source.is_floating_point() and source.element_size() < 4
    values: NDArray[Any] = (source.float() if small else source).numpy(force=True)
    return values
