import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from seethrough.train.learn import COLUMNS, Learned, Pictures, learn, scores_of, tried
from seethrough.train.recipe import Recipe
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.train.sets import pictures

PLAIN = Recipe(epochs=1, batch=24, optimiser="sgd", rate=0.1, momentum=0.0, decay=0.0, schedule="constant")


def dropping(size: tuple[int, int] = (8, 10), channels: int = 3) -> Network:
    """Return a network with dropout and batch norm."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = nn.Sequential(
            nn.Conv2d(channels, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.LazyLinear(3)
        )
        module(torch.zeros(2, channels, *size))
    return Network(module, size=size, channels=channels, mean=0.4, std=0.3, name="dropping")


def learned(network: Network, recipe: Recipe, held: Pictures | None = None, **named: Any) -> Learned:
    return run(learn(network, held or pictures(size=network.size, channels=network.channels), None, recipe, **named))


def equal(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return list(one) == list(other) and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("decay", [0.0, 0.03])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_a_step_on_a_linear_network_is_that_computed_by_hand(decay: float, smoothing: float) -> None:
    network, weights, bias = linear_network(size=(8, 10), classes=3)
    held = pictures()
    x, count = held.pixels.double().flatten(1) / 255, len(held)
    scores = x @ weights.double().flatten(1).T + bias.double()
    truth = functional.one_hot(held.labels, 3).double() * (1 - smoothing) + smoothing / 3
    slope = scores.softmax(1) - truth
    wanted_weights = weights.double().flatten(1) * (1 - 0.1 * decay) - 0.1 * slope.T @ x / count
    wanted_bias = bias.double() - 0.1 * slope.mean(0)
    loss = -(truth * scores.log_softmax(1)).sum(1).mean()
    accuracy = (scores.argmax(1) == held.labels).double().mean()

    found = learned(network, replace(PLAIN, decay=decay, smoothing=smoothing))
    torch.testing.assert_close(found.weights["1.weight"].double(), wanted_weights, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found.weights["1.bias"].double(), wanted_bias, rtol=1e-5, atol=1e-6)
    row = dict(zip(COLUMNS, found.curves[0].tolist(), strict=True))
    assert row["loss"] == pytest.approx(float(loss), rel=1e-5) and row["accuracy"] == pytest.approx(float(accuracy))
    assert row["rate"] == 0.1 and row["seconds"] > 0
    assert math.isnan(row["validation loss"]) and math.isnan(row["validation accuracy"])


def test_training_against_fgsm_is_half_on_what_it_makes_of_the_pictures() -> None:
    network, weights, bias = linear_network(size=(8, 10), classes=3)
    weights.mul_(0.05)  # in place, also in the network: no probability is 1 in single precision
    held = pictures()
    clean = held.pixels.double().flatten(1) / 255
    matrix, truth = weights.double().flatten(1), functional.one_hot(held.labels, 3).double()
    # The one step of the first epoch is past the fifth in which eps grows.
    slope = ((clean @ matrix.T + bias.double()).softmax(1) - truth) @ matrix
    attacked = (clean + 0.1 * slope.sign()).clamp(0, 1)
    parts = [((x @ matrix.T + bias.double()).softmax(1) - truth).T @ x / len(held) for x in (clean, attacked)]
    found = learned(network, replace(PLAIN, against="fgsm", eps="0.1"))
    wanted = matrix - 0.1 * (parts[0] + parts[1]) / 2
    torch.testing.assert_close(found.weights["1.weight"].double(), wanted, rtol=1e-4, atol=1e-5)


def test_eps_grows_over_the_first_fifth_of_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[float] = []

    def attack(*given: Any) -> Tensor:
        reached.append(given[-1])
        return given[1]

    monkeypatch.setattr("seethrough.train.against.Against.__call__", lambda self, *given: attack(*given))
    learned(dropping(), Recipe(epochs=5, batch=12, against="pgd", eps="0.1"), pictures(48))
    assert reached == pytest.approx([0.25, 0.5, 0.75, *[1.0] * 17])


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
@pytest.mark.parametrize(("channels", "size"), [(3, (40, 56)), (1, (40, 56)), (1, (28, 28))])
def test_the_loss_falls_and_unseen_pictures_are_read(optimiser: str, channels: int, size: tuple[int, int]) -> None:
    network = small_cnn(channels, size, classes=3)
    held, unseen = pictures(48, 3, channels, size), pictures(21, 3, channels, size)
    found = run(learn(network, held, unseen, Recipe(epochs=8, batch=12, optimiser=optimiser, rate=0.03)))
    losses = found.curves[:, COLUMNS.index("loss")]
    assert float(losses[-1]) < 0.5 * float(losses[0])
    assert float(found.curves[-1, COLUMNS.index("validation accuracy")]) > 0.9


def test_it_learns_in_double_precision_inside_no_grad_and_inference_mode() -> None:
    runs = []
    for context in (nullcontext(), torch.no_grad(), torch.inference_mode()):
        network = small_cnn(3, (8, 10), 3)
        network.module.double()
        with context:
            held = pictures()
            runs.append(learned(network, Recipe(epochs=2, batch=8, augment="mirror,bend", against="pgd", eps="0.05")))
        assert runs[-1].weights["head.weight"].dtype == torch.float64
        assert held.pixels.dtype == torch.uint8
    assert equal(runs[0].weights, runs[1].weights) and equal(runs[0].weights, runs[2].weights)


class Told:
    """A validation whose outcome of every epoch is told beforehand."""

    def __init__(self, *outcomes: tuple[float, float]) -> None:
        self.outcomes = iter(outcomes)

    def __call__(self, network: Network, held: Pictures) -> tuple[float, float]:
        return next(self.outcomes)


@pytest.mark.parametrize(
    ("outcomes", "best"),
    [
        ([(1.0, 0.5), (0.9, 0.9), (0.1, 0.7)], 2),  # by accuracy, not by loss
        ([(1.0, 0.5), (0.8, 0.5), (0.9, 0.5)], 2),  # as many right: by loss
        ([(1.0, 0.5), (1.0, 0.5), (1.0, 0.5)], 1),  # the same: the first
        ([(1.0, 0.1), (1.0, 0.2), (1.0, 0.3)], 3),
    ],
)
def test_the_weights_of_the_best_epoch_on_validation_are_kept(
    outcomes: list[tuple[float, float]], best: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seethrough.train.learn.tried", Told(*outcomes))
    stood: list[dict[str, Tensor]] = []

    def watch(step: Step) -> None:
        if step.state is not None:
            stood.append({name[4:]: value for name, value in step.state().items() if name.startswith("now.")})

    held = pictures()
    found = run(learn(dropping(), held, held, Recipe(epochs=3, batch=8)), watch)
    assert found.best == best and len(stood) == 3
    assert equal(found.weights, stood[best - 1]) and not equal(found.weights, stood[best % 3])


def test_without_validation_the_last_epoch_is_kept() -> None:
    network = dropping()
    found = learned(network, Recipe(epochs=3, batch=8))
    assert found.best == 3 and equal(found.weights, network.module.state_dict())


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_loss_that_is_no_number_names_epoch_batch_and_rate(epoch: int) -> None:
    network, *_ = linear_network(size=(8, 10), classes=3)

    def spoil(step: Step) -> None:
        if step.done == 3 * (epoch - 1) + 1:
            nn.init.constant_(network.module[1].weight, math.nan)

    work = learn(network, pictures(), None, replace(PLAIN, epochs=3, batch=8, rate=0.5))
    with pytest.raises(UserError) as said:
        run(work, spoil)
    assert str(said.value) == (
        f"the loss is not a number any more (epoch {epoch}, batch 2): rate 0.5 is too high for this network; try 0.05"
    )


def test_a_rate_that_is_far_too_high_ends_in_that_line() -> None:
    with pytest.raises(UserError, match=r"not a number any more .* rate 1e\+20 is too high"):
        learned(small_cnn(3, (8, 10), 3), replace(PLAIN, epochs=5, batch=8, rate=1e20))


def test_frozen_parts_keep_their_weights_and_their_statistics_and_the_rest_moves() -> None:
    network = small_cnn(3, (8, 10), 3)
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    for name in ("conv1", "norm"):
        for weight in network.module.get_submodule(name).parameters():
            weight.requires_grad = False
    found = learned(network, Recipe(epochs=2, batch=8), frozen=("conv1", "norm"))
    moved = {name for name, value in found.weights.items() if not torch.equal(value, before[name])}
    assert moved == {"conv2.weight", "conv2.bias", "head.weight", "head.bias"}
    assert "norm.running_mean" in before and "norm.num_batches_tracked" in before


def test_chance_comes_from_the_seed_alone_dropout_too_and_leaves_the_global_state() -> None:
    recipe = Recipe(epochs=2, batch=8, augment="mirror,crop,cutout,bend", against="pgd", eps="0.05", attack_steps=2)
    runs = []
    for seed, clutter in ((0, 1), (0, 2), (5, 1)):
        torch.manual_seed(clutter)
        before = torch.random.get_rng_state()
        runs.append(learned(dropping(), replace(recipe, seed=seed)).weights)
        assert torch.equal(torch.random.get_rng_state(), before)
    assert equal(runs[0], runs[1]) and not equal(runs[0], runs[2])


def test_dropout_is_at_work_while_it_learns_and_not_while_it_is_tried() -> None:
    network = dropping()
    loss, accuracy = tried(network, pictures())
    scores = scores_of(network, pictures())
    torch.testing.assert_close(scores, scores_of(network, pictures()), rtol=0, atol=0)
    assert loss == pytest.approx(float(functional.cross_entropy(scores, pictures().labels)))
    assert accuracy == pytest.approx(float((scores.argmax(1) == pictures().labels).double().mean()))
    found = learned(network, replace(PLAIN, rate=1e-9))
    assert float(found.curves[0, 0]) != pytest.approx(loss, rel=1e-3)


def test_a_last_batch_of_one_picture_is_left_out() -> None:
    steps: list[Step] = []
    work = learn(dropping(), pictures(9), None, Recipe(epochs=2, batch=4))
    found = run(work, steps.append)
    assert [(step.done, step.total, step.values["epoch"]) for step in steps] == [
        (1, 6, 1),
        (3, 6, 1),
        (4, 6, 2),
        (6, 6, 2),
    ]
    assert all(float(share) * 8 % 1 == 0 for share in found.curves[:, 1]), "of the 8 that were learned from"
    two = learned(dropping(), Recipe(epochs=1, batch=4), pictures(10))
    assert float(two.curves[0, 1]) * 10 % 1 == pytest.approx(0)


def test_every_epoch_goes_through_all_pictures_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []
    held = Pictures(torch.arange(24, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 8, 10), pictures().labels)
    whole = Pictures.batch
    monkeypatch.setattr(Pictures, "batch", lambda self, places: (seen.append(places.tolist()), whole(self, places))[1])
    learned(dropping(), Recipe(epochs=2, batch=8), held)
    first, second = (list(chain(*epoch)) for epoch in (seen[:3], seen[3:]))
    assert sorted(first) == sorted(second) == list(range(24)) and first != second


@pytest.mark.parametrize("stop_at", [1, 3, 4, 5])
def test_asked_to_stop_it_returns_what_there_is(stop_at: int) -> None:
    network = dropping()
    found = run(learn(network, pictures(), None, Recipe(epochs=3, batch=8)), lambda step: step.done == stop_at)
    assert len(found.curves) == found.best == stop_at // 3
    assert set(found.weights) == set(network.module.state_dict())
    # Within an epoch those of the last whole one, in the first the weights as they stand.
    assert equal(found.weights, network.module.state_dict()) == (stop_at in (1, 3))


def test_a_state_is_given_at_the_end_of_an_epoch_alone() -> None:
    steps: list[Step] = []
    run(learn(dropping(), pictures(), None, Recipe(epochs=2, batch=8), peek=lambda done: done.best), steps.append)
    assert [step.state is not None for step in steps] == [False, False, True] * 2
    assert [step.peek() for step in steps if step.peek is not None] == [0, 0, 1, 1, 1, 2]
    assert "validation" not in steps[-1].values


@pytest.mark.parametrize("stop_at", [3, 6, 9])
@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(epochs=4, batch=8, augment="crop,bend"),
        Recipe(epochs=4, batch=8, optimiser="sgd", rate=0.05, against="pgd", eps="0.1", attack_steps=2),
        Recipe(epochs=4, batch=8, optimiser="sgd", momentum=0.0, schedule="constant"),
        Recipe(epochs=4, batch=8, against="fast", eps="0.1", precision="bfloat16"),
    ],
    ids=["adam", "sgd against pgd", "plain sgd", "bfloat16"],
)
def test_going_on_from_the_state_of_an_epoch_ends_where_it_would_have_ended(recipe: Recipe, stop_at: int) -> None:
    held, unseen = pictures(), pictures(12)
    whole = run(learn(dropping(), held, unseen, recipe))
    states: list[dict[str, Tensor]] = []

    def stop(step: Step) -> bool:
        if step.done == stop_at and step.state is not None:
            states.append({name: value.clone() for name, value in step.state().items()})
        return step.done == stop_at

    run(learn(dropping(), held, unseen, recipe), stop)
    network = dropping()
    with torch.inference_mode() if stop_at == 6 else nullcontext():
        again = run(learn(network, held, unseen, recipe, resume=states[0]))
    assert again.best == whole.best and equal(again.weights, whole.weights)
    seconds = COLUMNS.index("seconds")
    torch.testing.assert_close(again.curves[:, :seconds], whole.curves[:, :seconds], rtol=0, atol=0)


def test_trying_a_network_leaves_it_as_it_was() -> None:
    network = dropping()
    network.module.train()
    before = snapshot(network)
    tried(network, pictures())
    assert_same(before, snapshot(network))


def test_nothing_but_weights_is_left_on_the_network() -> None:
    network = small_cnn(3, (8, 10), 3)
    asked = [weight.requires_grad for weight in network.module.parameters()]
    learned(network, Recipe(epochs=1, batch=8, against="pgd", eps="0.1", attack_steps=2))
    after = snapshot(network)
    assert after["grads"] == [None] * len(asked) and after["asked"] == asked and after["hooks"] == 0


def test_scores_of_many_pictures_are_those_of_each() -> None:
    network, images = small_cnn(), random_photos(7)
    held = Pictures((images * 255).round().to(torch.uint8), torch.zeros(7).long())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seethrough.train.learn.AT_ONCE", 3)
        found = scores_of(network, held)
    torch.testing.assert_close(found, network(held.pixels / 255))
