import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.frame import Box
from seethrough.results.heatmap import Heatmap, Target
from seethrough.see.agreement import agreement


def heatmap(values: Tensor) -> Heatmap:
    images = torch.zeros(len(values), 3, *values.shape[1:])
    return Heatmap(network="n", method="see.m", images=images, targets=(Target("a", 0),) * len(values), values=values)


# Hottest first: 9 8 7 | 6 5 4 | -1 0 nan.
MAP = torch.tensor([[[9.0, 8.0, 7.0], [6.0, 5.0, 4.0], [-1.0, 0.0, math.nan]]])


def test_the_numbers_of_a_region_worked_out_by_hand() -> None:
    found = agreement(heatmap(MAP), (0, 1, 2, 3))  # the pixels 8 7 / 5 4
    assert found.region is not None
    assert found.region[0].tolist() == [[False, True, True], [False, True, True], [False, False, False]]
    assert found.hottest[0].tolist() == [[True, True, True], [True, False, False], [False, False, False]]
    assert found.overlap == pytest.approx(torch.tensor([2 / 6]))
    assert found.inside == pytest.approx(torch.tensor([24 / 39]))
    assert found.peak is not None
    assert found.peak.tolist() == [0.0]
    assert found.line().startswith("see.m of a: overlap (IoU) 0.33, mass inside 0.62, peak inside 0.00")


def test_a_share_sets_how_much_is_the_hottest_part() -> None:
    found = agreement(heatmap(MAP), (0, 0, 1, 1), share=1 / 3)
    assert found.hottest.sum() == 3
    assert found.overlap == pytest.approx(torch.tensor([1 / 3]))
    assert found.peak is not None
    assert found.peak.tolist() == [1.0]


def test_points_are_counted_where_they_lie_in_the_hottest_part() -> None:
    marks = [(0, 0), (0.9, 1.9), (2.5, 0.0), (1, 1)]
    found = agreement(heatmap(MAP), points=marks, share=4 / 9)
    assert found.hit == pytest.approx(torch.tensor([0.5]))
    both = agreement(heatmap(torch.cat([MAP, -MAP])), points=torch.tensor([[[0, 0]], [[2, 0]]]), share=1 / 9)
    assert both.hit is not None
    assert both.hit.tolist() == [1.0, 1.0]


def test_a_box_holds_the_pixels_whose_middle_it_holds_on_maps_that_are_not_square() -> None:
    values = torch.rand(2, 4, 7)
    found = agreement(heatmap(values), Box(0.4, 2.4, 2.4, 99))
    expected = torch.zeros(4, 7, dtype=torch.bool)
    expected[0:2, 2:7] = True
    assert found.region is not None
    assert torch.equal(found.region, expected.expand(2, 4, 7))
    assert agreement(heatmap(values), expected) == found
    assert agreement(heatmap(values), expected.expand(2, 4, 7)) == found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_map_that_is_the_region_agrees_wholly_and_its_negative_not_at_all(seed: int) -> None:
    region = torch.rand(2, 5, 8, generator=torch.Generator().manual_seed(seed)) < 0.4
    if not region.flatten(1).any(1).all():
        return
    found = agreement(heatmap(region.float() * 3 - 1), region)
    for number in (found.overlap, found.inside, found.peak):
        assert number is not None
        assert number.tolist() == [1.0, 1.0]
    against = agreement(heatmap(1 - region.float() * 3), region)
    assert against.inside is not None and against.peak is not None
    assert against.inside.tolist() == against.peak.tolist() == [0.0, 0.0]


def test_a_map_that_says_nothing_gets_no_number_and_one_with_holes_does() -> None:
    values = torch.stack([torch.zeros(3, 3), torch.full((3, 3), math.nan), MAP[0]])
    found = agreement(heatmap(values), (0, 0, 2, 2))
    for number in (found.overlap, found.inside, found.peak):
        assert number is not None
        assert number.isnan().tolist() == [True, True, False]
    pointed = agreement(heatmap(values), points=[(0, 0)])
    assert pointed.hit is not None
    assert pointed.hit.isnan().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "none given"),
        ({"region": (0, 0, 1, 1), "points": [(0, 0)]}, "both given"),
        ({"region": (0, 0, 1)}, "region is (0, 0, 1)"),
        ({"region": (2, 2, 1, 1)}, "region holds no pixel of a map of 3 x 3"),
        ({"region": torch.ones(3, 3)}, "region is float32 [3, 3]"),
        ({"region": torch.ones(3, 4, dtype=torch.bool)}, "region is bool [3, 4]"),
        ({"region": torch.zeros(3, 3, dtype=torch.bool)}, "region holds no pixel"),
        ({"region": (0, 0, 1, 1), "share": 0}, "share is 0"),
        ({"points": [(0, 0)], "share": 1.5}, "share is 1.5"),
        ({"points": [(0, 3)]}, "(0, 3) lies outside a map of 3 x 3"),
        ({"points": [(0, -1)]}, "(0, -1) lies outside"),
        ({"points": []}, "points has shape [0]"),
        ({"points": [(0, 1, 2)]}, "points has shape [1, 1, 3]"),
        ({"points": "here"}, "points is 'here'"),
    ],
)
def test_what_is_no_mark_is_refused_in_one_line(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError) as refusal:
        agreement(heatmap(MAP), **given)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
