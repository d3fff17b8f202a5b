import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import VisionTransformer

import seethrough
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from seethrough.study import finetune
from seethrough.study.finetune import layers_up_to
from tests.nets import small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.train.sets import class_folders, shades

QUICK: dict[str, Any] = {"epochs": 2, "batch": 8}


def moved(network: Network, found: Any) -> set[str]:
    """Return what has other numbers than in the network given."""
    state = network.module.state_dict()
    return {
        name
        for name, value in found.weights.items()
        if value.shape != state[name].shape or not torch.equal(value, state[name])
    }


@pytest.mark.parametrize("channels", [1, 3])
def test_without_a_layer_the_new_softmax_alone_learns(channels: int) -> None:
    network, data = small_cnn(channels), shades(channels=channels, size=(40, 56))
    before = snapshot(network)
    found = finetune(network, data, data, rate=0.05, **QUICK | {"epochs": 6})
    assert moved(network, found) == {"head.weight", "head.bias"}
    assert found.weights["head.weight"].shape == (3, 12) and found.accuracy > 0.5
    assert_same(before, snapshot(network))


def test_all_up_to_a_layer_stays_bit_for_bit_statistics_too_and_the_rest_learns() -> None:
    network, data = small_cnn(), shades(size=(40, 56))
    network.module.train()
    network.module.conv1.weight.requires_grad = False
    before = snapshot(network)
    found = finetune(network, data, layer="pool", **QUICK)
    assert moved(network, found) == {"conv2.weight", "conv2.bias", "head.weight", "head.bias"}
    found = finetune(network, data, layer="conv1", **QUICK)
    assert {"norm.weight", "norm.running_mean", "conv2.bias"} <= moved(network, found)
    assert not {"conv1.weight", "conv1.bias"} & moved(network, found)
    assert_same(before, snapshot(network))


def test_in_a_transformer_tokens_and_attention_stay_as_well() -> None:
    network = Network(VisionTransformer(16, 8, 2, 2, 8, 8, num_classes=4), size=16)
    data = shades(size=(16, 16))
    assert moved(network, finetune(network, data, **QUICK)) == {"heads.head.weight", "heads.head.bias"}
    found = finetune(network, data, layer="encoder.layers.encoder_layer_0", **QUICK)
    first = {name for name in moved(network, found) if "encoder_layer_0" in name}
    assert first == set() and any("encoder_layer_1.self_attention.in_proj" in name for name in moved(network, found))


def test_the_modules_that_stay_are_those_that_have_finished_and_hold_numbers() -> None:
    network = small_cnn()
    assert layers_up_to(network, None) == ("conv1", "norm", "conv2")
    assert layers_up_to(network, "norm") == ("conv1", "norm") == layers_up_to(network, "relu")
    assert layers_up_to(network, "relu#2") == ("conv1", "norm", "conv2")
    with pytest.raises(
        UserError, match="layer 'head' is the last one of small-cnn or after it; something has to learn"
    ):
        layers_up_to(network, "head")
    with pytest.raises(UserError, match="'convl' is not known; closest: conv2, conv1"):
        layers_up_to(network, "convl")


def test_what_is_kept_is_a_network_that_load_reads(tmp_path: Path) -> None:
    data = seethrough.datasets.load(class_folders(tmp_path / "photos", 4, broken=("dark/1",)))
    network = seethrough.load()
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    found = finetune(network, data, data, epochs=1, batch=8, validation=0.0, rate=0.05, out=tmp_path / "run")
    assert moved(network, found) == {"classifier.weight", "classifier.bias"}
    assert found.line().endswith("; 2 pictures could not be read: dark/1.png, dark/1.png")
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["arch"] == "timm:tf_efficientnet_lite0" and card["recipe"]["frozen"]
    again = seethrough.load(str(tmp_path / "run"))
    pixels = again.frame([data[place] for place in range(8) if place != 1])
    truths = data.labels[[place for place in range(8) if place != 1]]
    assert round(float((again(pixels).argmax(1) == truths).double().mean()), 6) == card["test_accuracy"]
    assert all(torch.equal(value, before[name]) for name, value in network.module.state_dict().items())


def test_stopped_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    data, named = shades(size=(32, 32)), {"epochs": 3, "batch": 8, "rate": 0.01}
    network = seethrough.load("cifar10-linear")
    whole = finetune(network, data, out=tmp_path / "whole", **named)
    run(finetune.job(network, data, out=tmp_path / "run", **named), lambda step: step.done == 4)
    with pytest.raises(UserError, match="holds a training that has not ended"):
        finetune(network, data, out=tmp_path / "run", **named)
    again = finetune(network, data, out=tmp_path / "run", resume=True, **named)
    assert all(torch.equal(again.weights[name], value) for name, value in whole.weights.items())


def test_a_network_that_cannot_be_built_again_is_not_kept_and_that_is_said_before_it_learns(tmp_path: Path) -> None:
    read: list[int] = []
    data = shades(size=(40, 56))
    work = finetune.job(small_cnn(), data, out=tmp_path / "run", **QUICK)
    with pytest.raises(UserError) as said:
        run(work, lambda step: read.append(step.done))
    assert str(said.value) == (
        "small-cnn cannot be built without its weights; trained further it cannot be kept as a network of its own"
    )
    assert read == [] and not (tmp_path / "run").exists()


def test_what_cannot_be_taught_is_said_in_one_line() -> None:
    data = shades(size=(40, 56))
    with pytest.raises(UserError, match="shows 1 class only"):
        finetune(small_cnn(), data.part([0, 3, 6]))
    with pytest.raises(UserError, match="test has other classes than the data"):
        finetune(small_cnn(), data, shades(classes=2, size=(40, 56)))
    maps = nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(UserError, match="has no linear layer of its classes at its end"):
        finetune(Network(maps, size=(40, 56)), data)
