"""The count of live bytes, against sizes worked out by hand: KB is a tensor of 256 single floats."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seethrough.results.curves import Curves
from tests.memory.calls import call_of, method_of
from tests.memory.counted import counted, held_by

KB = 1024


def floats(count: int = 256) -> Tensor:
    return torch.zeros(count)


def peak(call: Any) -> int:
    return counted(call)[1]


def test_a_chain_holds_what_goes_in_and_what_comes_out_of_one_operation_at_a_time() -> None:
    given = floats()
    assert peak(lambda: given + 1) == KB  # what was there before does not count
    assert peak(lambda: (given + 1) * 2) == 2 * KB
    assert peak(lambda: ((given + 1) * 2 - 3) / 4) == 2 * KB

    def keeps_both() -> Tensor:
        first = given + 1
        return first * (first - 1)

    assert peak(keeps_both) == 3 * KB


def test_the_peak_is_not_what_is_left() -> None:
    made, most = counted(lambda: (floats(2560) + 1).sum())
    assert most == 20 * KB and float(made) == 2560


def test_a_view_holds_nothing_and_keeps_the_whole_alive() -> None:
    given = floats()
    assert peak(lambda: given[10:20].view(2, 5).T) == 0

    def keeps_a_corner() -> tuple[Tensor, Tensor]:
        corner = floats(2560)[:1]
        return corner, floats()

    assert peak(keeps_a_corner) == 11 * KB


def test_an_operation_in_place_makes_nothing() -> None:
    given = floats()
    assert peak(lambda: given.add_(1).mul_(2)) == 0
    assert peak(lambda: floats().add_(1).relu_()) == KB


def test_memory_that_was_freed_can_be_taken_again() -> None:
    def in_turn() -> float:
        return sum(float(floats(256 * size)[0]) for size in (1, 5, 3, 5, 2))

    assert peak(in_turn) == 5 * KB
    # The same address many times over: each time it counts, and each time it goes.
    assert peak(lambda: [float(floats()[0]) for _ in range(50)]) == KB
    assert peak(lambda: [floats() for _ in range(50)]) == 50 * KB


def test_a_storage_that_grows_is_counted_as_large_as_it_is() -> None:
    assert peak(lambda: torch.empty(0).resize_(512)) == 2 * KB
    assert peak(lambda: torch.add(floats(), 1, out=torch.empty(0))) == 2 * KB

    def shrinks() -> Tensor:
        large = floats(2560)
        large.untyped_storage().resize_(KB)
        return large[:256] + floats()

    # What is resized behind the back of all operations is noticed by the next that meets it: at the peak it was 10 KB.
    assert peak(shrinks) == 10 * KB


def test_a_way_back_counts_with_what_it_saves_and_what_it_makes() -> None:
    def back() -> Tensor:
        x = floats().requires_grad_()
        y = x.exp().exp()  # both results are saved for the way back
        return torch.autograd.grad(y, x, floats())[0]

    # x, two exps, and the slope that is given; then the slopes before the second exp, and before the first.
    assert peak(back) == 6 * KB

    def forth() -> Tensor:
        with torch.no_grad():
            return floats().exp().exp()

    assert peak(forth) == 2 * KB


class Doubled(torch.autograd.Function):
    """Takes 7 KB on its way there, of which it keeps 2, and 12 on its way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        floats(7 * 256)
        ctx.save_for_backward(floats(2 * 256))
        return x * 2

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        floats(12 * 256)
        return slopes[0] * 2


def test_what_a_function_of_ones_own_takes_on_its_way_back_counts() -> None:
    given = floats().requires_grad_()
    there = Doubled.apply(given)
    assert peak(lambda: Doubled.apply(given)) == 7 * KB
    assert peak(lambda: torch.autograd.grad(there, given, floats())) == 13 * KB


def test_what_a_hook_takes_on_the_way_back_counts() -> None:
    given = floats().requires_grad_()
    there = given * 2
    there.register_hook(lambda slope: slope + floats(9 * 256)[:256])
    # The slope that is given, what the hook takes, and its sum.
    assert peak(lambda: torch.autograd.grad(there, given, floats())) == 11 * KB


@pytest.mark.parametrize("how", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_it_is_the_same_however_gradients_are_set(how: Any) -> None:
    def call() -> Tensor:
        with how():
            return floats() + 1

    assert peak(call) == 2 * KB


def test_cycles_that_only_the_collector_would_free_are_not_free() -> None:
    def in_circles() -> None:
        for _ in range(5):
            circle: list[Any] = [floats()]
            circle.append(circle)

    assert peak(in_circles) == 5 * KB


def test_arrays_count_once_they_are_tensors_that_something_is_done_with() -> None:
    assert peak(lambda: np.zeros(1024) + 1) == 0
    assert peak(lambda: torch.from_numpy(np.zeros(1024)).sum()) == 8 * KB + 8


def test_the_count_is_the_same_each_time() -> None:
    call = call_of("fool", method_of("fool", "pgd"))
    assert len({peak(call.make) for _ in range(3)}) == 1


def test_what_a_result_holds_counts_each_storage_once() -> None:
    whole = floats(2560)
    assert held_by({"a": [whole, whole[5:]], "b": (floats(), "word", 3)}) == 11 * KB
    assert held_by(None) == 0
    found = call_of("see", method_of("see", "deletion_insertion"), 1).make()
    assert isinstance(found, Curves)
    assert held_by(found) == held_by(found.heatmap) + sum(
        one.nbytes for one in (found.fractions, found.deletion, found.insertion)
    )
