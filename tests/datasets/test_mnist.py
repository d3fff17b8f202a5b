from pathlib import Path

import pytest
import torch
import torchvision

from seethrough import datasets
from seethrough.errors import UserError
from tests.datasets.layouts import mnist_files


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_the_files_are_read_as_torchvision_lays_them_out(tmp_path: Path, name: str, folder: str, packed: bool) -> None:
    mnist_files(tmp_path, train=12, test=3, packed=packed, folder=folder)
    train, test, both = (datasets.load(name, split, root=tmp_path) for split in ("train", "test", None))
    assert (len(train), len(test), len(both)) == (12, 3, 15)
    assert train.pixels is not None
    assert train.pixels.shape == (12, 1, 28, 28)
    assert train.pixels[:, 0, 5, 7].tolist() == list(range(12))
    assert train.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert both.labels.tolist() == [*train.labels.tolist(), 0, 1, 2]
    torch.testing.assert_close(test[2], torch.full((1, 28, 28), 2 / 255))


def test_it_is_what_torchvision_reads(tmp_path: Path) -> None:
    mnist_files(tmp_path, packed=False)
    theirs = torchvision.datasets.MNIST(tmp_path, train=False)
    ours = datasets.load("mnist", "test", root=tmp_path)
    assert ours.pixels is not None
    assert ours.pixels[:, 0].equal(theirs.data)
    assert ours.labels.equal(theirs.targets)


def test_the_clothes_are_named_as_torchvision_names_them(tmp_path: Path) -> None:
    mnist_files(tmp_path, folder="FashionMNIST")
    named = datasets.load("fashion-mnist", root=tmp_path).classes
    assert list(named) == torchvision.datasets.FashionMNIST.classes


def test_a_folder_of_that_layout_is_known_by_its_path(tmp_path: Path) -> None:
    mnist_files(tmp_path, folder="FashionMNIST")
    assert datasets.load(tmp_path / "FashionMNIST", "test").classes[0] == "T-shirt/top"


def test_labels_that_are_fewer_than_the_images_are_found(tmp_path: Path) -> None:
    mnist_files(tmp_path / "one")
    mnist_files(tmp_path / "two", train=6)
    labels = "MNIST/raw/train-labels-idx1-ubyte.gz"
    (tmp_path / "one" / labels).write_bytes((tmp_path / "two" / labels).read_bytes())
    with pytest.raises(UserError, match="7 images and 6 labels in its train files"):
        datasets.load("mnist", root=tmp_path / "one")
    assert len(datasets.load("mnist", "test", root=tmp_path / "one")) == 3


def test_a_file_that_is_missing_is_named_with_what_brings_it(tmp_path: Path) -> None:
    mnist_files(tmp_path)
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(UserError, match="was looked for in") as caught:
        datasets.load("mnist", "test", root=tmp_path)
    assert f"seethrough data get mnist --data {tmp_path}; without a network: digits" in str(caught.value)


def test_a_half_downloaded_file_is_named(tmp_path: Path) -> None:
    mnist_files(tmp_path)
    file = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz' is damaged or half downloaded"):
        datasets.load("mnist", root=tmp_path)


def test_the_real_one_has_the_counts_it_is_known_for(shared: Path) -> None:
    train, test = (datasets.load("mnist", split, root=shared / "data") for split in ("train", "test"))
    assert train.labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert test.labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.pixels is not None
    pixels = train.pixels.float() / 255
    assert round(float(pixels.mean()), 4) == 0.1307
    assert round(float(pixels.std()), 4) == 0.3081
