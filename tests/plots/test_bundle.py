from seethrough.plots import sheet
from seethrough.plots.bundle import show_bundle
from tests.plots.drawn import outside, overlapping, pixels, words


def test_named_lines_stand_before_the_others_and_under_their_names() -> None:
    figure, panels = sheet(1, 1, cell=(3, 8), title="scores")
    show_bundle(panels[0, 0], [-1, 0, 1], {"espresso": [9, 5, 2], "$cup_1$": [4, 4, 9]}, [[0, 1, 0], [1, -3, 1]])
    pixels(figure)
    lines = panels[0, 0].lines
    assert len(lines) == 4 and min(one.get_zorder() for one in lines[:2]) > max(one.get_zorder() for one in lines[2:])
    legend = panels[0, 0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["espresso", "$cup_1$"]
    # The names' lower edge stands above the highest line.
    assert legend.get_window_extent().y0 > panels[0, 0].transData.transform((0, 9))[1]
    low, high = panels[0, 0].get_ylim()
    assert low < -3 and high > 9
    assert not overlapping(figure) and not outside(figure)


def test_one_line_that_does_not_change_is_drawn_too() -> None:
    figure, panels = sheet(1, 1)
    show_bundle(panels[0, 0], [0, 1], {"one": [2, 2]}, [])
    assert "one" in [text for text, _ in words(figure)]
    assert panels[0, 0].get_ylim()[0] < 2 < panels[0, 0].get_ylim()[1]
