import os
import stat
from pathlib import Path

import pytest

from seethrough.errors import UserError
from seethrough.files import replacing


def test_the_file_appears_only_when_the_block_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "notes.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.suffix == ".txt"
        assert temporary.name.startswith(".")
    assert path.read_text() == "whole"
    assert [each.name for each in path.parent.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, OSError])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("old")
    with pytest.raises(failure, match=r"^half way$"), replacing(path) as temporary:
        temporary.write_text("new, but only ha")
        raise failure("half way")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_unmakes_the_folders_it_made_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(RuntimeError), replacing(tmp_path / "mine" / "new" / "newer" / "x.txt") as temporary:
        assert temporary.exists()
        raise RuntimeError
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_folders_that_others_used_meanwhile_stay(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), replacing(tmp_path / "new" / "x.txt"):
        (tmp_path / "new" / "theirs.txt").write_text("theirs")
        raise RuntimeError
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "theirs.txt"]


def test_the_new_file_has_the_rights_that_any_new_file_has(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with replacing(tmp_path / "x.txt") as temporary:
            temporary.write_text("x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "x.txt").stat().st_mode) == 0o640


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x.txt").write_text("old")
    (tmp_path / "x.txt").symlink_to(tmp_path / "there" / "x.txt")
    with replacing(tmp_path / "x.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "x.txt").is_symlink()
    assert (tmp_path / "there" / "x.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("folder", "is a folder"),
        ("file/x.txt", "cannot be written: a file stands where its folder would be"),
        ("file/a/x.txt", "cannot be written: Not a directory"),
        ("pipe", "is not a regular file"),
        ("ring", "cannot be written"),
        ("nul\0l", "cannot be written"),
        ("x" * 300, "cannot be written: File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_line_before_the_block_runs(
    tmp_path: Path, place: str, line: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=line) as caught, replacing(tmp_path / place):
        raise AssertionError("the block must not run")
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_the_root_folder_is_refused_as_a_folder() -> None:
    with pytest.raises(UserError, match="'/' is a folder"), replacing("/"):
        raise AssertionError("the block must not run")


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(UserError, match="not a regular file"), replacing("/dev/null"):
        raise AssertionError("the block must not run")
    assert not Path("/dev/null").is_file()


def test_missing_rights_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "touch", refuse)
    with (
        pytest.raises(UserError, match=r"x\.txt' cannot be written: Permission denied$"),
        replacing(tmp_path / "x.txt"),
    ):
        raise AssertionError("the block must not run")


def test_a_move_that_is_refused_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="No space left"), replacing(tmp_path / "x.txt") as temporary:
        temporary.write_text("x")
    assert list(tmp_path.iterdir()) == []
