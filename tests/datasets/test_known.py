import pytest
import torchvision

from seethrough.datasets.known import KNOWN, known_set
from seethrough.errors import UserError


def test_a_mistyped_name_is_answered_with_the_closest() -> None:
    assert known_set("mnist").folder == "MNIST"
    with pytest.raises(UserError, match="data 'cifar-10' is not known; closest: cifar10"):
        known_set("cifar-10")


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("mnist", torchvision.datasets.MNIST), ("fashion-mnist", torchvision.datasets.FashionMNIST)],
)
def test_the_files_of_the_digits_and_the_clothes_are_those_of_torchvision(name: str, theirs: type) -> None:
    known = known_set(name)
    assert known.folder == theirs.__name__
    assert [(file.path.removeprefix("raw/"), file.md5) for file in known.files] == theirs.resources  # type: ignore[attr-defined]
    for download, file in zip(known.downloads, known.files, strict=True):
        assert download.path == f"{known.folder}/{file.path}"
        assert download.md5 == file.md5
        assert download.url.removesuffix(file.path.removeprefix("raw/")) in theirs.mirrors  # type: ignore[attr-defined]


def test_a_file_of_bytes_has_a_header_and_a_byte_a_pixel() -> None:
    for name in ("mnist", "fashion-mnist"):
        sizes = [file.unpacked for file in known_set(name).files]
        assert sizes == [16 + 60_000 * 28 * 28, 8 + 60_000, 16 + 10_000 * 28 * 28, 8 + 10_000]


def test_the_archives_of_the_pets_are_those_of_torchvision() -> None:
    published = [(download.url, download.md5) for download in KNOWN["oxford-pets"].downloads]
    assert tuple(published) == torchvision.datasets.OxfordIIITPet._RESOURCES
