from itertools import permutations

import pytest
import torch

from seethrough.study.laid_out import laid_out


@pytest.mark.parametrize("seed", range(5))
def test_no_other_assignment_moves_points_less(seed: int) -> None:
    points = torch.rand(5, 2, generator=torch.Generator().manual_seed(seed))
    unit = (points - points.amin(0)) / (points.amax(0) - points.amin(0))
    # The middles of 2 x 3 cells, row by row from the upper left, y upward.
    middles = torch.tensor([[x, y] for y in (0.75, 0.25) for x in (1 / 6, 0.5, 5 / 6)])

    def moved(cells: tuple[int, ...]) -> float:
        return float((unit - middles[list(cells)]).square().sum())

    found = tuple(laid_out(points, 2, 3).tolist())
    assert len(set(found)) == 5
    assert moved(found) == pytest.approx(min(moved(cells) for cells in permutations(range(6), 5)), rel=1e-5)


def test_points_that_are_a_grid_stay_as_they_are() -> None:
    rows, columns = 4, 7
    points = torch.tensor([[10.0 * column, -3.0 * row] for row in range(rows) for column in range(columns)])
    assert laid_out(points, rows, columns).tolist() == list(range(rows * columns))
    shuffled = torch.randperm(len(points), generator=torch.Generator().manual_seed(0))
    assert torch.equal(laid_out(points[shuffled], rows, columns), shuffled)


def test_points_in_one_place_get_cells_of_their_own() -> None:
    found = laid_out(torch.zeros(12, 2), 3, 4)
    assert sorted(found.tolist()) == list(range(12))
