"""What holds for every method of `dream`, read from the table: a new row is tested by being there."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough import dream
from seethrough.dream.recipes import CHANGES, RECIPES, Changes
from seethrough.dream.table import TABLE
from seethrough.errors import UserError
from seethrough.jobs import JobFunction, Step, run
from seethrough.networks.network import Network
from seethrough.tables import Method
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

# Enough to exercise a method; defaults are for pictures worth looking at.
SMALL: dict[str, Any] = {
    "steps": 3,
    "count": 2,
    "nearest": 2,
    "units": "0-2",
    "rows": "rate=0.02,0.05",
    "columns": "noise=0,0.1",
    "octaves": 2,
    "shift": 4,
}
# By which parameter a method is given what it needs.
GIVEN_AS = {
    "units": "units",
    "dreamt": "classes",
    "one dreamt": "classes",
    "class": "classes",
    "one layer": "layer",
    "layer": "layer",
    "layers": "layers",
    "unit": "unit",
    "folder": "images",
    "photos": "images",
    "whole photos": "images",
    "networks": "networks",
    "start": "start",
    "styles": "styles",
    "paintings": "styles",
}
# What is needed of it; the rest (a unit in place of a class, a photo to begin with) can be left out.
MUST = (
    "units",
    "dreamt",
    "one dreamt",
    "class",
    "one layer",
    "folder",
    "photos",
    "whole photos",
    "styles",
    "paintings",
)
UNSEEDED = ("style",)
"""Begins as a photo, and no step is a matter of chance."""

METHODS = list(TABLE.values())
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)


def given_to(method: Method, network: Network) -> dict[str, Any]:
    """Return what the method must be given."""
    channels, size = network.channels, network.size
    what: dict[str, Any] = {
        "units": ["conv2:3", "conv1:1", "head:2"],
        "dreamt": [0, 3],
        "one dreamt": 1,
        "class": 1,
        "one layer": "conv2",
        "folder": random_photos(5, channels, size=size),
        "photos": random_photos(2, channels, size=size),
        "whole photos": random_photos(2, channels, size=size),
        "styles": list(random_photos(2, channels, size=size, seed=1)),
        "paintings": list(random_photos(2, channels, size=size, seed=1)),
    }
    return {GIVEN_AS[need]: what[need] for need in method.needs if need in MUST}


def small_settings(method: Method) -> dict[str, Any]:
    return {setting.name: SMALL[setting.name] for setting in method.settings if setting.name in SMALL}


def work_of(method: Method, network: Network, **named: Any) -> Any:
    """Return the method's job with small settings."""
    function = method.load()
    assert isinstance(function, JobFunction)
    first: Any = [network, network] if "networks" in method.needs else network
    return function.job(first, **{**given_to(method, network), **small_settings(method), **named})


def dream_by(method: Method, network: Network, **named: Any) -> Any:
    """Call a method with small settings."""
    return run(work_of(method, network, **named))


def images_of(result: Any) -> list[Tensor]:
    """Return every image [C, H, W] of any kind of result."""
    if hasattr(result, "dreams"):
        return [image for one in result.dreams for image in one.images]
    return list(result.pictures if hasattr(result, "pictures") else result.images)


def same_images(one: Any, other: Any) -> bool:
    pairs = list(zip(images_of(one), images_of(other), strict=True))
    return all(torch.equal(a, b) for a, b in pairs)


@every_method
def test_the_row_says_what_the_function_takes(method: Method) -> None:
    function = method.load()
    assert getattr(dream, method.name) is function
    assert function.__name__ == method.name and isinstance(function, JobFunction)
    parameters = inspect.signature(function).parameters
    changed = [one for one in parameters.values() if one.kind is inspect.Parameter.VAR_KEYWORD]
    given = {GIVEN_AS[need] for need in method.needs}
    own = {
        name: one.default
        for name, one in parameters.items()
        if one.kind is inspect.Parameter.KEYWORD_ONLY and name not in given | {"resume"}
    }
    if changed:
        assert function.job.__annotations__["changes"].__args__ == (Changes,)
        own |= dict.fromkeys((name for name in get_type_hints(Changes) if name != "start"), None)
    assert {setting.name: setting.default for setting in method.settings} == own
    for need in method.needs:
        assert GIVEN_AS[need] in parameters or (need == "start" and changed), need
    assert next(iter(parameters)) == ("networks" if "networks" in method.needs else "network")


def test_every_setting_of_a_recipe_can_be_changed_by_exactly_one_option() -> None:
    names = [setting.name for setting in CHANGES]
    assert sorted(names) == sorted(name for name in get_type_hints(Changes) if name != "start")
    assert all(setting.default is None for setting in CHANGES)
    # What every recipe itself has fits the option.
    for recipe in RECIPES.values():
        for setting in CHANGES:
            setting.check(getattr(recipe, setting.name))


@every_method
def test_it_makes_images_of_the_networks_shape_and_says_so(method: Method) -> None:
    found = dream_by(method, small_cnn())
    assert type(found).__name__ == method.makes
    assert found.method == f"dream.{method.name}"
    assert found.network.startswith("small-cnn")
    images = images_of(found)
    assert images
    for image in images:
        assert image.shape == (3, 40, 56) and image.isfinite().all()
        assert float(image.min()) >= 0 and float(image.max()) <= 1
        assert float(image.std()) > 0 and not image.requires_grad


@every_method
def test_grey_and_colour_networks_of_any_shape_work(method: Method) -> None:
    for channels, size in ((1, (24, 33)), (3, (33, 24))):
        for image in images_of(dream_by(method, small_cnn(channels, size=size))):
            assert image.shape == (channels, *size) and image.isfinite().all()


@every_method
@pytest.mark.parametrize("how", ["frozen", "training", "no_grad", "inference_mode"])
def test_the_images_do_not_depend_on_how_the_caller_works(method: Method, how: str) -> None:
    expected = dream_by(method, small_cnn())
    network = small_cnn()
    if how == "frozen":
        network.module.requires_grad_(False)
    if how == "training":
        network.module.train()
    manager = {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.get(how, torch.enable_grad)
    with manager():
        found = dream_by(method, network)
    for image, other in zip(images_of(found), images_of(expected), strict=True):
        torch.testing.assert_close(image, other)
        assert not image.requires_grad


@every_method
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float64], ids=str)
def test_networks_of_low_and_high_precision_work(method: Method, kind: torch.dtype) -> None:
    network = small_cnn()
    network.module.to(kind)
    for image in images_of(dream_by(method, network)):
        assert image.isfinite().all()
        assert image.dtype == (torch.float32 if kind == torch.bfloat16 else torch.float64)


@every_method
def test_nothing_is_left_behind(method: Method) -> None:
    network = small_cnn()
    network.module.train()
    kept = given_to(method, network)
    copies = {name: value.clone() for name, value in kept.items() if isinstance(value, Tensor)}
    before, state = snapshot(network), torch.random.get_rng_state()
    dream_by(method, network, **kept)
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    for name, value in copies.items():
        assert torch.equal(kept[name], value), name


@every_method
def test_nothing_is_left_behind_after_an_exception_or_by_a_job_that_nobody_ends(method: Method) -> None:
    class FailsLater(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner, self.left = inner, 1000

        def forward(self, x: Tensor) -> Tensor:
            self.left -= 1
            if self.left < 0:
                raise ValueError("inside")
            return self.inner(x)

    network = small_cnn()
    network.module.conv1 = FailsLater(network.module.conv1)
    dream_by(method, network)  # what is found once, is found
    before, state = snapshot(network), torch.random.get_rng_state()
    for fails_at in (0, 2):
        network.module.conv1.left = fails_at
        with pytest.raises(ValueError, match="inside"):
            dream_by(method, network)
        assert_same(dict(before), snapshot(network))
    network.module.conv1.left = 1000
    work = work_of(method, network)
    next(work)
    assert_same(dict(before), snapshot(network))  # within a step nothing is held either
    work.close()
    assert_same(dict(before), snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)


@every_method
def test_the_same_seed_makes_the_same_images_and_another_others(method: Method) -> None:
    network = small_cnn()
    first, again, other = (dream_by(method, network, seed=seed) for seed in (1, 1, 2))
    assert same_images(first, again)
    assert first == again
    if method.name not in UNSEEDED:
        assert not same_images(first, other)


@every_method
def test_the_settings_of_a_result_repeat_it(method: Method) -> None:
    network = small_cnn()
    first = dream_by(method, network, seed=3)
    photos = {name: value for name, value in given_to(method, network).items() if name in ("images", "styles")}
    start: Any = [network, network] if "networks" in method.needs else network
    again = method.load()(start, **photos, **first.settings)
    assert same_images(first, again)
    assert again.settings == first.settings


@pytest.mark.parametrize(
    "method",
    [one for one in METHODS if any(setting.name == "batch" for setting in one.settings)],
    ids=lambda method: method.name,
)
def test_how_many_images_go_through_at_once_changes_no_number(method: Method) -> None:
    network = small_cnn()
    network.module.double()
    expected, *others = (images_of(dream_by(method, network, batch=batch)) for batch in (5, 1, 2))
    for found in others:
        for image, other in zip(found, expected, strict=True):
            torch.testing.assert_close(image, other, rtol=1e-6, atol=1e-8)


@every_method
@pytest.mark.parametrize("stop_at", [1, 2])
def test_it_stops_when_asked_and_returns_what_there_is(method: Method, stop_at: int) -> None:
    network, seen = small_cnn(), []

    def watch(step: Step) -> bool:
        seen.append((step.done, step.total))
        return len(seen) == stop_at  # once: who asked need not ask again

    found = run(work_of(method, network, steps=50), watch)
    assert len(seen) == stop_at
    assert 0 <= seen[-1][0] < seen[-1][1]
    assert type(found).__name__ == method.makes and images_of(found)
    assert "\n" not in found.line()
    assert found.figure().axes


@every_method
def test_every_step_can_be_peeked_into_and_none_goes_back(method: Method) -> None:
    places: list[float] = []
    shapes = set()

    def watch(step: Step) -> None:
        places.append(step.done / step.total)
        assert step.peek is not None
        glimpse = step.peek().images
        assert glimpse.isfinite().all() and not glimpse.requires_grad
        shapes.add(tuple(glimpse.shape[1:]))
        assert all(isinstance(value, float | int) for value in step.values.values())

    run(work_of(method, small_cnn()), watch)
    assert places == sorted(places) and 0 < places[-1] <= 1
    assert all(shape[0] == 3 for shape in shapes)


@every_method
def test_watching_and_peeking_change_nothing(method: Method) -> None:
    network = small_cnn()
    expected = dream_by(method, network)
    assert same_images(run(work_of(method, network), lambda step: step.peek() and None), expected)


@every_method
def test_a_result_is_saved_loaded_and_drawn(method: Method, tmp_path: Path) -> None:
    found = dream_by(method, small_cnn())
    found.save(tmp_path / "found.safetensors")
    assert seethrough.load_result(tmp_path / "found.safetensors") == found
    assert found.save(tmp_path / "found.png").stat().st_size > 5_000
    assert "\n" not in found.line() and "small-cnn" in found.line()
    assert method.command.replace("-", " ") in found.line().replace("_", " ") or method.makes == "Dreams"
    picture = found.picture()
    assert picture.ndim == 3 and picture.shape[0] == 3 and picture.shape[1] >= 40
    assert float(picture.min()) >= 0 and float(picture.max()) <= 1


@pytest.mark.parametrize("method", [one for one in METHODS if "start" in one.needs], ids=lambda method: method.name)
@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
def test_a_photo_is_where_it_begins(method: Method, canvas: str) -> None:
    network, photo = small_cnn(), random_photos(1, seed=4)
    axes = {"rows": "rate=0.01,0.02", "columns": "norm=0,1"} if method.name == "sweep" else {}
    at_once = dream_by(method, network, start=photo, canvas=canvas, **axes | {"steps": 0})
    for image in images_of(at_once):
        torch.testing.assert_close(image, photo[0], rtol=0, atol=1e-4)
    for image in images_of(dream_by(method, network, start=photo, canvas=canvas, **axes)):
        assert 0 < float((image - photo[0]).abs().mean()) < 0.2
    with pytest.raises(UserError, match="phases begins with noise"):
        dream_by(method, network, start=photo, canvas="phase", **axes)
    for wrong in (photo * 3, photo[0], random_photos(1, 1), [photo], "cat.jpg"):
        with pytest.raises(UserError) as caught:
            dream_by(method, network, start=wrong, canvas=canvas, **axes)
        assert "\n" not in str(caught.value)


def changed_by(method: Method) -> bool:
    return {setting.name for setting in CHANGES} <= {setting.name for setting in method.settings}


@pytest.mark.parametrize("method", [one for one in METHODS if changed_by(one)], ids=lambda method: method.name)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recipe": "lucit"}, "recipe 'lucit' is not known; closest: lucid"),
        ({"canvas": "oil"}, "canvas: 'oil' does not fit; it takes pixels | fourier | phase"),
        ({"start": "white"}, "start: 'white' does not fit; it takes noise | mean | black"),
        ({"steps": -1}, "steps: -1 does not fit; it takes 0 to 100000"),
        ({"each": 0}, "each: 0 does not fit; it takes 1 to 256"),
        ({"norm": float("nan")}, "norm: nan does not fit; it takes 0 or more"),
        ({"ratte": 1.0}, "setting of a recipe 'ratte' is not known; closest: rate"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(method: Method, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        dream_by(method, small_cnn(), **changes)
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("method", [one for one in METHODS if changed_by(one)], ids=lambda method: method.name)
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_works(method: Method, recipe: str) -> None:
    if (method.name, recipe) == ("facets", "maco"):
        with pytest.raises(UserError, match="phases begins with noise"):
            dream_by(method, small_cnn(), recipe=recipe)
        return
    for image in images_of(dream_by(method, small_cnn(), recipe=recipe, steps=1)):
        assert image.shape == (3, 40, 56) and image.isfinite().all()


WRONG: dict[str, Sequence[Any]] = {
    "units": ("conv2", "conv2:99", "conv9:1", "conv2:1@90,1", []),
    "dreamt": ("nothing", 99, [], [0, 99]),
    "one dreamt": ("nothing", 99),
    "class": ("nothing", 99),
    "one layer": ("conv9", ""),
    "layer": ("conv9",),
    "layers": ("conv9",),
    "unit": ("conv2", "conv2:99"),
}


@every_method
def test_wrong_names_are_refused_in_one_line(method: Method) -> None:
    for need in method.needs:
        for wrong in WRONG.get(need, ()):
            with pytest.raises(UserError) as caught:
                dream_by(method, small_cnn(), **{GIVEN_AS[need]: wrong})
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "method",
    [one for one in METHODS if {"photos", "whole photos", "folder"} & {*one.needs}],
    ids=lambda method: method.name,
)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda photos: photos * 3, "pixels are in"),
        (lambda photos: photos.clone().fill_(torch.nan), "nan"),
        (lambda photos: photos[:, :1].repeat(1, 4, 1, 1), "4 channels"),
    ],
)
def test_wrong_images_are_refused_in_one_line(method: Method, wrong: Callable[[Tensor], Tensor], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        dream_by(method, small_cnn(), images=wrong(random_photos(5)))
    assert "\n" not in str(caught.value)
