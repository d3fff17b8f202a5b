"""A method's memory is bounded: more steps, samples, positions or photos take no more of it than what comes of them holds.

Every method of every table is called twice, with little work and with several times as much of one kind, and the peaks of what
its tensors hold are compared (`counted`). Passes are small beside the work, and one photo's maps are large beside the photo: a
method that keeps what it should let go of is far beyond what is allowed here.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from seethrough import study, train
from seethrough.ascent.loop import ascend
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Network
from seethrough.study import products, shelf
from seethrough.train import learn
from tests.memory.calls import FEW, MANY, TABLES, Call, call_of, method_of, photos, pictures, wide_network
from tests.memory.counted import counted, held_by
from tests.train.sets import shades

pytestmark = pytest.mark.filterwarnings("ignore:.*says nothing")

SLACK = 64 * 1024
"""What may be more for no reason."""
MULTIPLE = 6
"""How many times what photos and results hold more, a method may hold more: it works on copies of them."""
MULTIPLES = {
    "dream.unit": 9,  # nothing is given, and of each image there are its waves, where they began, and what Adam knows of them
    "dream.class_": 9,
    "fool.lbfgs": 13,  # the last ten steps of each photo, and how its slope changed along them
    "fool.curve": 16,  # its result holds no pictures, and those of the attacks under way do
}

LONGER: dict[str, dict[str, Any]] = {
    "see": {
        "samples": 12,
        "steps": 12,
        "masks": 24,
        "stride": 3,
        "stages": 4,
        "top": 5,
        "count": 12,
        "methods": "gradient,grad-cam,layer-cam,cam",
    },
    "dream": {
        "steps": 12,
        "units": "0-15",
        "octaves": 5,
        "starts": 4,
        "count": 4,
        "nearest": 20,
        "rows": "rate=0.02,0.03,0.04,0.05",
    },
    "fool": {
        "steps": 12,
        "searches": 6,
        "restarts": 6,
        "candidates": 12,
        "points": 40,
        "top": 8,
        "attacks": "fgsm,ddn,ifgsm,fmn",
    },
    "study": {"levels": 8, "epochs": 4, "top": 8, "count": 39},
}
"""Of each kind of work several times as much as in `LITTLE`."""
NO_LONGER = {
    "batch": "what goes through at a time: memory grows with it, as it says",
    "seed": "no amount",
    "block": "the larger, the fewer places there are",
    "cells": "how fine something is: of a picture",
    "most": "how many of a network's filters are drawn",
    "norm_power": "an exponent",
    "every": "steps between blurs",
    "shift": "how far a picture moves",
    "size": "pixels of a picture: memory grows with them",
    "zoom": "frames of one photo: tested alone",
    "rounds": "OpenCV's, on one photo",
    "each": "views of an image in one pass: memory grows with them, as with a batch",
    "diversity": "images that are compared with one another, and so are there together",
}
"""Whole numbers that make nothing longer, or that memory may grow with."""

# What photos are of which a method may be given any number, or pictures that it makes one of each.
PHOTOS = {
    "photos",
    "whole photos",
    "folder",
    "paintings",
    "units",
    "dreamt",
    "photos together",
    "data",
    "parts",
    "objects",
}
KNOBS = [
    (verb, method.name, setting.name)
    for verb, table in TABLES.items()
    for method in table.values()
    for setting in method.settings
    if setting.name in LONGER[verb]
]
WITH_PHOTOS = [
    (verb, method.name) for verb, table in TABLES.items() for method in table.values() if PHOTOS & set(method.needs)
]


@dataclass(frozen=True)
class Taken:
    """What a call took: the peak, and what the photos and the result hold in the end, in bytes."""

    peak: int
    held: int


def taken_by(call: Call) -> Taken:
    made, peak = counted(call.make)
    return Taken(peak, held_by((made, call.given)))


def assert_bounded(little: Taken, much: Taken, multiple: float = MULTIPLE) -> None:
    """Fail where much work takes more memory than what comes of it explains."""
    grown, allowed = much.peak - little.peak, multiple * max(much.held - little.held, 0) + SLACK
    assert grown <= allowed, f"{little.peak:,} bytes grew to {much.peak:,}: by {grown:,}, more than {allowed:,.0f}"


@cache
def little_of(verb: str, name: str) -> Taken:
    return taken_by(call_of(verb, method_of(verb, name), few_of(name)))


def few_of(name: str) -> int:
    """Return how many photos are few: a data set is said to be large, but in a grid each picture is there several times."""
    return 10 * FEW if name in TABLES["study"] and name != "invariance" else FEW


@pytest.fixture(autouse=True)
def little_is_held_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold so little between passes, and on the way to a file, that more pictures are more passes and more files."""
    monkeypatch.setattr(products, "HELD", 1_000_000)
    monkeypatch.setattr(learn, "AT_ONCE", 2)
    monkeypatch.setitem(ascend.job.__kwdefaults__, "redirected", 1)  # steps of another kind than all that come after
    monkeypatch.setattr(shelf, "BYTES", 500_000)


@pytest.mark.parametrize(("verb", "name", "knob"), KNOBS, ids=str)
def test_longer_work_takes_no_more_memory(verb: str, name: str, knob: str) -> None:
    longer = call_of(verb, method_of(verb, name), few_of(name), **{knob: LONGER[verb][knob]})
    assert_bounded(little_of(verb, name), taken_by(longer), MULTIPLES.get(f"{verb}.{name}", MULTIPLE))


@pytest.mark.parametrize(("verb", "name"), WITH_PHOTOS, ids=str)
def test_more_photos_take_no_more_memory_than_they_and_their_results(verb: str, name: str) -> None:
    many = call_of(verb, method_of(verb, name), few_of(name) * MANY // FEW)
    assert_bounded(little_of(verb, name), taken_by(many), MULTIPLES.get(f"{verb}.{name}", MULTIPLE))


@pytest.mark.parametrize("name", ["layer_cam", "guided_grad_cam", "grad_cam", "grad_cam_pp", "score_cam"])
def test_the_large_maps_of_an_early_layer_are_not_kept_of_all_photos(name: str) -> None:
    little, much = (taken_by(call_of("see", method_of("see", name), count, layer="relu1")) for count in (FEW, MANY))
    assert_bounded(little, much)


def test_more_frames_of_a_zoom_take_no_more_memory_than_they_hold() -> None:
    little, much = (taken_by(call_of("dream", method_of("dream", "deepdream"), 1, zoom=zoom)) for zoom in (2, 8))
    assert_bounded(little, much)


def test_features_that_are_written_to_a_folder_take_no_memory_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the end they are mapped from their files, which would count here.
    features = importlib.import_module("seethrough.study.features")
    monkeypatch.setattr(features, "shards", lambda folder: [])
    monkeypatch.setattr(features, "features_of", lambda index, kept: None)

    def into(folder: Path, count: int) -> Call:
        data = pictures(count)
        return Call(lambda: study.features(wide_network(), data, layer="relu1", pool=False, folder=folder, batch=2), ())

    little, much = counted(into(tmp_path / "few", 12).make)[1], counted(into(tmp_path / "many", 48).make)[1]
    assert len(list((tmp_path / "many").glob("shard-*"))) > 3
    assert much - little <= SLACK


@pytest.mark.parametrize(
    ("little", "much"),
    [
        ({"epochs": 4}, {"epochs": 16}),
        ({"count": 64}, {"count": 256}),
        ({"against": "pgd", "eps": "0.1", "attack_steps": 2}, {"against": "pgd", "eps": "0.1", "attack_steps": 8}),
    ],
    ids=["epochs", "pictures", "attack_steps"],
)
def test_a_longer_training_takes_no_more_memory(little: dict[str, Any], much: dict[str, Any]) -> None:
    def training(epochs: int = 1, count: int = 64, **settings: Any) -> Call:
        data = shades(count)
        # With a part set aside the best epoch's weights are kept beside the last one's, unless it is the best.
        how = {"arch": "digits-cnn", "batch": 8, "validation": 0.5 if epochs == 1 else 0.0, **settings}
        return Call(lambda: train.fit(data, epochs=epochs, **how), data.pixels)

    assert_bounded(taken_by(training(**little)), taken_by(training(**much)))


def test_a_method_that_keeps_a_picture_of_every_step_is_caught() -> None:
    @job
    def keeps(network: Network, images: Tensor, *, steps: int) -> Job[Tensor]:
        kept = []
        for step in range(steps):
            kept.append(network.score_gradient(images + 0.001 * step, torch.zeros(len(images), dtype=torch.long)))
            yield Step(step, steps)
        return torch.stack(kept).mean(0)

    network, images = wide_network(), photos(2)
    little, much = (
        taken_by(Call(lambda steps=steps: keeps(network, images, steps=steps), images)) for steps in (4, 16)
    )
    with pytest.raises(AssertionError, match="bytes grew"):
        assert_bounded(little, much)


def test_a_method_that_passes_all_photos_through_together_is_caught() -> None:
    def together(count: int) -> Call:
        network, images = wide_network(), photos(count)
        return Call(lambda: network.score_gradient(images, torch.zeros(count, dtype=torch.long)), images)

    with pytest.raises(AssertionError, match="bytes grew"):
        assert_bounded(taken_by(together(FEW)), taken_by(together(MANY)))


def test_every_whole_number_that_a_method_takes_is_known_here() -> None:
    found = {
        (verb, one.name)
        for verb, table in TABLES.items()
        for row in table.values()
        for one in row.settings
        if one.kind == "int"
    }
    assert {name for verb, name in found if name not in LONGER[verb]} == set(NO_LONGER)
