import hashlib
import pickle
from pathlib import Path

import pytest
import torch
import torchvision

from seethrough import datasets
from seethrough.datasets.known import KNOWN
from seethrough.errors import UserError
from tests.datasets.layouts import cifar_files


def md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes()).hexdigest()


@pytest.fixture
def as_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Write tiny files, and let torchvision take them for the published ones."""
    cifar_files(tmp_path)
    folder = tmp_path / "cifar-10-batches-py"
    theirs = torchvision.datasets.CIFAR10
    for listed in ("train_list", "test_list"):
        files = [[name, md5(folder / name)] for name, _ in getattr(theirs, listed)]
        monkeypatch.setattr(theirs, listed, files)
    monkeypatch.setattr(theirs, "meta", {**theirs.meta, "md5": md5(folder / "batches.meta")})
    return tmp_path


def test_pixels_labels_and_names_come_in_the_order_of_the_files(as_published: Path) -> None:
    written = cifar_files(as_published / "again")
    train, test, both = (datasets.load("cifar10", split, root=as_published) for split in ("train", "test", None))
    assert train.pixels is not None
    assert train.pixels.numpy().tolist() == [
        pixels.tolist() for number in range(1, 6) for pixels in written[f"data_batch_{number}"]
    ]
    assert train.labels.tolist() == [3, 1, 4, 1] * 5
    assert test.pixels is not None
    assert test.pixels.equal(torch.from_numpy(written["test_batch"]))
    assert (len(both), both.classes[3]) == (24, "thing 3")
    assert len(datasets.load(as_published / "cifar-10-batches-py", "test")) == 4


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    cifar_files(tmp_path)
    with pytest.raises(UserError, match=r"data_batch_1 is damaged or half downloaded \(and 6 more\); bring it with"):
        datasets.load("cifar10", root=tmp_path)


def test_no_pickle_is_opened_that_is_not_the_published_one(as_published: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (as_published / "sprung",)

    (as_published / "cifar-10-batches-py" / "test_batch").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="damaged"):
        datasets.load("cifar10", "test", root=as_published)
    assert not (as_published / "sprung").exists()


def test_the_published_md5s_are_those_of_torchvision() -> None:
    for name, theirs in (("cifar10", torchvision.datasets.CIFAR10), ("cifar100", torchvision.datasets.CIFAR100)):
        published = dict([*theirs.train_list, *theirs.test_list])
        published[theirs.meta["filename"]] = theirs.meta["md5"]
        assert {file.path: file.md5 for file in KNOWN[name].files} == published
        assert KNOWN[name].folder == theirs.base_folder
        (archive,) = KNOWN[name].downloads
        assert (archive.url, archive.path, archive.md5) == (theirs.url, theirs.filename, theirs.tgz_md5)
