import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.train.descent import optimiser_of, put_state, rate_at, set_rate, state_of
from seethrough.train.recipe import Recipe
from tests.nets import small_cnn


def rates(schedule: str, steps: int, rate: float = 2.0) -> list[float]:
    recipe = Recipe(rate=rate, schedule=schedule)
    return [rate_at(recipe, step, steps) for step in range(steps)]


def test_a_constant_rate_is_constant() -> None:
    assert rates("constant", 3) == [2.0, 2.0, 2.0]


def test_a_half_cosine_falls_from_the_rate_towards_nothing() -> None:
    assert rates("cosine", 4) == pytest.approx([2, 1 + math.sqrt(0.5), 1, 1 - math.sqrt(0.5)])


def test_a_cycle_rises_in_a_fifth_of_the_steps_and_falls_to_half_a_step_from_nothing() -> None:
    # 10 steps: two upwards, then 8 downwards, of which half a one is left at the end.
    assert rates("cycle", 10) == pytest.approx([1, 2, *[2 * (7.5 - step) / 8 for step in range(8)]])
    assert rates("cycle", 1) == [2.0]
    assert rates("cycle", 2) == pytest.approx([2.0, 1.0])


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 7, 100, 2345])
def test_a_cycle_never_exceeds_its_rate_nor_stands_still(steps: int) -> None:
    found = rates("cycle", steps)
    assert min(found) > 0 and max(found) <= 2.0
    top = found.index(max(found))
    assert found[top:] == sorted(found[top:], reverse=True) and found[: top + 1] == sorted(found[: top + 1])
    assert max(found) > 1.5


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_only_weights_decay_not_biases_and_norms(name: str) -> None:
    module = small_cnn().module
    decayed = {id(weight): 0.0 for weight in module.parameters()}
    for group in optimiser_of(module, Recipe(optimiser=name, decay=0.01)).param_groups:
        decayed |= {id(weight): group["weight_decay"] for weight in group["params"]}
    by_name = {name: decayed[id(weight)] for name, weight in module.named_parameters()}
    assert by_name == {
        "conv1.weight": 0.01,
        "conv1.bias": 0.0,
        "norm.weight": 0.0,
        "norm.bias": 0.0,
        "conv2.weight": 0.01,
        "conv2.bias": 0.0,
        "head.weight": 0.01,
        "head.bias": 0.0,
    }


def test_what_may_not_move_is_left_out() -> None:
    module = small_cnn().module
    for name, weight in module.named_parameters():
        weight.requires_grad = name.startswith("head")
    held = [weight for group in optimiser_of(module, Recipe()).param_groups for weight in group["params"]]
    assert [id(weight) for weight in held] == [id(module.head.weight), id(module.head.bias)]


def test_the_rate_is_that_of_all_groups() -> None:
    optimiser = optimiser_of(small_cnn().module, Recipe())
    set_rate(optimiser, 0.25)
    assert [group["lr"] for group in optimiser.param_groups] == [0.25, 0.25]


def descended(module: nn.Module, optimiser: torch.optim.Optimizer, steps: range) -> list[Tensor]:
    for step in steps:
        images = torch.rand(4, 3, 6, 5, generator=torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        functional.cross_entropy(module(images.flatten(1)), torch.tensor([0, 1, 1, 0])).backward()
        set_rate(optimiser, 0.1 / (step + 1))
        optimiser.step()
    return [weight.detach().clone() for weight in module.parameters()]


@pytest.mark.parametrize(
    "recipe",
    [Recipe(), Recipe(optimiser="sgd"), Recipe(optimiser="sgd", momentum=0.0), Recipe(decay=0.1)],
    ids=["adam", "sgd", "sgd without momentum", "decay"],
)
def test_going_on_from_what_was_kept_equals_not_stopping(recipe: Recipe) -> None:
    def begun() -> tuple[nn.Module, torch.optim.Optimizer]:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            module = nn.Sequential(nn.Linear(90, 8), nn.ReLU(), nn.Linear(8, 2))
        return module, optimiser_of(module, recipe)

    whole = descended(*begun(), range(6))
    module, optimiser = begun()
    descended(module, optimiser, range(3))
    kept, weights = state_of(optimiser), {name: value.clone() for name, value in module.state_dict().items()}
    assert all(isinstance(value, Tensor) for value in kept.values())
    before = {name: value.clone() for name, value in kept.items()}
    descended(module, optimiser, range(3, 6))
    torch.testing.assert_close(kept, before, rtol=0, atol=0)  # a copy, not a view of what moves on
    again, fresh = begun()
    again.load_state_dict(weights)
    put_state(fresh, {**kept, "curves": torch.zeros(3, 2)})
    for found, expected in zip(descended(again, fresh, range(3, 6)), whole, strict=True):
        assert torch.equal(found, expected)
    restless = recipe.optimiser == "adam" or recipe.momentum > 0
    assert bool(kept) == restless
