import pytest
import torch

from seethrough.errors import UserError
from seethrough.networks.frame import Box
from seethrough.study.regions import pooled_over, region_boxes, region_weights


def test_a_region_that_cuts_cells_weighs_them_by_what_it_covers() -> None:
    # Cells are 10 x 14 pixels; the box covers half of the first row and all of the second, and a quarter of a column.
    weights = region_weights([Box(5, 3.5, 20, 14)], (40, 56), (4, 4))
    rows = torch.tensor([1 / 3, 2 / 3, 0, 0])
    torch.testing.assert_close(weights[0], torch.outer(rows, torch.tensor([1.0, 0, 0, 0])))


def test_boxes_of_whole_cells_are_means_of_those_cells() -> None:
    maps = torch.randn(2, 5, 4, 8, generator=torch.Generator().manual_seed(0))
    boxes = [Box(0, 0, 20, 28), Box(10, 7, 20, 56)]
    found = pooled_over(maps, region_weights(boxes, (40, 56), (4, 8)))
    expected = torch.stack([maps[:, :, :2, :4].mean((2, 3)), maps[:, :, 1:2, 1:].mean((2, 3))], 1)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("grid", ["1x1", "2x3", "3 x 2", "7x5"])
def test_equal_regions_of_a_grid_together_are_the_whole(grid: str) -> None:
    maps = torch.randn(2, 5, 4, 6, generator=torch.Generator().manual_seed(0))
    boxes = region_boxes(grid, (40, 56))
    found = pooled_over(maps, region_weights(boxes, (40, 56), (4, 6)))
    torch.testing.assert_close(found.mean(1), maps.mean((2, 3)))
    assert boxes[0].top == boxes[0].left == 0 and (boxes[-1].bottom, boxes[-1].right) == pytest.approx((40, 56))


@pytest.mark.parametrize("grid", ["", "3", "0x3", "3x0", "axb", "3x3x3", "-1x2", "2.5x2"])
def test_what_is_no_grid_is_answered_with_one(grid: str) -> None:
    with pytest.raises(UserError, match="such as 3x3"):
        region_boxes(grid, (40, 56))


@pytest.mark.parametrize("box", [Box(-1, 0, 5, 5), Box(5, 0, 5, 5), Box(0, 0, 41, 5), Box(0, 50, 5, 57)])
def test_a_box_that_leaves_the_picture_is_refused(box: Box) -> None:
    with pytest.raises(UserError, match="40 x 56 pixels"):
        region_boxes([Box(0, 0, 1, 1), box], (40, 56))
    with pytest.raises(UserError, match="empty"):
        region_boxes([], (40, 56))
