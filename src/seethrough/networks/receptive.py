"""Receptive fields: which pixels a unit can see, derived while one image passes through the network.

Every tensor on its way carries a record of how its positions lie over the pixels. Convolutions and pooling widen it
(size' = size + (kernel - 1) * dilation * stride, stride' = stride * step), sums and concatenations take the hull, pooling over
the whole map sees the whole image, and an operation that is not known here (attention) ends the record: the field
is then None, never a guess. Works on functional, in-place and reused modules alike, as it watches operations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from seethrough.networks.operating import Operating


@dataclass(frozen=True)
class ReceptiveField:
    """What a unit sees, (y, x): `size` pixels that begin at `start + stride * position`; a stride of 0 is the whole image."""

    size: tuple[int, int]
    stride: tuple[int, int]
    start: tuple[int, int]

    def box(self, y: int, x: int) -> tuple[int, int, int, int]:
        """Return top, left, bottom, right of what the unit at (y, x) sees; it may reach beyond the image."""
        top, left = self.start[0] + self.stride[0] * y, self.start[1] + self.stride[1] * x
        return top, left, top + self.size[0], left + self.size[1]


@dataclass(frozen=True)
class ChannelsLast:
    """The record of a map that was turned to [B, H, W, C], as networks do around their layer norms."""

    field: ReceptiveField


# Beside a field, a record may say: its positions were laid out in a row (FLAT), or nothing is known any more (UNKNOWN).
FLAT, UNKNOWN = "flat", "unknown"
Record = ReceptiveField | ChannelsLast | str

POINTWISE = frozenset(
    (
        "relu relu6 leaky_relu prelu elu celu selu gelu silu mish hardtanh hardswish hardsigmoid sigmoid logsigmoid tanh "
        "softplus softsign threshold dropout dropout1d dropout2d feature_dropout alpha_dropout add sub rsub mul div "
        "true_divide pow sqrt rsqrt square abs neg exp log clamp clamp_min clamp_max sin cos contiguous clone detach to "
        "float double half bfloat16 type_as batch_norm instance_norm local_response_norm lerp where maximum minimum cat "
        "concat channel_shuffle"
    ).split()
)
IN_PLACE = {"__iadd__": "add", "__isub__": "sub", "__imul__": "mul", "__itruediv__": "div"}
FLATTENING = frozenset(["flatten", "view", "reshape", "squeeze"])


class FieldWatch(Operating):
    """While active, follows an image [1, C, H, W] through all operations; `field_of` answers for any tensor met."""

    def __init__(self, image: Tensor) -> None:
        """Begin at the pixels, each of which sees itself."""
        super().__init__()
        self._whole = ReceptiveField((image.shape[-2], image.shape[-1]), (0, 0), (0, 0))
        self._records: dict[int, Record] = {id(image): ReceptiveField((1, 1), (1, 1), (0, 0))}
        self._alive: list[Tensor] = [image]  # an id is only a name while its tensor lives

    def field_of(self, tensor: Tensor) -> ReceptiveField | None:
        """Return the receptive field of a map's units, or None where it could not be derived."""
        record = self._records.get(id(tensor))
        return record if isinstance(record, ReceptiveField) else None

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation, and write down what its output sees."""
        # Read first: an operation in place is about to change what its argument's id stands for.
        met = [self._records[id(item)] for item in _tensors((arguments, named)) if id(item) in self._records]
        shape = next((item.shape for item in _tensors(arguments)), None)
        output = function(*arguments, **named)
        if met and isinstance(output, Tensor):
            self._keep(output, self._after(function.__name__, met, arguments, named, output, shape))
        elif met and isinstance(output, tuple | list):
            for part in _tensors(output):
                self._keep(part, met[0] if _splits_channels(function.__name__, arguments, named) else UNKNOWN)
        return output

    def _keep(self, tensor: Tensor, record: Record) -> None:
        self._records[id(tensor)] = record
        self._alive.append(tensor)

    def _after(
        self,
        name: str,
        met: list[Record],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
        output: Tensor,
        shape: Any,
    ) -> Record:
        """Return the record of an operation's output, from the records of the tensors it took."""
        name = IN_PLACE.get(name, name.strip("_"))
        record = met[0]
        if UNKNOWN in met:
            return UNKNOWN
        if name in POINTWISE:
            return _hull(met)
        if name == "permute":
            return _turned(record, arguments, named)
        if isinstance(record, ChannelsLast):
            return record if name in ("layer_norm", "linear") and len(shape) == 4 else UNKNOWN
        if name == "pad" or (name == "getitem" and output.shape[-2:] == shape[-2:]):
            return _shifted(record, arguments, named) if name == "pad" else record
        if name in ("conv2d", "max_pool2d", "avg_pool2d", "max_pool2d_with_indices", "boolean_dispatch"):
            return _windowed(record, name, arguments, named)
        if name in ("adaptive_avg_pool2d", "adaptive_max_pool2d"):
            if output.shape[-2:] == shape[-2:]:
                return record
            return self._whole if output.shape[-2:] == (1, 1) and isinstance(record, ReceptiveField) else UNKNOWN
        if name in ("mean", "amax", "sum"):
            over_map = len(shape) == 4 and output.shape[:2] == shape[:2] and output.numel() == shape[0] * shape[1]
            return self._whole if over_map and isinstance(record, ReceptiveField) else UNKNOWN
        if name == "transpose" and isinstance(record, ReceptiveField):
            turned = {int(dim) % output.ndim for dim in (*arguments[1:], *named.values())}
            return record if max(turned) < output.ndim - 2 else UNKNOWN
        if name in FLATTENING:
            keeps_map = output.ndim >= 4 and output.shape[-2:] == shape[-2:]
            return record if record == self._whole or keeps_map else FLAT
        if name == "linear" and len(shape) == 2:
            return self._whole
        return UNKNOWN


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [tensor for item in value for tensor in _tensors(item)]
    return []


def _splits_channels(name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
    """Tell whether the operation cuts a map into groups of channels, each of which sees what the map saw."""
    dim = named.get("dim", arguments[2] if len(arguments) > 2 else 0)
    return name in ("chunk", "split", "unbind", "tensor_split") and dim == 1


def _hull(met: list[Record]) -> Record:
    """Return what is seen by a map made of several position by position: everything that any of them sees."""
    if len(set(met)) == 1:
        return met[0]
    if FLAT in met:
        return FLAT
    if any(isinstance(record, ChannelsLast) for record in met):
        return UNKNOWN
    fields = [record for record in met if isinstance(record, ReceptiveField)]
    strides = {field.stride for field in fields} - {(0, 0)}
    if len(strides) > 1:
        return UNKNOWN
    whole = next((field for field in fields if field.stride == (0, 0)), None)
    if whole is not None:
        return whole
    start = tuple(min(field.start[axis] for field in fields) for axis in (0, 1))
    end = tuple(max(field.start[axis] + field.size[axis] for field in fields) for axis in (0, 1))
    size = (end[0] - start[0], end[1] - start[1])
    return ReceptiveField(size, fields[0].stride, (start[0], start[1]))


def _pair(value: Any) -> tuple[int, int]:
    return (int(value[0]), int(value[-1])) if isinstance(value, tuple | list) else (int(value), int(value))


def _windowed(record: Record, name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Record:
    """Widen a field by a convolution's or a pooling's window."""
    convolution = name == "conv2d"
    order = "input weight bias stride padding dilation groups"
    if not convolution:
        order = "input kernel_size stride padding " + ("dilation" if "max" in name else "ceil_mode")
    given = {**dict(zip(order.split(), arguments, strict=False)), **named}
    kernel = _pair(given["weight"].shape[-2:] if convolution else given["kernel_size"])
    step = _pair(given.get("stride") or (1 if convolution else kernel))
    dilation = _pair(given.get("dilation") or 1)
    padding = given.get("padding") or 0
    if padding == "same":
        margin = ((kernel[0] - 1) * dilation[0] // 2, (kernel[1] - 1) * dilation[1] // 2)
    else:
        margin = (0, 0) if padding == "valid" else _pair(padding)
    if not isinstance(record, ReceptiveField) or record.stride == (0, 0):
        return record
    size, stride, start = record.size, record.stride, record.start
    return ReceptiveField(
        (size[0] + (kernel[0] - 1) * dilation[0] * stride[0], size[1] + (kernel[1] - 1) * dilation[1] * stride[1]),
        (stride[0] * step[0], stride[1] * step[1]),
        (start[0] - margin[0] * stride[0], start[1] - margin[1] * stride[1]),
    )


def _turned(record: Record, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Record:
    """Follow a map to channels last and back; any other turn ends the record."""
    dims = named.get("dims", arguments[1] if len(arguments) == 2 else arguments[1:])
    turn = tuple(int(dim) % 4 for dim in dims) if len(dims) == 4 else ()
    if isinstance(record, ReceptiveField) and turn == (0, 2, 3, 1):
        return ChannelsLast(record)
    return record.field if isinstance(record, ChannelsLast) and turn == (0, 3, 1, 2) else UNKNOWN


def _shifted(record: Record, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Record:
    """Move a field by the border that was put around the map (torch.nn.functional.pad: left, right, top, bottom)."""
    border = named.get("pad", arguments[1] if len(arguments) > 1 else ())
    if not isinstance(record, ReceptiveField) or len(border) != 4:
        return UNKNOWN
    stride, start = record.stride, record.start
    return ReceptiveField(record.size, stride, (start[0] - border[2] * stride[0], start[1] - border[0] * stride[1]))
