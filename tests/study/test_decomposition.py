import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seethrough.study.decomposition import axes_for, decomposition, dimension


def features(levels: tuple[int, ...], numbers: int = 11, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(math.prod(levels), numbers, generator=generator, dtype=torch.float64) + 3


def by_definition(rows: Tensor, levels: tuple[int, ...]) -> tuple[list[Tensor], Tensor]:
    """Return F_k at every picture, and the residual, with loops over the levels."""
    places = list(itertools.product(*(range(many) for many in levels)))
    centred = rows - rows.mean(0)
    parts = []
    for factor in range(len(levels)):
        part = torch.empty_like(rows)
        for level in range(levels[factor]):
            ours = torch.tensor([place[factor] == level for place in places])
            part[ours] = centred[ours].mean(0)
        parts.append(part)
    return parts, centred - torch.stack(parts).sum(0)


def test_known_effects_come_back_with_their_shares() -> None:
    # F = 5 + a_i + b_j + c_ij on axes of their own, with variances 4, 2 and 1: shares 4/7, 2/7 and 1/7.
    a, b = torch.tensor([-2.0, 2.0]), torch.tensor([-math.sqrt(3), 0.0, math.sqrt(3)])
    interaction = torch.tensor([[1.0, -2.0, 1.0], [-1.0, 2.0, -1.0]]) / math.sqrt(2)
    rows = torch.stack(
        [torch.tensor([5 + a[i], 5 + b[j], 5 + interaction[i, j]]) for i in range(2) for j in range(3)]
    ).double()
    factors, residual = decomposition(rows @ rows.T, (2, 3))
    assert [part.variance for part in factors] == pytest.approx([4, 2])
    assert residual.variance == pytest.approx(1)
    torch.testing.assert_close(factors[0].path[:, 0], a.double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(factors[1].path[:, 0], b.double(), rtol=0, atol=1e-6)
    assert [dimension(part.spectrum) for part in (*factors, residual)] == pytest.approx([1, 1, 1])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple), st.integers(0, 99))
def test_it_is_what_averaging_over_the_other_factors_gives(levels: tuple[int, ...], seed: int) -> None:
    rows = features(levels, seed=seed)
    factors, residual = decomposition(rows @ rows.T, levels)
    parts, rest = by_definition(rows, levels)
    total = float((rows - rows.mean(0)).square().sum(1).mean())
    for found, part in zip((*factors, residual), (*parts, rest), strict=True):
        assert found.variance == pytest.approx(float(part.square().sum(1).mean()), abs=1e-9)
        # The principal axes' variances are the squared singular values.
        spectrum = torch.linalg.svdvals(part).square() / len(rows)
        kept = min(len(spectrum), len(found.spectrum))
        torch.testing.assert_close(found.spectrum[:kept], spectrum[:kept], rtol=1e-6, atol=1e-9)
    assert sum(part.variance for part in (*factors, residual)) == pytest.approx(total, abs=1e-9)


def test_a_path_keeps_the_distances_of_the_means_along_its_two_axes() -> None:
    rows = features((5, 3), numbers=2)
    factors, _ = decomposition(rows @ rows.T, (5, 3))
    means = rows.view(5, 3, 2).mean(1)
    torch.testing.assert_close(torch.cdist(factors[0].path, factors[0].path), torch.cdist(means, means))
    assert (factors[0].path[0] <= 0).all()


def test_what_does_not_vary_but_by_rounding_is_nothing() -> None:
    still = torch.full((12, 4), 1000.0) + 1e-5 * features((12,), 4).float()
    factors, residual = decomposition(still.double() @ still.double().T, (3, 4))
    assert [part.variance for part in (*factors, residual)] == [0, 0, 0]
    assert math.isnan(dimension(residual.spectrum)) and axes_for(residual.spectrum, 0.9) == 0
    one = features((3, 1), 4).repeat_interleave(4, dim=0) + 1e-7 * features((12,), 4)
    factors, residual = decomposition(one @ one.T, (3, 4))
    assert factors[0].variance > 0.1 and factors[1].variance == residual.variance == 0


def test_dimension_and_axes_by_hand() -> None:
    spectrum = torch.tensor([4.0, 3.0, 2.0, 1.0, 0.0])
    assert dimension(spectrum) == pytest.approx(100 / 30)
    assert axes_for(spectrum, 0.9) == 3 and axes_for(spectrum, 0.91) == 4 and axes_for(spectrum, 0.4) == 1
