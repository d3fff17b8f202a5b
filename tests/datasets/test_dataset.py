from pathlib import Path

import pytest
import torch

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from tests.datasets.layouts import picture_file

PIXELS = torch.arange(3 * 2 * 4 * 5, dtype=torch.uint8).view(3, 2, 4, 5)


def test_a_picture_in_memory_is_its_bytes_over_255() -> None:
    data = Dataset("some", ("a",), torch.zeros(3, dtype=torch.long), PIXELS)
    assert len(data) == 3
    torch.testing.assert_close(data[2], PIXELS[2].double().div(255).float())
    assert data.name_of(2) == "some 2"


def test_a_picture_in_a_file_is_read_when_asked_for(tmp_path: Path) -> None:
    files = tuple(picture_file(tmp_path / f"{red}.png", red) for red in (51, 255))
    data = Dataset("some", (), torch.tensor([-1, -1]), files=files, root=tmp_path)
    assert [float(data[place][0, 0, 0]) for place in range(2)] == pytest.approx([0.2, 1.0])
    assert data.name_of(1) == "255.png"
    files[1].unlink()
    with pytest.raises(UserError, match=r"255\.png"):
        data[1]


def test_a_part_is_in_the_order_asked_for(tmp_path: Path) -> None:
    data = Dataset("some", ("a", "b", "c"), torch.arange(3), PIXELS)
    part = data.part([2, 0], "two")
    assert part.pixels is not None
    assert part.pixels.equal(PIXELS[[2, 0]])
    assert (part.name, part.labels.tolist(), part.classes) == ("two", [2, 0], data.classes)
    files = Dataset("files", ("a", "b"), torch.tensor([0, 1]), files=(Path("x"), Path("y")))
    assert files.part(torch.tensor([1])).files == (Path("y"),)


@pytest.mark.parametrize("labels", [0, 2, 4])
def test_one_label_a_picture_is_asked_for(labels: int) -> None:
    with pytest.raises(UserError, match=f"has 3 pictures and {labels} labels"):
        Dataset("some", ("a",), torch.zeros(labels, dtype=torch.long), PIXELS)


def test_a_data_set_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="'some' holds no pictures"):
        Dataset("some", (), torch.zeros(0, dtype=torch.long))


def test_it_says_itself_and_is_told_from_others() -> None:
    pixels = torch.arange(48, dtype=torch.uint8).view(3, 1, 4, 4)
    some = Dataset("some", ("a", "b"), torch.tensor([0, 1, 1]), pixels=pixels)
    assert repr(some) == "Dataset(some: 3 pictures of 2 classes)"
    assert some.checksum() == some.part([0, 1, 2]).checksum()
    others = [
        some.part([1, 0, 2]),
        some.part([0, 1]),
        Dataset("some", ("a", "b"), torch.tensor([0, 1, 0]), pixels=pixels),
    ]
    assert some.checksum() not in {one.checksum() for one in others}
    files = Dataset("files", (), torch.tensor([-1, -1]), files=(Path("a.png"), Path("b.png")))
    assert repr(files) == "Dataset(files: 2 pictures)" and files.checksum() != files.part([1, 0]).checksum()
