from pathlib import Path

import pytest

from seethrough.errors import UserError
from seethrough.study.features import features
from seethrough.study.load_features import load_features
from tests.nets import small_cnn
from tests.study.sets import in_memory


def test_a_folder_that_holds_none_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no features: it has no index\.json"):
        load_features(tmp_path)
    (tmp_path / "index.json").write_text("[1]")
    with pytest.raises(UserError, match="no index of features"):
        load_features(tmp_path)
    (tmp_path / "index.json").write_text('{"format": 2}')
    with pytest.raises(UserError, match="format 2; this one reads 1"):
        load_features(tmp_path)
    (tmp_path / "index.json").write_text('{"format": 1}')
    with pytest.raises(UserError, match="holds no features yet"):
        load_features(tmp_path)


def test_what_was_written_can_be_moved_and_read(tmp_path: Path) -> None:
    found = features(small_cnn(), in_memory(6), folder=tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    assert load_features(tmp_path / "there") == found
