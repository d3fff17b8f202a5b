import numpy as np
import pytest

from seethrough.errors import UserError
from seethrough.plots import sheet, show_curve
from tests.plots.drawn import outside, overlapping, pixels

LONG = "a name that is far too long for the legend of any panel anywhere"


def test_lines_hold_the_given_values_with_gaps_where_there_is_no_number() -> None:
    _, panels = sheet(1, 1)
    show_curve(panels[0, 0], [0, 1, 2], {"a": [1.0, float("inf"), 3.0]})
    x, y = panels[0, 0].lines[0].get_data()
    np.testing.assert_array_equal(x, [0, 1, 2])
    np.testing.assert_array_equal(y, [1, np.nan, 3])


def test_ten_lines_can_be_told_apart() -> None:
    _, panels = sheet(1, 1)
    show_curve(panels[0, 0], [0, 1], {str(each): [each, each] for each in range(10)})
    assert len({(line.get_color(), line.get_linestyle()) for line in panels[0, 0].lines}) == 10


def test_one_line_has_no_legend_and_two_have_one_that_names_both() -> None:
    _, panels = sheet(1, 2)
    show_curve(panels[0, 0], [0, 1], {"a": [0, 1]})
    show_curve(panels[0, 1], [0, 1], {"_a $b": [0, 1], "c$": [1, 0]})
    assert panels[0, 0].get_legend() is None
    assert [text.get_text() for text in panels[0, 1].get_legend().get_texts()] == ["_a $b", "c$"]


def test_long_names_stay_inside_the_figure() -> None:
    figure, panels = sheet(1, 2)
    for panel in panels.flat:
        show_curve(panel, [0, 1, 2], {LONG: [0, 1, 2], "b": [2, 1, 0]}, across="step", upward="probability", title=LONG)
    assert outside(figure) == []
    assert overlapping(figure) == []


def test_limits_are_kept() -> None:
    figure, panels = sheet(1, 1)
    show_curve(panels[0, 0], [0, 1], {"a": [0.2, 0.4]}, limits=(0, 1))
    pixels(figure)
    assert panels[0, 0].get_ylim() == (0, 1)


def test_a_single_place_is_seen_as_a_dot() -> None:
    _, panels = sheet(1, 1)
    show_curve(panels[0, 0], [3], {"a": [1.0]})
    assert panels[0, 0].lines[0].get_marker() == "o"


def test_a_line_of_another_length_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="'a' has 3 values for 2"):
        show_curve(sheet(1, 1)[1][0, 0], [0, 1], {"a": [1, 2, 3]})
