import gzip
from pathlib import Path

import numpy as np
import pytest

from seethrough.datasets.idx import read_idx
from seethrough.errors import UserError
from tests.datasets.layouts import idx

VALUES = np.arange(24, dtype=np.uint8).reshape(4, 3, 2)


@pytest.mark.parametrize("packed", [False, True])
def test_values_and_shape_come_back(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / ("some.gz" if packed else "some")
    file.write_bytes(gzip.compress(idx(VALUES)) if packed else idx(VALUES))
    assert read_idx(tmp_path / "some", 3).numpy().tolist() == VALUES.tolist()


def test_a_file_written_by_hand_is_read(tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(b"\x00\x00\x08\x01" + b"\x00\x00\x00\x03" + b"\x05\x00\x04")
    assert read_idx(tmp_path / "labels", 1).tolist() == [5, 0, 4]


DAMAGE = {
    "empty": lambda content: b"",
    "no header": lambda content: content[:9],
    "cut off": lambda content: content[:-1],
    "too long": lambda content: content + b"\x00",
    "another kind of number": lambda content: b"\x00\x00\x0d" + content[3:],
    "other sides": lambda content: idx(VALUES.reshape(12, 2)),
    "a web page": lambda content: b"<html>not found</html>",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_the_file_named(tmp_path: Path, damage: str, packed: bool) -> None:
    file = tmp_path / ("some.gz" if packed else "some")
    content = DAMAGE[damage](idx(VALUES))
    file.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(UserError, match=rf"data file '.*{file.name}' is damaged or half downloaded: it ") as caught:
        read_idx(tmp_path / "some", 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("left", [0, 5, 20, -1])
def test_a_half_downloaded_gz_is_found(tmp_path: Path, left: int) -> None:
    (tmp_path / "some.gz").write_bytes(gzip.compress(idx(VALUES))[:left])
    with pytest.raises(UserError, match=r"some\.gz' is damaged or half downloaded"):
        read_idx(tmp_path / "some", 3)


def test_a_gz_whose_bytes_were_changed_is_found(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(idx(VALUES)))
    content[-6] ^= 1  # in the check sum
    (tmp_path / "some.gz").write_bytes(content)
    with pytest.raises(UserError, match="it cannot be unpacked"):
        read_idx(tmp_path / "some", 3)


def test_what_it_was_unpacked_from_is_read_where_unpacking_was_killed(tmp_path: Path) -> None:
    (tmp_path / "some").write_bytes(idx(VALUES)[:-3])
    (tmp_path / "some.gz").write_bytes(gzip.compress(idx(VALUES)))
    assert read_idx(tmp_path / "some", 3).numpy().tolist() == VALUES.tolist()


def test_a_file_that_is_not_there_is_left_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "some", 3)
