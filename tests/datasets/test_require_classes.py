import pytest
import torch

from seethrough.datasets import Dataset, require_classes
from seethrough.errors import UserError


def labelled(*labels: int) -> Dataset:
    pixels = torch.zeros(len(labels), 1, 4, 4, dtype=torch.uint8)
    return Dataset("some", ("cat", "dog", "fox"), torch.tensor(labels), pixels)


def test_two_classes_are_enough() -> None:
    require_classes(labelled(0, 2, 0))


def test_one_class_alone_is_named() -> None:
    with pytest.raises(UserError, match=r"data 'some' shows 1 class only \(dog\); right would be 2 or more"):
        require_classes(labelled(1, 1))


def test_the_least_can_be_more() -> None:
    with pytest.raises(UserError, match=r"shows 2 classes only \(cat, fox\); right would be 3 or more"):
        require_classes(labelled(0, 2), least=3)


def test_pictures_of_which_it_is_not_known_are_counted() -> None:
    with pytest.raises(UserError, match="does not say what 2 of its pictures show"):
        require_classes(labelled(0, -1, 1, -1))
