"""What holds for every attack of `fool`, read from the table: a new row is tested by being there."""

import inspect

import pytest
import torch
from torch import Tensor, nn

from seethrough import fool
from seethrough.jobs import JobFunction
from seethrough.results.fooling import Fooling
from seethrough.tables import Method
from tests.fool.calls import (
    assert_as_said,
    every_attack,
    exact_cnn,
    exact_photos,
    fool_by,
    has,
    others,
    straight_network,
    work_of,
)
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

# By which parameters a method is given what it needs; the rest is for the command line alone.
GIVEN_AS = {
    "goal": {"classes", "to", "away"},
    "mask": {"mask"},
    "to": {"classes", "to"},
    "dreamt": {"classes"},
    "photos": {"images"},
}


@every_attack
def test_the_row_says_what_the_function_takes(method: Method) -> None:
    function = method.load()
    assert getattr(fool, method.name) is function and method.name in fool.__all__
    assert function.__name__ == method.name and isinstance(function, JobFunction)
    parameters = inspect.signature(function).parameters
    given = set().union(*(GIVEN_AS.get(need, set()) for need in method.needs))
    assert {setting.name: setting.default for setting in method.settings} == {
        name: one.default
        for name, one in parameters.items()
        if one.kind is inspect.Parameter.KEYWORD_ONLY and name not in given
    }
    assert given | {"network"} == set(parameters) - {setting.name for setting in method.settings}
    assert next(iter(parameters)) == "network"


@every_attack
def test_a_batch_of_three_with_three_goals_is_misled_each_for_itself(method: Method) -> None:
    network, images = small_cnn(), random_photos(3)
    goals = others(network, images)
    found = fool_by(method, network, images, goals)
    assert isinstance(found, Fooling) and len(found) == 3
    assert found.method == f"fool.{method.name}" and found.network == "small-cnn"
    assert found.images.shape == found.originals.shape == (3, 3, 40, 56)
    assert not found.images.requires_grad
    assert found.goals == tuple(f"read as class {goal}" for goal in goals)
    assert found.settings["classes"] == goals and found.settings["toward"]
    if "photos" in method.needs:
        assert torch.equal(found.originals, images)
    assert found.trace.shape[0] == 3 and found.steps.min() >= 1
    assert_as_said(network, found, goals, toward=True)


@every_attack
def test_alone_and_in_a_batch_the_numbers_are_the_same(method: Method) -> None:
    network, images = exact_cnn(), exact_photos(3)
    goals = others(network, images)
    together = fool_by(method, network, images, goals)
    chance = method.name in {"pgd", "apgd", "lookalike", "from_noise"}
    for place in range(1 if chance else 3):  # chance falls by the place in the batch
        alone = fool_by(method, network, images[place : place + 1], goals[place : place + 1])
        torch.testing.assert_close(alone.images[0], together.images[place], rtol=0, atol=1e-12)
        assert alone.queries[0] == together.queries[place] and alone.gradients[0] == together.gradients[place]
        assert alone.steps[0] == together.steps[place]
        taken = alone.trace.shape[1]
        expected = together.trace[place][~together.trace[place].isnan()]
        torch.testing.assert_close(alone.trace[0][~alone.trace[0].isnan()], expected, rtol=0, atol=1e-12)
        assert taken <= together.trace.shape[1]


@every_attack
def test_how_many_images_go_through_together_changes_no_number(method: Method) -> None:
    network, images = exact_cnn(), exact_photos(4)
    goals = others(network, images)
    expected = fool_by(method, network, images, goals, batch=4)
    for batch in (1, 3):
        found = fool_by(method, network, images, goals, batch=batch)
        torch.testing.assert_close(found.images, expected.images, rtol=0, atol=1e-12)
        for name in ("queries", "gradients", "steps", "success"):
            assert torch.equal(getattr(found, name), getattr(expected, name)), name
        torch.testing.assert_close(found.trace, expected.trace, rtol=0, atol=1e-12, equal_nan=True)


@every_attack
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_networks_of_any_shape_work(method: Method, channels: int) -> None:
    network = small_cnn(channels, size=(24, 33))
    images = random_photos(2, channels, size=(24, 33))
    goals = others(network, images)
    found = fool_by(method, network, images, goals)
    assert found.images.shape == (2, channels, 24, 33)
    assert_as_said(network, found, goals, toward=True)


@every_attack
@pytest.mark.parametrize("how", ["frozen", "training", "no_grad", "inference_mode", "wants_grad"])
def test_the_answer_does_not_depend_on_how_the_caller_works(method: Method, how: str) -> None:
    network, images = small_cnn(), random_photos(2)
    goals = others(network, images)
    expected = fool_by(method, network, images, goals)
    if how == "frozen":
        network.module.requires_grad_(False)
    if how == "training":
        network.module.train()
    if how == "wants_grad":
        images = images.requires_grad_()
    manager = {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.get(how, torch.enable_grad)
    with manager():
        found = fool_by(method, network, images.clone() if how == "inference_mode" else images, goals)
    torch.testing.assert_close(found.images, expected.images)
    assert not found.images.requires_grad and images.grad is None


@every_attack
def test_networks_of_low_precision_work(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    goals = others(network, images)
    network.module.to(torch.bfloat16)
    found = fool_by(method, network, images, goals)
    assert found.images.dtype == torch.float32 and found.images.isfinite().all()
    assert found.l2.isfinite().all() and found.goal_after.isfinite().all()


@every_attack
def test_nothing_is_left_behind(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    network.module.train()
    before, state, pixels = snapshot(network), torch.random.get_rng_state(), images.clone()
    fool_by(method, network, images, [1, 2], **({"eight_bit": True} if has(method, "eight_bit") else {}))
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(images, pixels)


@every_attack
def test_nothing_is_left_behind_after_an_error_or_by_a_job_that_nobody_ends(method: Method) -> None:
    class FailsLater(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner, self.left = inner, 1000

        def forward(self, x: Tensor) -> Tensor:
            self.left -= 1
            if self.left < 0:
                raise ValueError("inside")
            found: Tensor = self.inner(x)
            return found

    network, images = small_cnn(), random_photos(2)
    goals = others(network, images)
    network.module.conv1 = FailsLater(network.module.conv1)
    fool_by(method, network, images, goals)  # what is found once, is found
    before, state = snapshot(network), torch.random.get_rng_state()
    for fails_at in (0, 1, 3):
        network.module.conv1.left = fails_at
        with pytest.raises(ValueError, match="inside"):
            fool_by(method, network, images, goals)
        assert_same(dict(before), snapshot(network))
    network.module.conv1.left = 1000
    work = work_of(method, network, images, goals)
    next(work)
    assert_same(dict(before), snapshot(network))  # within a step nothing is held either
    work.close()
    assert_same(dict(before), snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)


@every_attack
def test_the_same_seed_gives_the_same_result_and_settings_repeat_it(method: Method) -> None:
    network, images = straight_network(), random_photos(2, size=(20, 28))
    goals = others(network, images)
    first, again, other = (fool_by(method, network, images, goals, seed=seed) for seed in (1, 1, 2))
    assert first == again
    if method.name in {"pgd", "apgd", "lookalike", "from_noise"}:
        assert not torch.equal(first.images, other.images)
    known = {setting.name for setting in method.settings}
    settings = {name: value for name, value in first.settings.items() if name in known}
    settings |= {"eps": first.eps} if first.eps else {}
    repeated = fool_by(method, network, images, first.settings["classes"], **settings)
    assert torch.equal(repeated.images, first.images)
