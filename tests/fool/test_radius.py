import pytest
import torch

from seethrough.errors import UserError
from seethrough.fool.radius import number, radius


@pytest.mark.parametrize(
    ("said", "numbers", "words"),
    [
        ("8/255", [8 / 255] * 2, ("8/255",)),
        (0.031, [0.031] * 2, ("0.031",)),
        (1, [1, 1], ("1",)),
        ("4/255, 0.1", [4 / 255, 0.1], ("4/255", "0.1")),
        (["1/255", 0.5], [1 / 255, 0.5], ("1/255", "0.5")),
        (torch.tensor([0.25, 0.5]), [0.25, 0.5], ("0.25", "0.5")),
        (("2/255",), [2 / 255] * 2, ("2/255",)),
        (0, [0, 0], ("0",)),
    ],
)
def test_distances_are_kept_as_they_were_said(said: object, numbers: list[float], words: tuple[str, ...]) -> None:
    found, kept = radius(said, 2)  # type: ignore[arg-type]
    assert found.tolist() == numbers and found.dtype == torch.float64
    assert kept == words


@pytest.mark.parametrize(
    "wrong", ["far", "-1/255", "1/0", "", "1/2/3", -0.1, float("nan"), float("inf"), "inf", [0.1, "x"], "0.1,"]
)
def test_what_is_no_distance_is_refused_in_one_line(wrong: object) -> None:
    with pytest.raises(UserError, match=r"eps is .*; it takes 0 or more, such as 0\.03 or 8/255") as caught:
        radius(wrong, 2)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [[0.1, 0.2, 0.3], [], torch.ones(3), "1,2,3"])
def test_there_is_one_for_all_or_one_for_each(wrong: object) -> None:
    with pytest.raises(UserError, match="given for 2 images; give one, or one for each image"):
        radius(wrong, 2)  # type: ignore[arg-type]


def test_a_number_may_be_a_fraction_and_says_its_own_name() -> None:
    assert number("1/4", "step") == 0.25 and number(3, "step") == 3
    with pytest.raises(UserError, match="step is 'wide'"):
        number("wide", "step")
