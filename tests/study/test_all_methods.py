"""What holds for every method of `study` and `train`, read from their tables: a new row is tested by being there."""

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from seethrough import study, train
from seethrough.datasets.dataset import Dataset
from seethrough.jobs import Job, JobFunction, run
from seethrough.networks.network import Network
from seethrough.results import Result, load_result
from seethrough.results.training import Training
from seethrough.tables import Method
from tests.nets import small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.study.sets import in_files, in_memory

every_method = pytest.mark.parametrize("method", study.TABLE.values(), ids=study.TABLE)

# By which parameters a method is given what it needs, and what is for Python alone; the rest are settings.
GIVEN_AS = {
    "data": {"data"},
    "parts": {"data", "train", "test"},
    "layer": {"layer"},
    "queries": {"queries"},
    "networks": {"networks"},
    "objects": {"photos"},
    "two classes": {"class_a", "class_b"},
    "run": {"out", "resume", "notes", "device"},
    "runs": {"runs"},
    "own network": set(),
}
PYTHON_ALONE = {"ready", "pictures", "masks", "resume", "network"}
# What makes a method quick on a handful of pictures.
QUICK: dict[str, dict[str, Any]] = {
    "finetune": {"layer": "pool", "epochs": 1, "batch": 4},
    "neighbors": {"count": 2},
    "map": {"how": "pca"},
    "patches": {"units": "conv1:0-2,head:1", "top": 2},
    "invariance": {"factors": "position,brightness", "levels": 2, "layers": "conv1,head"},
    "equivariance": {"changes": "mirror,scale", "layers": "conv1,conv2", "count": 10},
}


def work_of(method: Method, network: Network, data: Dataset, **changed: Any) -> Job[Any]:
    """Start a method on a data set as the command line would."""
    function = method.load()
    assert isinstance(function, JobFunction)
    settings = {**QUICK.get(method.name, {}), **changed}
    if method.name == "invariance":
        return function.job(network, **settings)
    if method.name == "rank":
        return function.job(network, data, 0, 1, **settings)
    if "parts" in method.needs:
        return function.job(network, data, data.part([0, 1, 2, 5]), **settings)
    return function.job(network, data, **settings)


def same_numbers(one: Result, other: Result) -> bool:
    """Compare results but for how long they took."""
    if isinstance(one, Training) and isinstance(other, Training):
        return all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)
    return one == other


@pytest.mark.parametrize("method", [*study.TABLE.values(), *train.TABLE.values()], ids=lambda method: method.name)
def test_the_row_says_what_the_function_takes(method: Method) -> None:
    function = method.load()
    verb = train if method.where.startswith("seethrough.train") else study
    assert getattr(verb, method.name) is function and method.name in verb.__all__
    assert function.__name__ == method.name
    parameters = inspect.signature(function).parameters
    given = set().union(*(GIVEN_AS[need] for need in method.needs)) | PYTHON_ALONE
    settings = {setting.name: setting.default for setting in method.settings}
    # A setting may also be an argument by its place, as the number of pictures is not.
    assert settings == {name: one.default for name, one in parameters.items() if name in settings}
    assert set(parameters) <= given | set(settings)


@every_method
def test_a_result_says_draws_saves_and_repeats_itself(method: Method, tmp_path: Path) -> None:
    network, data = small_cnn(), in_memory(12)
    found = run(work_of(method, network, data))
    assert isinstance(found, Result) and type(found).__name__ == method.makes
    assert found.method == f"study.{method.name}" and found.network == "small-cnn"
    assert "\n" not in found.line() and "small-cnn" in found.line()
    found.save(tmp_path / "it.png")
    found.save(tmp_path / "it.safetensors")
    assert load_result(tmp_path / "it.safetensors") == found
    assert same_numbers(run(work_of(method, network, data)), found)


@every_method
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_networks_of_any_shape_work(method: Method, channels: int) -> None:
    network, data = small_cnn(channels, size=(24, 33)), in_memory(12, channels=channels, size=(24, 33))
    found = run(work_of(method, network, data))
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, torch.Tensor) and value.is_floating_point() and not isinstance(found, Training):
            assert value.isfinite().all(), field.name


@every_method
def test_pictures_of_other_sizes_and_colours_are_seen_through_the_frame(method: Method) -> None:
    assert run(work_of(method, small_cnn(), in_memory(12, channels=1, size=(17, 60)))).network == "small-cnn"


@every_method
def test_frozen_networks_and_callers_without_gradients_get_the_same(method: Method) -> None:
    data = in_memory(12)
    expected = run(work_of(method, small_cnn(), data))
    frozen, plain = small_cnn(), small_cnn()
    for weight in frozen.module.parameters():
        weight.requires_grad = False
    assert same_numbers(run(work_of(method, frozen, data)), expected)
    with torch.no_grad():
        assert same_numbers(run(work_of(method, plain, data)), expected)
    with torch.inference_mode():
        assert same_numbers(run(work_of(method, plain, data)), expected)


@every_method
def test_nothing_is_left_on_the_network_nor_drawn_from_the_global_state(method: Method) -> None:
    network = small_cnn()
    network.module.train()
    assert network.layers
    before, chance = snapshot(network), torch.random.get_rng_state()
    run(work_of(method, network, in_memory(12)))
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), chance)


@every_method
def test_hooks_are_gone_after_an_error(method: Method) -> None:
    network = small_cnn()
    assert network.layers and network.normalised(torch.zeros(1, 3, 40, 56)).shape
    before = snapshot(network)

    class Broken(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ArithmeticError("broken inside")

    whole = network.module.conv1
    network.module.conv1 = Broken()
    with pytest.raises((ArithmeticError, ValueError)):
        run(work_of(method, network, in_memory(12)))
    network.module.conv1 = whole
    assert_same(before, snapshot(network))


@every_method
def test_asked_to_stop_it_returns_what_there_is(method: Method) -> None:
    steps = []
    work = work_of(method, small_cnn(), in_memory(12))
    try:
        found = run(work, lambda step: steps.append(step) or True)
    except ValueError as nothing_yet:
        # What has nothing to show before its end says so in one line.
        assert "\n" not in str(nothing_yet)
    else:
        assert isinstance(found, Result) and found.line()
    assert len(steps) <= 4


@every_method
def test_a_network_in_double_precision_will_do(method: Method) -> None:
    network = small_cnn()
    network.module.double()
    assert run(work_of(method, network, in_memory(12))).network == "small-cnn"


@pytest.mark.parametrize(
    "method", [row for row in study.TABLE.values() if "objects" not in row.needs], ids=lambda row: row.name
)
def test_a_broken_photo_is_named_and_the_rest_is_studied(method: Method, tmp_path: Path) -> None:
    found = run(work_of(method, small_cnn(), in_files(tmp_path / "some", 12, broken=(7,))))
    assert any("07.png" in line for line in found.broken)
    assert "could not be read" in found.line() and "07.png" in found.line()
