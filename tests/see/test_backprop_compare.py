from pathlib import Path

import pytest
import torch
from torch import nn

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.see.test_relu_rules import toy

WAYS = ("gradient", "deconvnet", "guided_backprop")


def test_the_three_maps_are_those_of_the_three_methods() -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.backprop_compare(network, images, [1, 3])
    assert found.method == "see.backprop_compare" and found.names == WAYS
    assert found.settings["classes"] == [1, 3]
    for one, name in zip(found.maps, WAYS, strict=True):
        assert one == getattr(see, name)(network, images, [1, 3])


def test_the_worked_example_three_ways() -> None:
    network, image = toy()
    sums = [float(one.values.sum() / 15) for one in see.backprop_compare(network, image, 0).maps]
    assert sums == pytest.approx([9, 45, 27], rel=1e-5)


def test_all_three_explain_the_same_top_guess_unit_or_score() -> None:
    network, images = small_cnn(), random_photos(2)
    best = network(images).argmax(1).tolist()
    assert [[t.index for t in one.targets] for one in see.backprop_compare(network, images).maps] == [best] * 3
    by_unit = see.backprop_compare(network, images, unit="head:2")
    by_score = see.backprop_compare(network, images, score=lambda output: output[:, 2])
    by_class = see.backprop_compare(network, images, 2)
    for one, other, third in zip(by_unit.maps, by_score.maps, by_class.maps, strict=True):
        assert torch.equal(one.values, third.values) and torch.equal(other.values, third.values)
    sure = see.backprop_compare(network, images, 2, on="probability")
    assert sure.settings["on"] == "probability" and not torch.equal(sure.maps[0].values, by_class.maps[0].values)


def test_it_is_saved_loaded_and_drawn_with_each_map_named(tmp_path: Path) -> None:
    found = see.backprop_compare(small_cnn(), random_photos(2), [1, 3])
    found.save(tmp_path / "three.safetensors")
    assert seethrough.load_result(tmp_path / "three.safetensors") == found
    titles = [axes.get_title() for axes in found.figure().axes]
    assert all(name in titles for name in WAYS)
    assert "\n" not in found.line() and "small-cnn" in found.line()


def test_nothing_is_left_behind_also_after_a_refusal() -> None:
    network = small_cnn()
    network.module.train()
    before = snapshot(network)
    see.backprop_compare(network, random_photos(1), 1)
    network.module.relu, relu = nn.SiLU(), network.module.relu
    with pytest.raises(UserError, match="small-cnn uses SiLU"):
        see.backprop_compare(network, random_photos(1), 1)
    network.module.relu = relu
    assert_same(before, snapshot(network))


def test_a_network_without_relus_is_refused_by_name() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(3 * 40 * 56, 8), nn.Tanh(), nn.Linear(8, 3))
    with pytest.raises(UserError, match=r"are for ReLU networks; old uses Tanh \(layer 2\); try smooth-grad"):
        see.backprop_compare(Network(module, size=(40, 56), name="old"), random_photos(1))
