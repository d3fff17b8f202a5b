import math

import pytest
import torch
from torch import Tensor

from seethrough.study.moments import Moments, fitted, identity


def rows(count: int = 60, units: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, units, generator=generator, dtype=torch.float64) + 2
    return x, x @ torch.randn(units, units, generator=generator, dtype=torch.float64) + 0.1 * x.square() - 5


def with_ones(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)


def test_without_a_ridge_it_is_least_squares() -> None:
    x, y = rows()
    (weights,) = fitted(Moments.of(x, y, x), [0.0])
    torch.testing.assert_close(weights, torch.linalg.lstsq(with_ones(x), y).solution, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("ridge", [1e-3, 1.0, 100.0])
def test_a_ridge_holds_the_map_to_leaving_rows_as_they_are(ridge: float) -> None:
    x, y = rows()
    (weights,) = fitted(Moments.of(x, y, x), [ridge])
    # The minimum of the cost that the docstring writes down, found by descent.
    tried = identity(4).clone().requires_grad_()
    variance = (x - x.mean(0)).square().mean()

    def cost() -> Tensor:
        held = (tried - identity(4))[:-1].square().sum()
        return (with_ones(x) @ tried - y).square().sum() + ridge * len(x) * variance * held

    finder = torch.optim.LBFGS([tried], max_iter=500, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        finder.zero_grad()
        found = cost()
        found.backward()
        return found

    finder.step(closure)
    torch.testing.assert_close(weights, tried.detach(), rtol=1e-4, atol=1e-4)


def test_a_strong_ridge_moves_the_mean_alone() -> None:
    x, y = rows()
    (weights,) = fitted(Moments.of(x, y, x), [1e12])
    torch.testing.assert_close(weights[:-1], identity(4)[:-1], rtol=0, atol=1e-9)
    torch.testing.assert_close(weights[-1], y.mean(0) - x.mean(0))


def test_errors_are_those_of_the_rows_and_add_up_over_parts() -> None:
    x, y = rows()
    u = x.flip(0)
    whole, parts = Moments.of(x, y, u), Moments.of(x[:13], y[:13], u[:13]) + Moments.of(x[13:], y[13:], u[13:])
    weights = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    variation = (y - y.mean(0)).square().sum()
    for found in (whole, parts):
        assert found.count == 60
        assert found.error(weights) == pytest.approx(float((with_ones(x) @ weights - y).square().sum() / variation))
        assert found.error(identity(4)) == pytest.approx(float((x - y).square().sum() / variation))
        assert found.error_unmoved() == pytest.approx(float((u - y).square().sum() / variation))


def test_to_guess_the_mean_is_an_error_of_one_and_what_does_not_vary_has_none() -> None:
    x, y = rows()
    mean = torch.cat([torch.zeros(4, 4, dtype=torch.float64), y.mean(0)[None]])
    assert Moments.of(x, y, x).error(mean) == pytest.approx(1)
    still = torch.full_like(y, 0.1)
    assert math.isnan(Moments.of(x, still, x).error(mean))


def test_numbers_that_are_never_there_are_no_trouble() -> None:
    x, y = rows()
    x[:, 1] = y[:, 1] = 0
    (weights,) = fitted(Moments.of(x, y, x), [1e-6])
    assert weights.isfinite().all() and weights[1, 1] == 1
