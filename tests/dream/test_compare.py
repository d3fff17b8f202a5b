from typing import Any

import pytest
import torch

import seethrough
from seethrough import dream
from seethrough.dream.compare import units_at
from seethrough.errors import UserError
from seethrough.jobs import run
from tests.nets import linear_network, small_cnn


def test_each_network_dreams_as_it_would_alone() -> None:
    networks = [small_cnn(), small_cnn(1, size=(24, 33), seed=1)]
    found = dream.compare(networks, [1, 3], steps=3, seed=4)
    assert [one.network for one in found.dreams] == ["small-cnn", "small-cnn"]
    for network, one in zip(networks, found.dreams, strict=True):
        assert one == dream.class_(network, [1, 3], steps=3, seed=4)
    deep = dream.compare(networks, depth=0.5, count=3, steps=2)
    for network, one in zip(networks, deep.dreams, strict=True):
        assert one == dream.unit(network, ["conv2:0", "conv2:1", "conv2:2"], steps=2)


def test_networks_of_different_shapes_and_colours_stand_on_one_sheet() -> None:
    found = dream.compare([small_cnn(), small_cnn(1, size=(24, 33))], depth=0, count=3, steps=1)
    picture = found.picture()
    assert picture.shape == (3, 2 * 42 + 2, 3 * 58 + 2)
    assert len([axes for axes in found.figure().axes if axes.images]) == 6


def test_depth_goes_from_the_first_layer_with_weights_to_the_last() -> None:
    network = small_cnn()  # conv1, conv2, head
    for depth, layer in ((0.0, "conv1"), (0.2, "conv1"), (0.3, "conv2"), (0.5, "conv2"), (0.8, "head"), (1.0, "head")):
        assert units_at(network, depth, 2) == [f"{layer}:0", f"{layer}:1"]
    assert units_at(network, 1.0, 50) == [f"head:{index}" for index in range(5)]
    assert units_at(linear_network()[0], 0.0, 1) == ["1:0"]
    real = seethrough.load()
    assert units_at(real, 0, 1) == ["conv_stem:0"] and units_at(real, 1, 1) == ["classifier:0"]


def test_layers_of_different_width_leave_places_on_the_sheet_free() -> None:
    found = dream.compare([small_cnn(), small_cnn(classes=2)], depth=1.0, count=4, steps=1)
    assert [len(one) for one in found.dreams] == [4, 2]
    picture = found.picture()
    assert (picture[:, 44:, 2 * 58 + 2 :] == 1).all()
    assert found.figure().axes and "\n" not in found.line()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"networks": [], "classes": 1}, "networks: none given"),
        ({}, "give classes, or a depth from 0 to 1: one of the two"),
        ({"classes": 1, "depth": 0.5}, "one of the two"),
        ({"depth": 1.5}, "depth is 1.5; it takes 0"),
        ({"depth": float("nan")}, "depth is nan"),
        ({"depth": 0.5, "count": 0}, "count is 0; it takes 1 or more"),
        ({"classes": "nothing"}, "nothing"),
    ],
)
def test_mistakes_are_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        dream.compare(**{"networks": [small_cnn()], "steps": 1, **given})
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_stopped_it_shows_the_networks_it_came_to() -> None:
    networks = [small_cnn(), small_cnn(seed=1), small_cnn(seed=2)]
    found = run(dream.compare.job(networks, 1, steps=4), lambda step: step.done > 40)
    assert len(found) == 2
    assert torch.equal(found.dreams[0].images, dream.class_(networks[0], 1, steps=4).images)
