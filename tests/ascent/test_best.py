"""The best place on the way: that of the highest wish, or of the highest rank."""

import pytest
import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels, shared
from seethrough.ascent.jitter import Jitter, shift
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import plain
from seethrough.ascent.wish import Reading, Wish
from tests.nets import linear_network

# Brighter by a tenth at every step, whatever the pixels.
RISE = Wish(lambda reading: reading.images.flatten(1).sum(1))
NETWORK, _, _ = linear_network(1, (1, 1), 2)


def near(places: list[float]) -> object:
    """Rank each image by how near its pixel is to a place of its own."""
    wanted = torch.tensor(places)

    def rank(reading: Reading, values: Tensor) -> Tensor:
        return -(reading.images.flatten() - wanted[reading.rows]).abs()

    return rank


def dark(count: int) -> Tensor:
    return torch.zeros(count, 1, 1, 1)


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_each_image_is_returned_from_where_its_rank_was_highest(at_once: int) -> None:
    found = ascend(
        NETWORK, pixels(dark(4)), RISE,
        stride=plain(0.1), steps=8, best=near([0.3, 0.0, 0.8, 5.0]), at_once=at_once,
    )  # fmt: skip
    # The last is not ranked until it is looked at once more.
    torch.testing.assert_close(found.images.flatten(), torch.tensor([0.3, 0.0, 0.8, 0.8]))
    torch.testing.assert_close(found.values, found.images.flatten())
    assert found.steps.tolist() == [8] * 4
    # Once at every step, once at the last place, and again at the best where that is another.
    assert found.looks.tolist() == [10, 10, 9, 9]


def test_without_a_rank_it_is_the_wish_and_without_best_the_last_place() -> None:
    fall = Wish(lambda reading: -(reading.images.flatten(1).sum(1) - 0.45).square())
    overshooting = {"stride": plain(4.0), "steps": 3}
    best, last = (ascend(NETWORK, pixels(dark(1)), fall, best=best, **overshooting) for best in (True, False))
    assert float(best.images) == pytest.approx(0.0) and float(last.images) == pytest.approx(1.0)


def test_what_is_done_stays_though_another_place_ranks_higher() -> None:
    found = ascend(
        NETWORK, pixels(dark(2)), RISE,
        stride=plain(0.1), steps=8, best=near([0.1, 0.1]),
        until=lambda reading, values: (values > 0.45) & (reading.rows == 0),
    )  # fmt: skip
    torch.testing.assert_close(found.images.flatten(), torch.tensor([0.5, 0.1]))
    assert found.done.tolist() == [True, False] and found.steps.tolist() == [6, 8]


def test_what_ranks_as_no_number_is_worse_than_any() -> None:
    def rank(reading: Reading, values: Tensor) -> Tensor:
        return torch.where(values > 0.35, torch.nan, values)

    found = ascend(NETWORK, pixels(dark(1)), RISE, stride=plain(0.1), steps=8, best=rank)
    assert float(found.images) == pytest.approx(0.3)


def test_under_jitter_the_last_place_is_returned() -> None:
    jitter = Jitter((shift(0),), 0.1, 1)
    found = ascend(NETWORK, pixels(dark(1)), RISE, stride=plain(0.1), steps=4, best=near([0.1]), jitter=jitter)
    assert float(found.images) > 0.2


def test_a_shared_pattern_is_ranked_by_all_its_images_together() -> None:
    wanted = torch.tensor([0.25, 0.65])

    def rank(reading: Reading, values: Tensor) -> Tensor:
        return -(reading.images.flatten() - wanted[reading.rows]).square()

    found = ascend(NETWORK, shared(dark(2) + 0.05, 1.0), RISE, stride=plain(0.05), steps=8, best=rank)
    # Both pull as strongly in the middle.
    torch.testing.assert_close(found.images.flatten(), torch.tensor([0.45, 0.45]), rtol=0, atol=1e-5)
