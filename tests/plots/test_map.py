import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes

from seethrough.errors import UserError
from seethrough.plots import DIVERGING, SEQUENTIAL, sheet, show_map
from seethrough.plots.map import span, stripes
from tests.plots.drawn import colour_at, outside, overlapping, pixels

NAN = float("nan")


@pytest.fixture
def panel() -> Axes:
    panel: Axes = sheet(1, 1)[1][0, 0]
    return panel


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def colour(name: str, place: float) -> tuple[int, ...]:
    return tuple(int(part) for part in colormaps[name](place, bytes=True)[:3])


def bars(panel: Axes) -> list[list[str]]:
    return [[label.get_text() for label in bar.get_yticklabels()] for bar in panel.child_axes]


def test_the_least_and_the_most_have_the_ends_of_the_scale(panel: Axes) -> None:
    show_map(panel, torch.tensor([[2.0, 3.0, 4.0]] * 3))
    assert colour_at(panel, 0, 0) == colour(SEQUENTIAL, 0.0)
    assert colour_at(panel, 0, 2) == colour(SEQUENTIAL, 1.0)
    assert bars(panel) == [["2", "2.5", "3", "3.5", "4"]]


def test_zero_is_the_middle_of_a_signed_map_whatever_its_extremes(panel: Axes) -> None:
    show_map(panel, torch.tensor([[-1.0, 0.0, 4.0]]), signed=True)
    assert np.abs(np.subtract(colour_at(panel, 0, 1), colour(DIVERGING, 0.5))).max() <= 2
    assert colour_at(panel, 0, 2) == colour(DIVERGING, 1.0)
    assert np.abs(np.subtract(colour_at(panel, 0, 0), colour(DIVERGING, 0.375))).max() <= 2


@pytest.mark.parametrize("value", [0.0, 0.3, -5.0, 1e8])
@pytest.mark.parametrize("signed", [False, True])
def test_a_flat_map_is_one_colour_and_says_so(panel: Axes, value: float, signed: bool) -> None:
    rounding = torch.tensor([0.0, 1e-7, -1e-7]).repeat(3, 1)
    show_map(panel, value * (1 + rounding), signed=signed)
    assert len({colour_at(panel, row, column) for row in range(3) for column in range(3)}) == 1
    assert "flat" in panel.get_xlabel()
    assert bars(panel) == []


def test_a_signed_map_of_zeros_is_white(panel: Axes) -> None:
    show_map(panel, torch.zeros(3, 3), signed=True)
    assert min(colour_at(panel, 1, 1)) > 240


def test_a_small_map_that_is_not_flat_is_not_called_flat(panel: Axes) -> None:
    show_map(panel, torch.tensor([[0.0, 1e-9]]))
    assert panel.get_xlabel() == ""
    assert colour_at(panel, 0, 1) == colour(SEQUENTIAL, 1.0)


@pytest.mark.parametrize("hole", [NAN, math.inf, -math.inf])
def test_holes_are_striped_grey_and_counted_and_the_rest_keeps_its_scale(panel: Axes, hole: float) -> None:
    values = torch.tensor([[0.0, 1.0], [hole, 0.5]])
    show_map(panel, values)
    drawn = {colour_at(panel, 1 + aside, 0) for aside in np.linspace(-0.4, 0.4, 15)}
    assert {len(set(each)) for each in drawn} == {1}, "grey"
    assert len(drawn) > 1, "striped"
    assert colour_at(panel, 0, 1) == colour(SEQUENTIAL, 1.0)
    assert panel.get_xlabel() == "striped: 25.0 % not a number"


def test_a_map_that_is_no_number_anywhere_says_so(panel: Axes) -> None:
    show_map(panel, torch.full((4, 6), NAN), over=torch.rand(3, 40, 60), signed=True)
    assert not outside(panel.figure)
    assert panel.get_xlabel() == "not a number"
    assert bars(panel) == []


def test_a_map_over_a_photo_mixes_with_its_grey_by_the_opacity(panel: Axes) -> None:
    photo = torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1).expand(3, 4, 6)
    show_map(panel, torch.tensor([[0.0, 1.0]]), over=photo, opacity=0.5)
    red_as_grey = 0.299 * 255
    for column, end in ((1, 0.0), (4, 1.0)):
        expected = [(part + red_as_grey) / 2 for part in colour(SEQUENTIAL, end)]
        assert np.abs(np.subtract(colour_at(panel, 2, column), expected)).max() <= 2


def test_a_coarse_map_covers_the_whole_photo(panel: Axes) -> None:
    show_map(panel, torch.rand(7, 9), over=torch.rand(1, 40, 56))
    assert [image.get_extent() for image in panel.images] == [[-0.5, 55.5, 39.5, -0.5]] * 2


def test_the_colour_bar_is_as_tall_as_the_map_and_can_be_left_out() -> None:
    figure, panels = sheet(1, 2, cell=(2, 3))
    show_map(panels[0, 0], torch.rand(40, 56), title="with")
    show_map(panels[0, 1], torch.rand(40, 56), title="without", colorbar=False)
    pixels(figure)
    bar, box = panels[0, 0].child_axes[0].get_window_extent(), panels[0, 0].get_window_extent()
    assert (bar.y0, bar.y1) == pytest.approx((box.y0, box.y1))
    assert panels[0, 1].child_axes == []
    assert overlapping(figure) == []


def test_given_limits_hold_even_for_a_flat_map(panel: Axes) -> None:
    show_map(panel, torch.full((2, 2), 0.5), limits=(0.5, 1))
    assert colour_at(panel, 0, 0) == colour(SEQUENTIAL, 0.0)
    assert bars(panel)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float16, torch.bfloat16])
def test_any_type_of_number_is_drawn(panel: Axes, dtype: torch.dtype) -> None:
    show_map(panel, torch.eye(3).to(dtype))
    assert colour_at(panel, 0, 0) == colour(SEQUENTIAL, 1.0)


@pytest.mark.parametrize("limits", [(1.0, 0.0), (0.0, 0.0), (0.0, NAN)])
def test_limits_that_are_none_are_refused(panel: Axes, limits: tuple[float, float]) -> None:
    with pytest.raises(UserError, match="limits"):
        show_map(panel, torch.rand(2, 2), limits=limits)


@pytest.mark.parametrize("shape", [(1, 2, 2), (4,), (0, 3)])
def test_what_is_no_map_is_refused(panel: Axes, shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=r"\[height, width\]"):
        show_map(panel, torch.zeros(shape))


def test_an_opacity_beyond_one_is_refused(panel: Axes) -> None:
    with pytest.raises(UserError, match=r"opacity.*1\.5"):
        show_map(panel, torch.rand(2, 2), opacity=1.5)


def test_span_of_the_values() -> None:
    assert span(np.array([1.0, 3.0]), False, None) == (1, 3, False)
    assert span(np.array([1.0, -3.0]), True, None) == (-3, 3, False)
    assert span(np.array([]), False, None) == (0, 1, False)


def test_stripes_cover_the_holes_and_nothing_else() -> None:
    holes = np.array([[True, False, True], [False, False, True]])
    painted = stripes(holes)[..., 3]
    height, width = painted.shape
    assert height * 3 == width * 2
    assert painted.mean() == 0.5
    assert painted[0, 0] == 1
    assert painted[-1, 0] == 0
