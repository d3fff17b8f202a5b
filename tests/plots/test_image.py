import pytest
import torch

from seethrough.errors import UserError
from seethrough.plots import grid_of_images, sheet, show_image
from tests.plots.drawn import colour_at, pixels


def test_every_pixel_of_a_tiny_image_is_a_sharp_square_of_its_colour() -> None:
    image = torch.zeros(3, 2, 3)
    image[:, 0, 1] = torch.tensor([1.0, 0.0, 0.0])
    image[:, 1, 2] = torch.tensor([0.0, 0.0, 1.0])
    _, panels = sheet(1, 1)
    show_image(panels[0, 0], image)
    for aside in (-0.4, 0.0, 0.4):
        assert colour_at(panels[0, 0], 0 + aside, 1 + aside) == (255, 0, 0)
        assert colour_at(panels[0, 0], 1 + aside, 2 + aside) == (0, 0, 255)
        assert colour_at(panels[0, 0], 0 + aside, 0 + aside) == (0, 0, 0)


def test_one_channel_is_grey_and_is_not_stretched() -> None:
    _, panels = sheet(1, 1)
    show_image(panels[0, 0], torch.tensor([[[0.2, 0.6]]]))
    assert colour_at(panels[0, 0], 0, 0) == (51, 51, 51)
    assert colour_at(panels[0, 0], 0, 1) == (153, 153, 153)


@pytest.mark.parametrize("shape", [(40, 56), (56, 40), (10, 300)])
def test_pictures_keep_their_proportions(shape: tuple[int, int]) -> None:
    figure, panels = sheet(1, 2, cell=(2, 2))
    show_image(panels[0, 0], torch.rand(3, *shape), "a title")
    pixels(figure)
    box = panels[0, 0].get_window_extent()
    assert box.height / box.width == pytest.approx(shape[0] / shape[1], rel=0.01)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_any_float_type_is_shown(dtype: torch.dtype) -> None:
    _, panels = sheet(1, 1)
    show_image(panels[0, 0], torch.ones(3, 2, 2, dtype=dtype, requires_grad=True))
    assert colour_at(panels[0, 0], 0, 0) == (255, 255, 255)


@pytest.mark.parametrize("shape", [(2, 4, 4), (4, 4), (1, 3, 4, 4), (3, 0, 4)])
def test_what_is_no_image_is_refused_with_its_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=str(list(shape)).replace("[", r"\[")):
        show_image(sheet(1, 1)[1][0, 0], torch.zeros(shape))


@pytest.mark.parametrize("value", [-0.5, 1.2, float("nan")])
def test_values_out_of_range_are_refused_with_the_range_seen(value: float) -> None:
    with pytest.raises(UserError, match=f"{value:.4g}"):
        show_image(sheet(1, 1)[1][0, 0], torch.full((3, 2, 2), value))


def test_a_contact_sheet_places_images_row_by_row_on_white() -> None:
    images = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1, 1).expand(3, 1, 1, 2)
    expected = [[1, 1, 1, 1, 1, 1, 1], [1, 0.1, 0.1, 1, 0.2, 0.2, 1], [1] * 7, [1, 0.3, 0.3, 1, 1, 1, 1], [1] * 7]
    torch.testing.assert_close(grid_of_images(images, columns=2, pad=1), torch.tensor([expected]))


@pytest.mark.parametrize(("count", "across"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4)])
def test_a_contact_sheet_is_near_square(count: int, across: int) -> None:
    assert grid_of_images(torch.zeros(count, 3, 5, 5), pad=0).shape == (3, -(-count // across) * 5, across * 5)


def test_a_contact_sheet_is_not_wider_than_its_images() -> None:
    assert grid_of_images(torch.zeros(2, 3, 5, 5), columns=10, pad=0).shape == (3, 5, 10)


@pytest.mark.parametrize(("columns", "pad"), [(0, 2), (3, -1)])
def test_impossible_contact_sheets_are_refused(columns: int, pad: int) -> None:
    with pytest.raises(UserError, match=f"{columns} and {pad}"):
        grid_of_images(torch.zeros(2, 3, 5, 5), columns, pad)


def test_a_contact_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="N >= 1"):
        grid_of_images(torch.zeros(0, 3, 5, 5))
