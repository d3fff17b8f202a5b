from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from seethrough.results.same import same

NAN = float("nan")


@dataclass
class Box:
    inside: Any


@dataclass
class OtherBox:
    inside: Any


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.tensor([1.0, NAN]), torch.tensor([1.0, NAN])),
        (torch.zeros(0), torch.zeros(0)),
        ((1, "a", None), [1, "a", None]),
        ({"x": NAN}, {"x": NAN}),
        (Box((torch.ones(2),)), Box([torch.ones(2)])),
    ],
)
def test_what_is_the_same(one: Any, other: Any) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        (torch.ones(2), torch.ones(1, 2)),
        (torch.ones(1), torch.ones(2)),
        (torch.tensor([1.0, NAN]), torch.tensor([NAN, 1.0])),
        (torch.ones(()), 1.0),
        ((1, 2), (1, 2, 3)),
        ({"x": 1}, {"y": 1}),
        (NAN, 1.0),
        (None, 0),
        ("1", 1),
        (Box(1), Box(2)),
        (Box(1), OtherBox(1)),
    ],
)
def test_what_is_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


def test_gradients_do_not_matter() -> None:
    wanted: Tensor = torch.ones(2, requires_grad=True)
    assert same(wanted, torch.ones(2))
