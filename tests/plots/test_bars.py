import pytest
import torch
from matplotlib.colors import to_rgb

from seethrough.errors import UserError
from seethrough.plots import OKABE_ITO, sheet, show_bars, show_image
from tests.plots.drawn import colour_at, outside, overlapping, pixels

LABELS = ["espresso", "a label that no panel is wide enough to show from one end to the other", "cup"]


def test_bars_are_as_long_as_their_values_the_first_on_top() -> None:
    _, panels = sheet(1, 1)
    panel = panels[0, 0]
    show_bars(panel, ["a", "b"], [0.75, 0.25], limits=(0, 1))
    blue = tuple(round(part * 255) for part in to_rgb(OKABE_ITO[0]))
    for place, value in ((0, 0.75), (1, 0.25)):
        assert colour_at(panel, place + 0.2, value - 0.02) == blue
        assert colour_at(panel, place + 0.2, value + 0.02) != blue
    assert panel.transData.transform((0, 0))[1] > panel.transData.transform((0, 1))[1]


def test_negative_values_point_to_the_left_of_zero() -> None:
    _, panels = sheet(1, 1)
    show_bars(panels[0, 0], ["for", "against"], [2.0, -1.0])
    blue = tuple(round(part * 255) for part in to_rgb(OKABE_ITO[0]))
    assert colour_at(panels[0, 0], 1.2, -0.5) == blue
    assert colour_at(panels[0, 0], 1.2, 0.5) != blue
    assert panels[0, 0].get_xlim() == (-1, 2)


@pytest.mark.parametrize("across", [1.4, 3.0, 8.0])
def test_a_label_ends_before_its_number_and_both_inside_the_panel(across: float) -> None:
    figure, panels = sheet(1, 2, cell=(2, across))
    show_image(panels[0, 0], torch.rand(3, 8, 8), "photo")
    show_bars(panels[0, 1], LABELS, [0.9, 0.1, 0.001], texts=["90.0 %", "10.0 %", "<0.1 %"], title="guesses")
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_only_what_does_not_fit_is_shortened() -> None:
    figure, panels = sheet(1, 1)
    show_bars(panels[0, 0], LABELS, [3, 2, 1])
    pixels(figure)
    shown = [text.get_text() for text in panels[0, 0].texts]
    assert shown[0::2][0] == "espresso"
    assert shown[0::2][1].startswith("a label") and shown[0::2][1].endswith("…")
    assert shown[1::2] == ["3", "2", "1"]


@pytest.mark.parametrize("values", [[], [0.0, 0.0]])
def test_nothing_to_show_is_drawn_without_a_warning(values: list[float]) -> None:
    figure, panels = sheet(1, 1)
    show_bars(panels[0, 0], ["a", "b"][: len(values)], values)
    assert outside(figure) == []


def test_labels_without_values_are_refused() -> None:
    with pytest.raises(UserError, match="2, 1 and 1"):
        show_bars(sheet(1, 1)[1][0, 0], ["a", "b"], [1.0])
