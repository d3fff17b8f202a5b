from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.vgg import cfgs, make_layers

import seethrough
from seethrough.dream.trunk import content_layer, dreaming_layer, levels, style_layers, trunk
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, small_cnn


def vgg(normalised: bool = False) -> Network:
    """Return the convolutional part of VGG-19, untrained, its channels few."""
    narrow = [one if one == "M" else int(one) // 32 for one in cfgs["E"]]
    features = make_layers(narrow, batch_norm=normalised)
    parts = {"features": features, "pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "fc": nn.Linear(16, 4)}
    return Network(nn.Sequential(OrderedDict(parts)), size=64, name="vgg")


def relu(network: Network, stage: int, number: int) -> str:
    """Return the layer that papers call reluSTAGE_NUMBER, counted through the module."""
    seen = [1, 0]
    for name, part in network.module.named_modules():
        if isinstance(part, nn.MaxPool2d):
            seen = [seen[0] + 1, 0]
        if isinstance(part, nn.ReLU):
            seen[1] += 1
            if seen == [stage, number]:
                return name
    raise AssertionError


@pytest.mark.parametrize("normalised", [False, True])
def test_of_a_vgg_the_layers_are_those_of_gatys(normalised: bool) -> None:
    network = vgg(normalised)
    assert style_layers(network) == [relu(network, stage, 1) for stage in range(1, 6)]
    assert content_layer(network) == relu(network, 4, 2)
    assert dreaming_layer(network) == relu(network, 4, 4)


def test_of_a_resnet_the_trunk_is_its_first_relu_and_its_blocks() -> None:
    network = Network(ResNet(BasicBlock, [2, 2, 2, 2]), size=64)
    blocks = [f"layer{stage}.{number}" for stage in range(1, 5) for number in range(2)]
    assert [name for name, _ in trunk(network)] == ["relu", *blocks]
    assert levels(network) == [["relu"], *(blocks[first : first + 2] for first in range(0, 8, 2))]


def test_a_lone_block_is_opened_and_tokens_are_maps() -> None:
    network = Network(VisionTransformer(32, 8, 6, 2, 16, 32, num_classes=4), size=32)
    names = [f"encoder.layers.encoder_layer_{number}" for number in range(6)]
    assert trunk(network) == [(name, (4, 4)) for name in names]
    assert dreaming_layer(network) == names[3]
    assert len(style_layers(network)) == 5


def test_the_bundled_network_dreams_at_the_end_of_its_fourth_resolution() -> None:
    network = seethrough.load()
    assert dreaming_layer(network) == "blocks.4.2"
    assert style_layers(network) == ["bn1", "blocks.1.0", "blocks.2.0", "blocks.3.0", "blocks.4.0"]
    assert content_layer(network) == "blocks.2.1"


def test_a_small_network_gives_what_it_has() -> None:
    assert [name for name, _ in trunk(small_cnn())] == ["relu", "relu#2"]
    assert style_layers(small_cnn()) == ["relu", "relu#2"]
    assert content_layer(small_cnn()) == dreaming_layer(small_cnn()) == "relu"


def test_without_activations_among_the_modules_every_map_counts() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3, stride=2)

        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(self.second(torch.relu(self.first(x)))).mean((2, 3))

    assert [name for name, _ in trunk(Network(Functional(), size=(40, 56)))] == ["first", "second"]


def test_a_network_without_maps_is_refused() -> None:
    with pytest.raises(UserError, match="linear has no layer with a map"):
        trunk(linear_network()[0])
