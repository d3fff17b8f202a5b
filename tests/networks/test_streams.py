import itertools

import pytest
import torch

from seethrough.networks.streams import image_streams, passes


def first_numbers(seed: int, count: int, first: int = 0) -> torch.Tensor:
    return torch.stack([torch.rand(50, generator=stream) for stream in image_streams(seed, count, first)])


def test_an_image_has_the_same_stream_alone_and_in_a_batch() -> None:
    whole = first_numbers(5, 6)
    assert torch.equal(first_numbers(5, 1), whole[:1])
    assert torch.equal(first_numbers(5, 4), whole[:4])


def test_a_part_of_a_batch_has_the_streams_of_its_places() -> None:
    assert torch.equal(first_numbers(5, 2, first=3), first_numbers(5, 6)[3:5])
    assert image_streams(5, 0) == []


def test_streams_of_neighbours_and_of_neighbouring_seeds_have_nothing_in_common() -> None:
    drawn = torch.cat([first_numbers(seed, 8) for seed in range(8)])
    assert drawn.mean() == pytest.approx(0.5, abs=0.02)
    assert torch.corrcoef(drawn).fill_diagonal_(0).abs().max() < 0.65  # of 2,016 pairs of 50 numbers
    assert drawn[:, 0].std() == pytest.approx(12**-0.5, rel=0.15)  # the first numbers too
    assert len(set(drawn[:, 0].tolist())) == 64


def test_the_global_random_state_is_not_touched() -> None:
    before = torch.random.get_rng_state()
    first_numbers(3, 2)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("images", "each", "batch"), [(2, 3, 4), (1, 7, 3), (5, 1, 2), (3, 4, 100), (2, 3, 1), (2, 2, 0)]
)
def test_every_image_is_varied_as_often_as_asked_in_passes_of_bounded_size(images: int, each: int, batch: int) -> None:
    found = [rows.tolist() for rows in passes(images, each, batch)]
    assert list(itertools.chain(*found)) == list(range(images)) * each
    assert all(len(rows) == max(batch, 1) for rows in found[:-1]) and 0 < len(found[-1]) <= max(batch, 1)
