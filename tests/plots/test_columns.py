import pytest

from seethrough.errors import UserError
from seethrough.plots import sheet
from seethrough.plots.columns import show_columns
from tests.plots.drawn import outside, overlapping, words


def test_columns_of_one_place_stand_side_by_side_from_zero() -> None:
    figure, panels = sheet(1, 1)
    show_columns(panels[0, 0], {"before": [1.0, -2.0], "after": [1.5, -1.5]}, title="ten numbers")
    bars = panels[0, 0].patches
    assert [bar.get_height() for bar in bars] == [1, -2, 1.5, -1.5]
    assert all(bar.get_y() == 0 for bar in bars)
    for before, after in zip(bars[:2], bars[2:], strict=True):
        assert before.get_x() + before.get_width() == pytest.approx(after.get_x())
    said = [text for text, _ in words(figure)]
    assert {"before", "after", "ten numbers", "0", "1"} <= set(said)
    assert not overlapping(figure) and not outside(figure)


def test_panels_of_the_same_limits_are_of_the_same_height_and_nothing_has_a_height_too() -> None:
    figure, panels = sheet(1, 3)
    show_columns(panels[0, 0], {"one": [1.0, 2.0]}, limits=(-3, 5))
    show_columns(panels[0, 1], {"one": [1.0, 2.0], "_two": [-3.0, 5.0]}, limits=(-3, 5))
    show_columns(panels[0, 2], {"one": [0.0] * 100})
    assert panels[0, 0].get_ylim() == panels[0, 1].get_ylim()
    low, high = panels[0, 2].get_ylim()
    assert low < 0 < high
    assert "_two" in [text for text, _ in words(figure)]
    assert not overlapping(figure) and not outside(figure)


@pytest.mark.parametrize("lists", [{}, {"one": []}, {"one": [1.0], "two": [1.0, 2.0]}])
def test_lists_have_one_length(lists: dict[str, list[float]]) -> None:
    _, panels = sheet(1, 1)
    with pytest.raises(UserError, match="columns take lists of one length"):
        show_columns(panels[0, 0], lists)
