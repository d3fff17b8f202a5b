import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seethrough.percent import percent


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.9524, "95.2 %"),
        (0.0031, "0.3 %"),
        (0.0005, "0.1 %"),
        (0.00049, "<0.1 %"),
        (1e-30, "<0.1 %"),
        (0.9994, "99.9 %"),
        (0.9996, ">99.9 %"),
        (0.5, "50.0 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (-0.25, "-25.0 %"),
        (math.nan, "not a number"),
    ],
)
def test_a_probability_is_said_as_people_do(probability: float, said: str) -> None:
    assert percent(probability) == said


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_what_is_possible_is_never_said_to_be_impossible_or_certain(probability: float) -> None:
    assert percent(probability) not in ("0 %", "0.0 %", "100 %", "100.0 %")
    number = float(percent(probability).strip("<> %"))
    assert abs(number - probability * 100) <= 0.1
