from pathlib import Path

import pytest
import torch
import torchvision

from seethrough import datasets
from seethrough.datasets.stream import stream
from seethrough.errors import UserError
from seethrough.networks.frame import Frame
from tests.datasets.layouts import picture_file


def grown(folder: Path, *files: str) -> Path:
    """Write pictures under a folder, the n-th with a red of n."""
    for number, file in enumerate(files):
        picture_file(folder / file, number)
    return folder


def test_class_folders_are_read_as_torchvision_reads_them(tmp_path: Path) -> None:
    folder = grown(tmp_path / "pets", "dog/b.png", "dog/a.jpg", "cat/1/x.PNG", "cat/0.png", "Emu/9.bmp")
    data = datasets.load(folder)
    theirs = torchvision.datasets.ImageFolder(str(folder))
    assert data.classes == ("Emu", "cat", "dog")
    assert list(data.classes) == theirs.classes
    assert sorted(zip(map(str, data.files), data.labels.tolist(), strict=True)) == sorted(theirs.samples)
    assert data.name == "pets"
    assert data.name_of(1) == "cat/0.png"


def test_hidden_files_and_those_that_are_no_pictures_are_left_out(tmp_path: Path) -> None:
    folder = grown(tmp_path, "cat/0.png", "cat/.1.png", ".git/2.png", "cat/.trash/3.png")
    (folder / "cat" / "notes.txt").write_text("a tabby")
    (folder / "README.md").write_text("pets")
    assert [file.name for file in datasets.load(folder).files] == ["0.png"]


@pytest.mark.parametrize("name", ["test", "val"])
def test_parts_are_read_with_the_classes_of_train(tmp_path: Path, name: str) -> None:
    folder = grown(tmp_path, "train/cat/0.png", "train/dog/1.png", "train/fox/2.png", f"{name}/fox/3.png")
    train, test, both = (datasets.load(folder, split) for split in ("train", "test", None))
    assert train.classes == test.classes == both.classes == ("cat", "dog", "fox")
    assert (train.labels.tolist(), test.labels.tolist()) == ([0, 1, 2], [2])
    assert both.labels.tolist() == [0, 1, 2, 2]
    assert (test.name_of(0), both.name_of(3)) == ("fox/3.png", f"{name}/fox/3.png")


def test_test_goes_before_val(tmp_path: Path) -> None:
    folder = grown(tmp_path, "train/cat/0.png", "test/cat/1.png", "val/cat/2.png")
    assert datasets.load(folder, "test").files == (folder / "test" / "cat" / "1.png",)


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    folder = grown(tmp_path, "train/0.png", "test/1.png", "bus/2.png")
    assert datasets.load(folder).classes == ("bus", "test", "train")


def test_train_alone_is_a_part_and_no_class(tmp_path: Path) -> None:
    folder = grown(tmp_path, "train/cat/0.png", "train/dog/1.png")
    assert datasets.load(folder).classes == ("cat", "dog")
    with pytest.raises(UserError, match="one part only"):
        datasets.load(folder, "test")


def test_a_class_that_train_does_not_have_is_named(tmp_path: Path) -> None:
    folder = grown(tmp_path, "train/cat/0.png", "test/emu/1.png")
    with pytest.raises(UserError, match="emu' is a class that train has no folder for; it has cat"):
        datasets.load(folder, "test")


def test_the_test_part_of_a_folder_with_one_part_is_refused(tmp_path: Path) -> None:
    folder = grown(tmp_path, "cat/0.png", "dog/1.png")
    with pytest.raises(UserError, match=r"split is 'test', .* one part only; .*split=None and take data\.part"):
        datasets.load(folder, "test")
    assert len(datasets.load(folder, None)) == 2


def test_an_empty_class_folder_is_named(tmp_path: Path) -> None:
    folder = grown(tmp_path, "cat/0.png")
    (folder / "dog").mkdir()
    with pytest.raises(UserError, match="dog' is an empty class folder"):
        datasets.load(folder)


def test_photos_without_class_folders_show_nobody_knows_what(tmp_path: Path) -> None:
    data = datasets.load(grown(tmp_path, "10.png", "9.png"))
    assert [file.name for file in data.files] == ["9.png", "10.png"]
    assert (data.classes, data.labels.tolist()) == ((), [-1, -1])


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no image file"):
        datasets.load(tmp_path)


def test_one_class_is_enough_to_be_loaded(tmp_path: Path) -> None:
    assert datasets.load(grown(tmp_path, "cat/0.png", "cat/1.png")).labels.tolist() == [0, 0]


def test_a_broken_photo_among_good_ones_is_gone_past_and_named(tmp_path: Path) -> None:
    folder = grown(tmp_path, "cat/0.png", "cat/1.png", "dog/2.png")
    (folder / "cat" / "1.png").write_bytes(b"no picture")
    data = datasets.load(folder)
    (batch,) = stream(data, Frame((40, 56), 3, 56), batch=8)
    assert batch.places.tolist() == [0, 2]
    torch.testing.assert_close(batch.images.mean((2, 3))[:, 0], torch.tensor([0, 2]) / 255)
    ((place, line),) = batch.broken
    assert data.name_of(place) == "cat/1.png"
    assert "1.png' is no image" in line
