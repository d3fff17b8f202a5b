import pytest
import torch

from seethrough.fool.linear_models.several import several_l2, several_linf

ALL = torch.full((2,), torch.inf, dtype=torch.float64)


def numbers(*rows: object) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def test_a_corner_is_the_nearest_where_two_boundaries_have_to_be_crossed() -> None:
    slopes, gains = numbers([1.0, 0.0], [0.0, 1.0]), numbers(1.0, 2.0)
    for method in (several_l2, several_linf):
        move = method(slopes, gains, -ALL, ALL)
        assert move is not None
        assert bool((slopes @ move >= gains - 1e-7).all())
        if method is several_l2:
            torch.testing.assert_close(move, numbers(1.0, 2.0))
        else:
            assert float(move.abs().max()) == pytest.approx(2)


def test_a_boundary_that_is_crossed_anyway_costs_nothing() -> None:
    move = several_l2(numbers([3.0, 4.0], [1.0, 0.0]), numbers(5.0, -1.0), -ALL, ALL)
    assert move is not None
    torch.testing.assert_close(move, numbers(0.6, 0.8))


def test_walls_are_kept_to() -> None:
    slopes, gains, high = numbers([1.0, 1.0], [1.0, -1.0]), numbers(2.0, -2.0), numbers(0.5, 9.0)
    for method in (several_l2, several_linf):
        move = method(slopes, gains, -ALL, high)
        assert move is not None
        torch.testing.assert_close(move, numbers(0.5, 1.5))


def test_boundaries_that_cannot_all_be_crossed_are_said() -> None:
    for method in (several_l2, several_linf):
        assert method(numbers([1.0, 0.0], [-1.0, 0.0]), numbers(1.0, 1.0), -ALL, ALL) is None
        assert method(numbers([1.0, 0.0], [0.0, 1.0]), numbers(2.0, 1.0), -ALL, numbers(1.0, 9.0)) is None
        assert method(numbers([0.0, 0.0], [0.0, 1.0]), numbers(2.0, 1.0), -ALL, ALL) is None
