"""The pickled dict of arrays inside an old .npy file, read by an unpickler that can build arrays and nothing else."""

import pickle
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from seethrough.errors import UserError

NUMBERS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})


def load_arrays(file: BinaryIO, source: str) -> dict[str, list[np.ndarray[Any, Any]]]:
    """Read name -> arrays from an open .npy file that pickles such a dict; errors begin with the source.

    >>> load_arrays(open("bvlc_alexnet.npy", "rb"), "bvlc_alexnet.npy")["conv1"][0].shape
    (11, 11, 3, 96)
    """
    _check_header(file, source)
    try:
        outer = _ArrayUnpickler(file, source).load()
        (content,) = outer.data
        layers = {_text(name): values for name, values in content.items()}
    except UserError:
        raise
    except Exception as broken:  # a bad pickle may raise anything at all
        raise UserError(f"{source} is damaged, or holds no pickled dict of arrays") from broken
    return {name: _numbers(values, f"{source}: {name!r}") for name, values in layers.items()}


def _check_header(file: BinaryIO, source: str) -> None:
    """Read the header as literals (numpy never evaluates it) and ask for one pickled object."""
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
    except Exception as broken:  # numpy's parser of literals lets several kinds escape
        raise UserError(f"{source} is damaged, or is no .npy file") from broken
    if dtype != np.dtype(object) or shape != ():
        raise UserError(f"{source} holds one plain array; should hold a dict of name -> [weights, bias]")


class _ArrayUnpickler(pickle._Unpickler):
    """Python's own unpickler, whose find_class gives stand-ins alone.

    Not the C one: a single opcode makes that allocate gigabytes for its memo. And not numpy's real constructors:
    a dtype or an array restored from a stranger's state can reach outside its memory.
    """

    def __init__(self, file: BinaryIO, source: str) -> None:
        super().__init__(file, encoding="bytes")
        self.source = source

    def find_class(self, module: str, name: str) -> object:
        """Return the stand-in for what a plain array needs; refuse everything else by name."""
        match module, name:
            case "numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct":
                return _Array
            case "numpy", "ndarray":
                return "ndarray"
            case "numpy", "dtype":
                return _Dtype
            case "_codecs", "encode":
                return _latin1
        raise UserError(f"{self.source} asks for {f'{module}.{name}'!r}: only plain arrays are read, it is refused")


class _Dtype:
    """What a pickle says of a dtype."""

    __slots__ = ("code", "order")

    def __init__(self, code: str | bytes, align: object = None, copy: object = None) -> None:
        self.code, self.order = _text(code), "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, order, *_ = state  # the rest describes fields, which no dtype in NUMBERS has
        self.order = _text(order)


class _Array:
    """What a pickle says of an array."""

    __slots__ = ("column_major", "data", "dtype", "shape")

    def __init__(self, *_: object) -> None:
        """Numpy writes an empty shell here; the state says everything."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, self.shape, self.dtype, self.column_major, self.data = state

    def numbers(self) -> np.ndarray[Any, Any]:
        """Build the array, in this machine's byte order."""
        if self.dtype.code not in NUMBERS or self.dtype.order not in ("<", ">", "=", "|"):
            raise ValueError("not an array of numbers")
        if not all(type(side) is int and side >= 0 for side in self.shape):
            raise ValueError("not a shape")
        flat = np.frombuffer(self.data, np.dtype(self.dtype.order + self.dtype.code))
        shaped = flat.reshape(self.shape, order="F" if self.column_major else "C")
        return np.array(shaped, dtype=self.dtype.code, order="C")


def _numbers(values: object, where: str) -> list[np.ndarray[Any, Any]]:
    try:
        if not isinstance(values, list | tuple) or not all(isinstance(value, _Array) for value in values):
            raise TypeError("not a list of arrays")
        return [value.numbers() for value in values]
    except (ArithmeticError, AttributeError, TypeError, ValueError) as wrong:
        raise UserError(f"{where} is no list of plain arrays of numbers") from wrong


def _text(written: object) -> str:
    """Read a name; Python 2 wrote bytes."""
    if isinstance(written, bytes):
        return written.decode("latin1")
    if isinstance(written, str):
        return written
    raise TypeError(f"{type(written).__name__} where a name should be")


def _latin1(text: object, encoding: object) -> bytes:
    """Undo how Python 3 writes bytes for Python 2."""
    if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
        raise ValueError("not bytes written as latin1 text")
    return text.encode("latin1")
