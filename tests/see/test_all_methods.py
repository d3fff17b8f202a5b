"""What holds for every method of `see`, read from the table: a new row is tested by being there."""

import inspect
import warnings
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import JobFunction, run
from seethrough.networks.network import Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.table import TABLE
from seethrough.tables import Method
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

MAPS = [method for method in TABLE.values() if method.makes == "Heatmap"]
# Enough to exercise a method; defaults are for photographs.
SMALL: dict[str, Any] = {
    "samples": 4,
    "steps": 4,
    "masks": 12,
    "cells": 3,
    "block": 9,
    "stride": 7,
    "batch": 5,
    "top": 2,
}
# What a method is asked for by the name of a parameter; a new parameter that is none of these must be a setting.
COMMON = {"network", "images", "classes", "layer", "unit", "score", "on", "heatmap", "region", "points"}

LONG = [method for method in MAPS if any(setting.name == "batch" for setting in method.settings)]
every_map = pytest.mark.parametrize("method", MAPS, ids=lambda method: method.name)


def see_by(method: Method, network: Network, images: Tensor, classes: Any = None, **named: Any) -> Heatmap:
    """Call a method with small settings."""
    settings = {setting.name: SMALL[setting.name] for setting in method.settings if setting.name in SMALL}
    if "class" in method.needs:
        named["classes"] = classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # flat maps of tiny networks are tested on their own
        found: Heatmap = method.load()(network, images, **settings, **named)
    return found


@pytest.mark.parametrize("method", TABLE.values(), ids=lambda method: method.name)
def test_the_row_says_what_the_function_takes(method: Method) -> None:
    function = method.load()
    assert getattr(see, method.name) is function
    assert function.__name__ == method.name
    parameters = inspect.signature(function).parameters
    own = {name: one for name, one in parameters.items() if name not in COMMON | {"networks"}}
    assert {setting.name: setting.default for setting in method.settings} == {
        name: one.default for name, one in own.items() if one.kind is inspect.Parameter.KEYWORD_ONLY
    }
    for need, name in {"class": "classes", "layer": "layer", "unit": "unit", "score": "score", "on": "on"}.items():
        if "heatmap" not in method.needs:
            assert (need in method.needs) == (name in parameters), need


@every_map
def test_a_batch_of_three_with_three_classes_is_explained_each_for_itself(method: Method) -> None:
    network, images = small_cnn(), random_photos(3)
    found = see_by(method, network, images, [0, 3, 1])
    each = len(found) // 3
    assert found.values.shape == (3 * each, 40, 56)
    assert found.network == "small-cnn" and found.method.startswith("see.")
    if found.raw is not None:
        assert found.raw.shape == (3, 3, 40, 56)
    if "class" in method.needs:
        assert [target.index for target in found.targets] == [0, 3, 1]
        assert found.settings["classes"] == [0, 3, 1]
    alone = see_by(method, network, images[:1], [0])
    torch.testing.assert_close(alone.values, found.values[:each], rtol=1e-4, atol=1e-5)


@every_map
def test_the_top_guess_is_explained_when_no_class_is_named(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    found = see_by(method, network, images)
    assert found.targets[0].index == int(network(images)[0].argmax())
    assert found.targets[0].probability == pytest.approx(float(network(images)[0].detach().softmax(0).max()), abs=1e-5)


@every_map
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_networks_of_any_shape_work(method: Method, channels: int) -> None:
    found = see_by(method, small_cnn(channels, size=(24, 33)), random_photos(1, channels, size=(24, 33)), 2)
    assert found.values.shape[1:] == (24, 33)
    assert found.values.isfinite().all()


@every_map
@pytest.mark.parametrize("how", ["plain", "frozen", "no_grad", "inference_mode", "wants_grad"])
def test_the_answer_does_not_depend_on_how_the_caller_works(method: Method, how: str) -> None:
    network, images = small_cnn(), random_photos(2)
    expected = see_by(method, network, images, 2).values
    if how == "frozen":
        network.module.requires_grad_(False)
    if how == "wants_grad":
        images = images.requires_grad_()
    manager = {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.get(how, torch.enable_grad)
    with manager():
        found = see_by(method, network, images.clone() if how == "inference_mode" else images, 2)
    torch.testing.assert_close(found.values, expected)
    assert not found.values.requires_grad


@every_map
def test_low_precision_networks_work(method: Method) -> None:
    network = small_cnn()
    network.module.to(torch.bfloat16)
    found = see_by(method, network, random_photos(1), 2)
    assert found.values.dtype == torch.float32 and found.values.isfinite().all()


@every_map
def test_nothing_is_left_behind(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    network.module.train()
    before, state, pixels = snapshot(network), torch.random.get_rng_state(), images.clone()
    see_by(method, network, images, 1)
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(images, pixels)


@every_map
def test_nothing_is_left_behind_after_an_exception(method: Method) -> None:
    class Fails(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise RuntimeError("inside")

    network, images = small_cnn(), random_photos(1)
    see_by(method, network, images, 1)  # what is found once, is found
    network.module.head = Fails()
    before = snapshot(network)
    with pytest.raises(RuntimeError, match="inside"):
        see_by(method, network, images, 1)
    assert_same(before, snapshot(network))


@every_map
def test_the_same_seed_gives_the_same_map_and_settings_repeat_it(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    first, second = (see_by(method, network, images, [1, 2]) for _ in range(2))
    assert torch.equal(first.values, second.values)
    again = {name: value for name, value in first.settings.items() if name in {s.name for s in method.settings}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        goal = {"classes": first.settings["classes"]} if "class" in method.needs else {}
        repeated = method.load()(network, images, **again, **goal)
    torch.testing.assert_close(repeated.values, first.values, rtol=1e-4, atol=1e-5)


@every_map
def test_a_transformer_is_explained_or_refused_in_one_line(method: Method) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = timm.create_model(
            "vit_tiny_patch16_224", img_size=(40, 56), patch_size=8, depth=3, num_classes=5
        ).eval()
    network = Network(module, size=(40, 56), name="vit")
    try:
        found = see_by(method, network, random_photos(2), [0, 4])
    except UserError as refusal:
        assert "\n" not in str(refusal)
        assert method.name in {"cam", "cam_sheet", "guided_backprop", "deconvnet", "guided_grad_cam"}
    else:
        assert found.values.shape[1:] == (40, 56) and found.values.isfinite().all()
        assert not found.flat()
        if "layer" in method.needs:
            assert found.grid is not None and found.grid.shape[1:] == (5, 7)


@every_map
def test_a_result_is_saved_loaded_and_drawn(method: Method, tmp_path: Path) -> None:
    found = see_by(method, small_cnn(), random_photos(2), [1, 0])
    found.save(tmp_path / "found.safetensors")
    assert seethrough.load_result(tmp_path / "found.safetensors") == found
    assert found.save(tmp_path / "found.png").stat().st_size > 5_000
    assert "\n" not in found.line() and "small-cnn" in found.line()


@pytest.mark.parametrize("method", [one for one in MAPS if "unit" in one.needs], ids=lambda method: method.name)
def test_a_unit_takes_the_place_of_a_class(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    layer = {"layer": "conv1"} if "layer" in method.needs else {}
    for unit in ("conv2:3", "conv2:3@4,5", "head:2"):
        found = see_by(method, network, images, unit=unit, **layer)
        assert [str(target) for target in found.targets] == [unit, unit]
        assert found.values.isfinite().all() and not found.flat()
        assert found.settings["unit"] == unit
    torch.testing.assert_close(found.values, see_by(method, network, images, 2, on="logit", **layer).values)
    for wrong in ("conv2", "conv2:99", "conv2:1@90,1", "conv9:1"):
        with pytest.raises(UserError):
            see_by(method, network, images, unit=wrong)


@pytest.mark.parametrize("method", [one for one in MAPS if "score" in one.needs], ids=lambda method: method.name)
def test_a_score_takes_the_place_of_a_class(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    found = see_by(method, network, images, score=lambda output: output[:, 2])
    torch.testing.assert_close(found.values, see_by(method, network, images, 2, on="logit").values)
    with pytest.raises(UserError, match="score gives"):
        see_by(method, network, images, score=lambda output: output.sum())
    with pytest.raises(UserError, match="explains one thing"):
        see_by(method, network, images, 1, unit="conv2:3")


@pytest.mark.parametrize("method", LONG, ids=lambda method: method.name)
def test_a_long_method_stops_when_asked_and_returns_what_it_has(method: Method) -> None:
    function = method.load()
    assert isinstance(function, JobFunction)
    settings = {setting.name: SMALL[setting.name] for setting in method.settings if setting.name in SMALL}
    steps: list[tuple[int, int]] = []
    work = function.job(small_cnn(), random_photos(2), **{**settings, "batch": 2})
    found = run(work, lambda step: steps.append((step.done, step.total)), lambda step: step.done >= 2)
    assert [done for done, _ in steps] == [1, 2]
    assert steps[0][1] > 2
    assert found.values.shape == (2, 40, 56)


@every_map
@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.full((1, 3, 40, 56), 2.0), "pixels are in"),
        (torch.full((1, 3, 40, 56), float("nan")), "nan"),
        (torch.rand(3, 40, 56), "B, C, H, W"),
        (torch.rand(1, 4, 40, 56), "4 channels"),
    ],
)
def test_wrong_images_are_refused_in_one_line(method: Method, images: Tensor, words: str) -> None:
    with pytest.raises(UserError, match=words):
        see_by(method, small_cnn(), images)
