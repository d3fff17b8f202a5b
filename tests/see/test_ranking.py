import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from seethrough.see.ranking import places, spearman


def test_the_largest_is_first_ties_go_by_place_and_nan_is_last() -> None:
    values = torch.tensor([[[math.nan, 2.0, -math.inf], [2.0, 5.0, math.nan]]])
    assert places(values).tolist() == [[[4, 1, 3], [2, 0, 5]]]


def test_each_map_is_ranked_by_itself() -> None:
    values = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(0))
    together = places(values)
    for place in range(3):
        assert torch.equal(together[place], places(values[place : place + 1])[0])
        assert together[place].flatten().sort().values.tolist() == list(range(20))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=40))
def test_the_rank_correlation_is_scipys_with_ties(pairs: list[tuple[int, int]]) -> None:
    one, other = (torch.tensor(side, dtype=torch.float32) for side in zip(*pairs, strict=True))
    if one.unique().numel() == 1 or other.unique().numel() == 1:
        return
    found = spearman(one[None, None], other[None, None])
    assert abs(float(found) - spearmanr(one.numpy(), other.numpy()).statistic) < 1e-12


def test_pixels_that_are_not_a_number_are_left_out_of_the_rank_correlation() -> None:
    one = torch.tensor([[[1.0, 2.0, 4.0, math.nan, 3.0, 9.0]]])
    other = torch.tensor([[[1.0, 3.0, 2.0, 7.0, 9.0, math.nan]]])
    assert torch.equal(spearman(one, other), spearman(one[..., [0, 1, 2, 4]], other[..., [0, 1, 2, 4]]))


def test_a_flat_map_has_nothing_in_common_and_nothing_can_be_like_a_flat_one() -> None:
    flat, full = torch.zeros(1, 2, 3), torch.arange(6.0).view(1, 2, 3)
    assert spearman(full, flat).tolist() == [0.0]
    assert spearman(flat, full).isnan().all()
    assert spearman(torch.full((1, 2, 3), math.nan), full).isnan().all()
