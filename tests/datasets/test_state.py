import gzip
import hashlib
from pathlib import Path

import pytest

from seethrough.datasets.known import KNOWN, Download, File, Known
from seethrough.datasets.state import missing, state
from tests.datasets.layouts import pets_files

CONTENT = b"a few bytes of a data set" * 40
PACKED = gzip.compress(CONTENT, mtime=0)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


TINY = Known(
    "tiny",
    "two small files",
    2,
    1,
    "tiny",
    "Tiny",
    "raw",
    (File("raw/a.gz", md5(PACKED), len(CONTENT)), File("b", md5(CONTENT))),
    (),
    (Download("http://nowhere.invalid/tiny.tar.gz", "tiny.tar.gz", md5(b"the archive"), 11),),
)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    (tmp_path / "Tiny" / "raw").mkdir(parents=True)
    (tmp_path / "Tiny" / "raw" / "a.gz").write_bytes(PACKED)
    (tmp_path / "Tiny" / "b").write_bytes(CONTENT)
    return tmp_path


def test_what_is_whole_is_there(there: Path) -> None:
    found = state(TINY, there)
    assert (found.condition, found.where, found.says) == ("there", there / "Tiny", "")


def test_what_was_unpacked_is_there_without_its_gz(there: Path) -> None:
    packed = there / "Tiny" / "raw" / "a.gz"
    packed.with_suffix("").write_bytes(CONTENT)
    packed.unlink()
    assert state(TINY, there).condition == "there"
    packed.with_suffix("").write_bytes(CONTENT[:-1])
    found = state(TINY, there)
    assert (found.condition, found.says) == ("damaged", f"a is damaged: {len(CONTENT) - 1} of {len(CONTENT):,} bytes")
    packed.write_bytes(PACKED)  # it is read from that instead
    assert state(TINY, there).condition == "there"


def test_nothing_at_all_is_missing(tmp_path: Path) -> None:
    found = state(TINY, tmp_path)
    assert (found.condition, found.says) == ("missing", "Tiny is missing")


def test_one_file_that_is_missing_or_changed_is_named(there: Path) -> None:
    (there / "Tiny" / "b").write_bytes(CONTENT[:-5])
    assert state(TINY, there).says == "b is damaged or half downloaded"
    (there / "Tiny" / "b").unlink()
    found = state(TINY, there)
    assert (found.condition, found.says) == ("damaged", "b is missing")


def test_a_half_downloaded_archive_is_named_with_how_much_is_there(tmp_path: Path) -> None:
    (tmp_path / "tiny.tar.gz").write_bytes(b"the arc")
    found = state(TINY, tmp_path)
    assert found.condition == "damaged"
    assert found.says == "tiny.tar.gz is damaged or half downloaded (7 of 11 bytes)"


def test_an_archive_no_longer_matters_once_it_is_unpacked(there: Path) -> None:
    (there / "tiny.tar.gz").write_bytes(b"the arc")
    assert state(TINY, there).condition == "there"


def test_every_picture_of_the_lists_is_looked_for(tmp_path: Path) -> None:
    folder = pets_files(tmp_path)
    found = state(KNOWN["oxford-pets"], tmp_path)
    assert (found.condition, found.says) == ("there", "a part: 3 of 7,349 pictures")
    for name in ("Bengal_2", "american_bulldog_9"):
        (folder / "images" / f"{name}.jpg").unlink()
    found = state(KNOWN["oxford-pets"], tmp_path)
    assert (found.condition, found.says) == ("damaged", "Bengal_2.jpg is missing or empty (and 1 more)")


def test_what_comes_with_scikit_learn_is_there(tmp_path: Path) -> None:
    assert state(KNOWN["digits"], tmp_path).condition == "there"


def test_the_shared_ones_are_whole(shared: Path) -> None:
    assert state(KNOWN["mnist"], shared / "data").condition == "there"
    assert state(KNOWN["oxford-pets"], shared / "data").says == "a part: 1,841 of 7,349 pictures"


def test_the_line_for_what_is_missing_names_the_root_only_where_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"seethrough data get tiny --data {tmp_path};" in str(missing(TINY, tmp_path, "gone"))
    monkeypatch.setenv("SEETHROUGH_DATA", str(tmp_path))
    assert "seethrough data get tiny;" in str(missing(TINY, tmp_path, "gone"))
