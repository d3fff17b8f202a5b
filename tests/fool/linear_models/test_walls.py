import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seethrough.fool.linear_models.walls import SIZES, Norm, best_of_size, least_gaining

NORMS = ("linf", "l2")


def drawn(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(seed)
    slope = torch.randn(3, 6, generator=stream, dtype=torch.float64)
    # Coordinates that do not count, and walls that are met at once.
    slope[:, 2] = 0
    room = torch.rand(3, 6, generator=stream, dtype=torch.float64)
    room[:, 4] = 0
    return slope, room


def test_a_coordinate_that_meets_its_wall_lets_the_others_go_on() -> None:
    slope, room = torch.tensor([[2.0, -1.0, 0.0]]), torch.tensor([[0.5, 9.0, 9.0]])
    move, there = least_gaining(slope, room, torch.tensor([3.0]), "linf")
    assert move.tolist() == [[0.5, -2.0, 0.0]] and there.tolist() == [True]
    # At the level t moves are 2t, t: the first stops at 0.5, the second goes on to 2.
    move, _ = least_gaining(slope, room, torch.tensor([3.0]), "l2")
    assert move.tolist() == [[0.5, -2.0, 0.0]]
    move, _ = least_gaining(slope, room, torch.tensor([1.0]), "l2")
    torch.testing.assert_close(move, torch.tensor([[0.4, -0.2, 0.0]]))


def test_where_the_room_does_not_do_everything_is_used_and_said() -> None:
    slope, room = torch.tensor([[2.0, -1.0, 0.0]]), torch.tensor([[0.5, 1.0, 9.0]])
    for norm in NORMS:
        move, there = least_gaining(slope, room, torch.tensor([2.5]), norm)
        assert move.tolist() == [[0.5, -1.0, 0.0]] and there.tolist() == [False]
    nowhere, there = least_gaining(torch.zeros(1, 2), torch.full((1, 2), torch.inf), torch.tensor([1.0]), "linf")
    assert nowhere.tolist() == [[0, 0]] and there.tolist() == [False]


@pytest.mark.parametrize("norm", NORMS)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 0.99))
def test_what_gains_least_and_what_is_best_of_its_size_are_the_same_move(norm: Norm, seed: int, share: float) -> None:
    slope, room = drawn(seed)
    gain = share * (slope.abs() * room).sum(1)
    move, there = least_gaining(slope, room, gain, norm)
    assert there.all() and bool((move.abs() <= room).all()) and not move[:, 2].any()
    torch.testing.assert_close((slope * move).sum(1), gain)
    again = best_of_size(slope, room, SIZES[norm](move), norm)
    torch.testing.assert_close((slope * again).sum(1), gain)
    # Any other move of that size within the room gains no more.
    stream = torch.Generator().manual_seed(seed)
    for _ in range(20):
        other = (torch.rand(move.shape, generator=stream, dtype=torch.float64) * 2 - 1) * room
        other *= (SIZES[norm](move) / SIZES[norm](other)).clamp(max=1)[:, None]
        assert bool(((slope * other).sum(1) <= gain + 1e-12).all())


def test_a_size_is_kept_to_where_there_is_room() -> None:
    found = best_of_size(torch.tensor([[3.0, 4.0]]), torch.full((1, 2), torch.inf), torch.tensor([5.0]), "l2")
    assert found.tolist() == [[3.0, 4.0]]
    found = best_of_size(torch.tensor([[3.0, 4.0]]), torch.tensor([[9.0, 0.6]]), torch.tensor([1.0]), "l2")
    torch.testing.assert_close(found, torch.tensor([[0.8, 0.6]]))
    found = best_of_size(torch.tensor([[3.0, 4.0]]), torch.tensor([[0.1, 0.2]]), torch.tensor([9.0]), "l2")
    torch.testing.assert_close(found, torch.tensor([[0.1, 0.2]]))
