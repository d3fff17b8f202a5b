"""The historic files are written here opcode by opcode, as Python 2 and its numpy wrote them."""

import pickle
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seethrough.errors import UserError
from seethrough.networks.weights import read_array_pickle

HEADER = b"\x93NUMPY\x01\x00F\x00{'descr': '|O8', 'fortran_order': False, 'shape': (), }"
HEADER = HEADER.ljust(79) + b"\n"
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"


class Opcodes(bytes):
    """What is written already, beside values that are yet to be."""


class Python2:
    """cPickle's opcodes for what np.save(path, {name: [array, ...]}) held; its memo is left out."""

    def __init__(self, protocol: int) -> None:
        self.protocol = protocol

    def file(self, layers: dict[str, list[np.ndarray]]) -> bytes:
        start = b"\x80\x02" if self.protocol == 2 else b""
        state = self.items(1, (), self.dtype("O8", "|", 63), False, [layers])
        return HEADER + start + self.shell() + state + b"b."

    def shell(self) -> bytes:
        return RECONSTRUCT + b"(cnumpy\nndarray\n" + self.value((0,)) + self.value(b"b") + b"tR"

    def dtype(self, code: str, order: str, flags: int = 0) -> Opcodes:
        size = (-1, -1, flags)
        made = b"cnumpy\ndtype\n" + self.items(code.encode(), 0, 1) + b"R"
        return Opcodes(made + self.items(3, order.encode(), None, None, None, *size) + b"b")

    def array(self, array: np.ndarray) -> bytes:
        columns = array.flags.f_contiguous and not array.flags.c_contiguous
        data = array.tobytes(order="F" if columns else "C")
        order = array.dtype.str[0]
        return self.shell() + self.items(1, array.shape, self.dtype(array.dtype.str[1:], order), columns, data) + b"b"

    def items(self, *values: object) -> bytes:
        """A tuple, some of whose values may be opcodes already."""
        return b"(" + b"".join(v if isinstance(v, Opcodes) else self.value(v) for v in values) + b"t"

    def value(self, value: object) -> bytes:
        if value is None:
            return b"N"
        if isinstance(value, bool):
            return (b"I0%d\n" % value) if self.protocol == 0 else (b"\x88" if value else b"\x89")
        if isinstance(value, int):
            if self.protocol == 0:
                return b"I%d\n" % value
            if value > 2**31 - 1:
                return b"\x8a\x0a" + value.to_bytes(10, "little")
            return b"K" + bytes([value]) if 0 <= value < 256 else b"J" + struct.pack("<i", value)
        if isinstance(value, bytes):
            if self.protocol == 0:
                return b"S'" + b"".join(b"\\x%02x" % byte for byte in value) + b"'\n"
            return (
                b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value
            )
        if isinstance(value, str):
            return self.value(value.encode())
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, tuple):
            return self.items(*value)
        if isinstance(value, list):
            return b"(l" + b"".join(self.value(item) + b"a" for item in value)
        assert isinstance(value, dict)
        return b"(d" + b"".join(self.value(key) + self.value(item) + b"s" for key, item in value.items())


def layers(seed: int = 0) -> dict[str, list[np.ndarray]]:
    random = np.random.default_rng(seed)
    return {
        "conv1": [random.normal(size=(3, 2, 4, 5)).astype("f4"), random.normal(size=5).astype("f4")],
        "fc6": [np.asfortranarray(random.normal(size=(7, 3))), random.integers(-9, 9, 3).astype(">i2")],
        "one": [np.array(2.5, dtype="<f2"), random.normal(size=(40, 9)).astype(">f4")],
    }


def write(content: bytes, path: Path) -> Path:
    path.write_bytes(content)
    return path


def assert_same(found: dict[str, list[np.ndarray]], wanted: dict[str, list[np.ndarray]]) -> None:
    assert list(found) == list(wanted)
    for name, arrays in wanted.items():
        assert len(found[name]) == len(arrays)
        for got, array in zip(found[name], arrays, strict=True):
            assert type(got) is np.ndarray
            np.testing.assert_array_equal(got, array)
            assert got.dtype == array.dtype.newbyteorder("=")
            assert got.flags.writeable
            assert got.flags.c_contiguous


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_array_pickle(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


@pytest.mark.parametrize("protocol", [0, 2])
def test_a_file_of_python_2_is_read_as_numpy_reads_it(protocol: int, tmp_path: Path) -> None:
    path = write(Python2(protocol).file(layers()), tmp_path / "old.npy")
    theirs = np.load(path, allow_pickle=True, encoding="latin1").item()
    assert_same(
        {name: [np.array(a, a.dtype.newbyteorder("="), order="C") for a in theirs[name]] for name in theirs}, layers()
    )
    assert_same(read_array_pickle(path), layers())


@pytest.mark.parametrize("protocol", range(5))
def test_a_file_of_python_3_is_read_at_every_protocol(protocol: int, tmp_path: Path) -> None:
    outer = np.empty((), dtype=object)
    outer[()] = layers()
    path = write(HEADER + pickle.dumps(outer, protocol), tmp_path / "new.npy")
    assert_same(read_array_pickle(path), layers())


def test_what_np_save_writes_today_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", layers(), allow_pickle=True)
    assert_same(read_array_pickle(tmp_path / "a.npy"), layers())


def test_names_that_numpy_2_gave_its_parts_are_read(tmp_path: Path) -> None:
    renamed = Python2(2).file(layers()).replace(b"cnumpy.core.multi", b"cnumpy._core.multi")
    assert_same(read_array_pickle(write(renamed, tmp_path / "a.npy")), layers())


def short(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


HOSTILE = {
    "os.system": b"cos\nsystem\n(S'touch {mark}'\ntR.",
    "posix.system": b"cposix\nsystem\n(S'touch {mark}'\ntR.",
    "__builtin__.eval": b'c__builtin__\neval\n(S\'open("{mark}", "w")\'\ntR.',
    "builtins.exec": b"\x80\x04" + short("builtins") + short("exec") + b"\x93.",
    "builtins.getattr": b"cbuiltins\ngetattr\n(cnumpy\nndarray\nS'tofile'\ntR.",
    "numpy.fromfile": b"cnumpy\nfromfile\n(S'/etc/passwd'\ntR.",
    "numpy.load": b"cnumpy\nload\n(S'other.npy'\ntR.",
    "numpy.ndarray.tofile": b"\x80\x04" + short("numpy") + short("ndarray.tofile") + b"\x93.",
    "numpy.core.multiarray.fromstring": b"cnumpy.core.multiarray\nfromstring\n.",
    "numpy.core.multiarray._reconstruct.__globals__": (
        b"\x80\x04" + short("numpy.core.multiarray") + short("_reconstruct.__globals__") + b"\x93."
    ),
    "_codecs.lookup": b"c_codecs\nlookup\n.",
    "subprocess.Popen": b"(S'touch {mark}'\nisubprocess\nPopen\n.",  # INST
    "importlib.import_module": b"(cimportlib\nimport_module\nS'os'\no.",  # OBJ
    "copy_reg._reconstructor": b"ccopy_reg\n_reconstructor\n.",
    "torch.load": RECONSTRUCT + b"(ctorch\nload\n(I0\ntS'b'\ntR.",  # as the array's class
    "evil\\x1b[2J\\nname.run": b"\x80\x04" + short("evil\x1b[2J\nname") + short("run") + b"\x93.",  # for the terminal
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_refused_by_name_and_runs_nothing(name: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    content = HOSTILE[name].replace(b"{mark}", str(mark).encode())
    assert f"asks for '{name}'" in refusal(write(HEADER + content, tmp_path / "a.npy"))
    assert not mark.exists()


PYTHON_2 = Python2(2)
DTYPE = PYTHON_2.dtype("f4", "<")
BROKEN = {
    "a stand-in called again": RECONSTRUCT + b")R)R.",
    "an array's class made by NEWOBJ": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "a state given to a stand-in itself": RECONSTRUCT + b"(I1\ntb.",
    "a persistent name": b"Pwhatever\n.",
    "an extension's number": b"\x80\x02\x82\x01.",
    "another codec": b"c_codecs\nencode\n(Vx\nVrot13\ntR.",
    "a dtype with fields": b"cnumpy\ndtype\n(S'V8'\nI0\nI1\ntR" + b"(I3\nS'|'\nN(S'a'\ntNI8\nI1\nI0\ntb.",
    "a state that is too short": PYTHON_2.shell() + b"(I1\ntb.",
    "a list for an array": b"(l.",
    "nothing": b".",
    "no end": PYTHON_2.shell(),
    "a memo of 16 GB": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "a string of 8 EB": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f" + b"abc.",
    "a byte array of 8 EB": b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f" + b"abc.",
    "a million nested tuples": b"(" + b")" + b"\x85" * 1_000_000 + b".",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_pickle_that_builds_no_dict_of_arrays_is_damaged_at_once(kind: str, tmp_path: Path) -> None:
    start = time.process_time()
    assert "is damaged, or holds no pickled dict" in refusal(write(HEADER + BROKEN[kind], tmp_path / "a.npy"))
    assert time.process_time() - start < 10


def holding(value: bytes) -> bytes:
    """A file with one layer whose list holds the value."""
    layer = b"(d" + PYTHON_2.value("conv1") + b"(l" + value + b"as"
    return HEADER + PYTHON_2.shell() + b"(I1\n)" + PYTHON_2.dtype("O8", "|", 63) + b"\x89(l" + layer + b"atb."


def array(shape: tuple[int, ...], dtype: object, data: object) -> bytes:
    return PYTHON_2.shell() + PYTHON_2.items(1, shape, dtype, False, data) + b"b"


def test_the_frame_of_the_next_test_is_a_good_file(tmp_path: Path) -> None:
    path = write(holding(array((2,), DTYPE, np.float32([1, 2]).tobytes())), tmp_path / "a.npy")
    assert_same(read_array_pickle(path), {"conv1": [np.float32([1, 2])]})


@pytest.mark.parametrize(
    "value",
    [
        array((1,), PYTHON_2.dtype("O8", "|", 63), [b"x"]),
        array((1,), PYTHON_2.dtype("O8", "|", 63), b"\x00" * 8),
        array((1,), PYTHON_2.dtype("S4", "|"), b"text"),
        array((1,), PYTHON_2.dtype("f4,f4", "|"), b"\x00" * 8),
        array((1,), PYTHON_2.dtype("f4", "q"), b"\x00" * 4),
        array((3,), DTYPE, b"\x00" * 8),
        array((-1,), DTYPE, b"\x00" * 8),
        array((2**70,), DTYPE, b"\x00" * 8),
        array((2,), DTYPE, [0, 1]),
        array((2,), 7, b"\x00" * 8),
        PYTHON_2.value(7),
        PYTHON_2.value(b"a string"),
        PYTHON_2.value([]),
        PYTHON_2.shell(),
        DTYPE,
        b"cnumpy\nndarray\n",
    ],
    ids=[
        "objects", "pointers", "strings", "fields", "order", "short", "negative", "huge", "list as data",
        "no dtype", "int", "bytes", "list", "shell", "dtype", "class",
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused_with_its_layer(value: bytes, tmp_path: Path) -> None:
    assert "'conv1' is no list of plain arrays of numbers" in refusal(write(holding(value), tmp_path / "a.npy"))


@pytest.mark.parametrize("target", [b"c_codecs\nencode\n", RECONSTRUCT, b"cnumpy\ndtype\n", b"cnumpy\nndarray\n"])
def test_a_pickle_cannot_change_how_the_next_one_is_read(target: bytes, tmp_path: Path) -> None:
    for attribute in (b"__init__", b"__new__", b"__setstate__", b"__code__", b"__defaults__", b"numbers"):
        attack = target + b"(N(d" + b"V" + attribute + b"\n" + RECONSTRUCT + b"stb."
        refusal(write(HEADER + attack, tmp_path / "attack.npy"))
        attack = target + b"(d" + b"V" + attribute + b"\nI1\nsb."
        refusal(write(HEADER + attack, tmp_path / "attack.npy"))
    outer = np.empty((), dtype=object)
    outer[()] = layers()
    assert_same(read_array_pickle(write(HEADER + pickle.dumps(outer, 2), tmp_path / "good.npy")), layers())


def test_a_plain_array_and_another_file_are_said(tmp_path: Path) -> None:
    np.save(tmp_path / "plain.npy", np.ones(3))
    assert "holds one plain array" in refusal(tmp_path / "plain.npy")
    np.save(tmp_path / "objects.npy", np.array([1, "a"], dtype=object), allow_pickle=True)
    assert "holds one plain array" in refusal(tmp_path / "objects.npy")
    assert "is no .npy file" in refusal(write(b"PK\x03\x04 and more", tmp_path / "a.npy"))
    assert "is no .npy file" in refusal(write(b"", tmp_path / "b.npy"))
    assert "does not exist" in refusal(tmp_path / "none.npy")


def test_a_header_is_never_evaluated(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(mark)!r}).touch() or {{}}\n".encode()
    path = write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(code)) + code, tmp_path / "a.npy")
    assert "is no .npy file" in refusal(path)
    assert not mark.exists()


@pytest.mark.parametrize("protocol", [0, 2])
def test_a_file_cut_anywhere_is_refused_in_one_line(protocol: int, tmp_path: Path) -> None:
    whole = Python2(protocol).file({"a": [np.float32([1, 2])]})
    for length in range(len(whole)):
        refusal(write(whole[:length], tmp_path / "a.npy"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, 10**6), value=st.integers(0, 255))
def test_one_wrong_byte_gives_arrays_or_one_line(where: int, value: int, tmp_path: Path) -> None:
    damaged = bytearray(Python2(2).file({"a": [np.float32([1, 2])], "b": [np.float32([[3]])]}))
    damaged[where % len(damaged)] = value
    try:
        found = read_array_pickle(write(bytes(damaged), tmp_path / "a.npy"))
        assert all(array.dtype.kind in "fiub" for arrays in found.values() for array in arrays)
    except UserError as line:
        assert "\n" not in str(line)
