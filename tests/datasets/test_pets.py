from pathlib import Path

import pytest
import torch
import torchvision

from seethrough import datasets
from seethrough.datasets.stream import stream
from seethrough.errors import UserError
from seethrough.networks.frame import Frame
from tests.datasets.layouts import pets_files


def test_the_lists_say_which_photos_and_what_they_show(tmp_path: Path) -> None:
    pets_files(tmp_path)
    train, test, both = (datasets.load("oxford-pets", split, root=tmp_path) for split in ("train", "test", None))
    assert train.classes == test.classes == ("American Bulldog", "Bengal")
    assert train.labels.tolist() == [1, 0]
    assert [both.name_of(place) for place in range(3)] == [
        "Bengal_2.jpg",
        "american_bulldog_7.jpg",
        "american_bulldog_9.jpg",
    ]
    (batch,) = stream(test, Frame((40, 56), 3, 56), batch=8)
    torch.testing.assert_close(batch.images[0, 0].mean(), torch.tensor(90 / 255), atol=0.02, rtol=0)
    assert len(datasets.load(tmp_path / "oxford-iiit-pet", "test")) == 1


def test_a_photo_that_is_listed_and_not_there_is_named(tmp_path: Path) -> None:
    (pets_files(tmp_path) / "images" / "american_bulldog_9.jpg").unlink()
    with pytest.raises(UserError, match=r"american_bulldog_9\.jpg is missing or empty; bring it with"):
        datasets.load("oxford-pets", root=tmp_path)


def test_an_empty_photo_is_named(tmp_path: Path) -> None:
    (pets_files(tmp_path) / "images" / "Bengal_2.jpg").write_bytes(b"")
    with pytest.raises(UserError, match=r"Bengal_2\.jpg is missing or empty"):
        datasets.load("oxford-pets", root=tmp_path)


@pytest.mark.parametrize("line", ["Bengal_2", "Bengal_2 x 1 2", "Bengal_2 0 1 2"])
def test_a_line_that_says_no_breed_is_shown_with_its_number(tmp_path: Path, line: str) -> None:
    folder = pets_files(tmp_path)
    (folder / "annotations" / "trainval.txt").write_text(f"american_bulldog_7 1 2 1\n{line}\n")
    with pytest.raises(UserError, match=rf"trainval\.txt', line 2: '{line}' is not"):
        datasets.load("oxford-pets", root=tmp_path)


def test_a_list_of_rubbish_is_named(tmp_path: Path) -> None:
    (pets_files(tmp_path) / "annotations" / "test.txt").write_bytes(b"\xff\xfe\x00 rubbish")
    with pytest.raises(UserError, match="bring it with"):
        datasets.load("oxford-pets", "test", root=tmp_path)


def test_an_empty_list_is_named(tmp_path: Path) -> None:
    (pets_files(tmp_path) / "annotations" / "test.txt").write_text("")
    with pytest.raises(UserError, match=r"test\.txt' names no pictures"):
        datasets.load("oxford-pets", "test", root=tmp_path)


def test_the_real_ones_are_what_torchvision_reads(shared: Path) -> None:
    for split, theirs_is in (("train", "trainval"), ("test", "test")):
        ours = datasets.load("oxford-pets", split, root=shared / "data")
        theirs = torchvision.datasets.OxfordIIITPet(shared / "data", split=theirs_is)
        assert list(ours.classes) == theirs.classes
        assert ours.labels.tolist() == theirs._labels
        assert list(ours.files) == theirs._images
