from typing import Any

import numpy as np
import pytest
import torch

from seethrough.errors import UserError
from seethrough.fool.linear_models.affine import as_numbers, of_numbers
from seethrough.fool.linear_models.linear_model import linear_model


@pytest.mark.parametrize("weights", [[1, -2], [[1, -2]], np.array([1.0, -2]), torch.tensor([1, -2])])
def test_one_row_decides_between_two_classes(weights: Any) -> None:
    known = of_numbers(weights, 0.5)
    assert known.weights.tolist() == [[0, 0], [1, -2]] and known.bias.tolist() == [0, 0.5]
    said = known.say(torch.tensor([[1.0, 1.0], [1.0, 0.0]]).double())
    # Scores 1 - 2 + 0.5 and 1 + 0.5; class 1 where they are above 0, with the logistic function of them.
    assert said.scores.tolist() == [[-0.5], [1.5]] and said.chosen.tolist() == [0, 1]
    assert said.probabilities is not None
    assert said.probabilities[:, 1].tolist() == pytest.approx([1 / (1 + np.e**0.5), 1 / (1 + np.e**-1.5)])


def test_a_row_a_class_has_a_score_a_class() -> None:
    known = linear_model(([[1, 0], [0, 1], [1, 1]], [0, 0, -1]))
    said = known.say(torch.tensor([[2.0, 3.0]]).double())
    assert said.scores.tolist() == [[2, 3, 4]] and said.chosen.tolist() == [2]
    assert known.names == ("0", "1", "2") and known.resolve(1) == 1 == known.resolve("1")


def test_goals_are_one_for_all_or_one_for_each() -> None:
    known = of_numbers([[1, 0], [0, 1], [1, 1]], [0, 0, 0])
    for wanted in (2, "2", [2], np.array([2]), np.int64(2), torch.tensor(2)):
        assert known.classes_for(wanted, 3).tolist() == [2, 2, 2]
    assert known.classes_for((0, "1", 2), 3).tolist() == [0, 1, 2]
    with pytest.raises(UserError, match="class '3' is not known; there are: 0, 1, 2"):
        known.classes_for(3, 3)


def test_numbers_are_copied_in_double_precision() -> None:
    held = np.array([[1, 2]], dtype=np.float32)
    numbers = as_numbers(held, "x")
    held[0, 0] = 9
    assert numbers.dtype == torch.float64 and numbers.tolist() == [[1, 2]]
    for wrong in (["a"], [[1], [1, 2]], None, object()):
        with pytest.raises(UserError, match=r"x is a .* that is not plain numbers|x holds NaN"):
            as_numbers(wrong, "x")
