import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seethrough.see.interest import interest, interesting

HALVES = torch.tensor([[0.0, 0.0, 1.0, 1.0]] * 4)
CHEQUERS = torch.tensor([[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]] * 2)


def test_interest_is_what_pen_and_paper_give() -> None:
    # Halves: deviation 1/2; 4 of 24 pairs of neighbours differ by 1: 1 - (4/24) / (2/4) = 2/3. Chequers: all differ: 1 - 2.
    found = interest(torch.stack([HALVES, CHEQUERS, torch.full((4, 4), 3.0), HALVES / HALVES.flip(1)]))
    torch.testing.assert_close(found, torch.tensor([1 / 3, -0.5, -1.0, -2.0]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-50, 50), st.integers(1, 6), st.integers(2, 6))
def test_interest_asks_nothing_of_scale_offset_or_sign(
    seed: int, scale: float, offset: float, height: int, width: int
) -> None:
    maps = torch.randn(3, height, width, generator=torch.Generator().manual_seed(seed)).double()
    expected = interest(maps)
    torch.testing.assert_close(interest(maps * scale + offset), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(interest(-maps), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(interest(maps.transpose(1, 2)), expected, rtol=1e-4, atol=1e-5)


def test_interest_agrees_with_a_loop_over_pairs() -> None:
    values = torch.randn(5, 7, generator=torch.Generator().manual_seed(1)).double()
    cells = ((values - values.min()) / (values.max() - values.min())).numpy()
    pairs = [
        (cells[y, x] - cells[y + dy, x + dx]) ** 2
        for y in range(5)
        for x in range(7)
        for dy, dx in ((0, 1), (1, 0))
        if y + dy < 5 and x + dx < 7
    ]
    expected = math.sqrt(np.var(cells)) * (1 - float(np.mean(pairs)) / (2 * np.var(cells)))
    assert interest(values[None])[0].item() == pytest.approx(expected, rel=1e-5)


def test_copies_wait_until_nothing_else_is_left_and_dead_maps_come_last() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(4, 4, generator=generator)
    dead = torch.zeros(4, 4)
    broken = torch.full((4, 4), torch.nan)
    upright = HALVES.T.contiguous()
    negative = 5 - 2 * HALVES  # a copy, upside down
    blurred = HALVES + 0.1 * noise
    maps = torch.stack([broken, dead, noise, blurred, HALVES, negative, upright])
    found = interesting(maps, 7)
    assert found[:3] == [4, 6, 2]
    assert found[5:] == [1, 0]
    assert interesting(maps, 2) == found[:2]


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_no_map_is_taken_twice_however_small_or_large_its_values(scale: float) -> None:
    maps = torch.randn(6, 3, 3, generator=torch.Generator().manual_seed(0)) * scale
    assert sorted(interesting(maps, 6)) == list(range(6))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 20))
def test_what_is_taken_first_is_no_copy_of_another(seed: int, channels: int, count: int) -> None:
    maps = torch.randn(channels, 3, 3, generator=torch.Generator().manual_seed(seed))
    found = interesting(maps, count)
    assert len(found) == len(set(found)) == min(count, channels)
    assert found[0] == interest(maps).argmax()
    correlations = np.abs(np.corrcoef(maps.flatten(1).numpy())) if channels > 1 else np.ones((1, 1))
    independent = 1
    while independent < len(found) and (correlations[found[independent], found[:independent]] <= 0.7).all():
        independent += 1
    # After the first copy every unit left is a copy of one taken.
    left = set(range(channels)) - set(found[:independent])
    if independent < len(found):
        assert all((correlations[unit, found[:independent]] > 0.7 - 1e-6).any() for unit in left)
