import pytest
import torch

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.joined import joined
from seethrough.errors import UserError


def grey(*levels: int, side: int = 4, classes: tuple[str, ...] = ("a", "b")) -> Dataset:
    pixels = torch.tensor(levels, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, side, side)
    return Dataset("some", classes, torch.tensor(levels) % 2, pixels)


def test_pictures_and_labels_follow_one_another() -> None:
    both = joined([grey(1, 2), grey(7)])
    assert both.pixels is not None
    assert both.pixels[:, 0, 0, 0].tolist() == [1, 2, 7]
    assert both.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize("other", [grey(7, side=5), grey(7, classes=("a", "c"))])
def test_parts_of_different_kinds_are_refused(other: Dataset) -> None:
    with pytest.raises(UserError, match="has parts of different kinds"):
        joined([grey(1, 2), other])
