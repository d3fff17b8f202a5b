"""Counting the peak of live tensor bytes during a call: the same number each time, unlike what a process takes.

What is seen is every tensor that an operation of PyTorch makes or meets in the calling thread, the operations of backward
passes among them. A tensor of another origin (another thread, NumPy) counts from the first operation that meets it; arrays
that never become tensors, and what an operation takes and gives back within itself, are not seen.
"""

import gc
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Made = TypeVar("Made")


class _Counting(TorchDispatchMode):
    """Keeps the sum of the bytes of all storages that are alive, and the largest it ever was."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = 0
        self._bytes: dict[int, int] = {}
        self._watched: dict[int, weakref.ref[torch.UntypedStorage]] = {}
        for tensor in _every_tensor():
            self._watch(tensor.untyped_storage())

    def __torch_dispatch__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = named or {}
        made = function(*arguments, **named)
        # Arguments too: some come from elsewhere, and some were resized.
        self._count((arguments, tuple(named.values()), made))
        self.peak = max(self.peak, self.live)
        return made

    def _count(self, values: Any) -> None:
        for value in values:
            if isinstance(value, Tensor):
                if value.layout is torch.strided:
                    self._count_storage(value.untyped_storage())
            elif isinstance(value, tuple | list):
                self._count(value)

    def _count_storage(self, storage: torch.UntypedStorage) -> None:
        address, size = storage._cdata, storage.nbytes()
        if address not in self._watched:
            self._watch(storage)
            self._bytes[address] = 0
        if address in self._bytes:
            self.live += size - self._bytes[address]
            self._bytes[address] = size

    def _watch(self, storage: torch.UntypedStorage) -> None:
        # By its address: once it is gone, another may be given the same one.
        self._watched[storage._cdata] = weakref.ref(storage, partial(self._gone, storage._cdata))

    def _gone(self, address: int, _: Any) -> None:
        del self._watched[address]
        self.live -= self._bytes.pop(address, 0)


def counted(call: Callable[[], Made]) -> tuple[Made, int]:
    """Return what a call returns, and the most bytes that tensors made in it held at one time.

    Python's collector of cycles rests meanwhile: what only it would free is not free.
    """
    with _collector_at_rest():
        counting = _Counting()
        with counting:
            made = call()
        return made, counting.peak


def held_by(value: Any) -> int:
    """Return the bytes of all tensors inside a result, each storage once."""
    storages = {tensor.untyped_storage()._cdata: tensor.untyped_storage() for tensor in _tensors_in(value)}
    return sum(storage.nbytes() for storage in storages.values())


def _tensors_in(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if is_dataclass(value) and not isinstance(value, type):
        return [tensor for one in fields(value) for tensor in _tensors_in(getattr(value, one.name))]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    return [tensor for part in parts for tensor in _tensors_in(part)]


def _every_tensor() -> list[Tensor]:
    # By their type: to ask some objects for their class is to wake them.
    return [one for one in gc.get_objects() if issubclass(type(one), Tensor) and one.layout is torch.strided]


@contextmanager
def _collector_at_rest() -> Any:
    gc.collect()
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
