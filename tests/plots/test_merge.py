import pytest
import torch

from seethrough.plots import png, sheet, show_image
from seethrough.plots.merge import merged


def test_a_merged_panel_covers_the_block_and_nothing_else() -> None:
    figure, panels = sheet(3, 4)
    others = [panels[0, 2], panels[2, 0], panels[2, 3]]
    large = merged(panels[:2, :2])
    place = large.get_subplotspec()
    assert (list(place.rowspan), list(place.colspan)) == ([0, 1], [0, 1])
    assert len(figure.axes) == 3 * 4 - 4 + 1
    assert all(other in figure.axes for other in others)
    show_image(large, torch.rand(3, 40, 56), "large")
    png(figure)
    assert large.get_position().width == pytest.approx(2 * panels[0, 2].get_position().width, rel=0.1)


def test_a_block_of_one_panel_stays_in_its_place() -> None:
    _, panels = sheet(2, 2)
    before = panels[1, 1].get_subplotspec()
    after = merged(panels[1:, 1:]).get_subplotspec()
    assert (after.rowspan, after.colspan) == (before.rowspan, before.colspan)
