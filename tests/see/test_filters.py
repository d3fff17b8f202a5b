from typing import Any

import pytest
import torch
from torch import nn

import seethrough
from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.see.filters import filters
from seethrough.see.first_layers import first_layers
from tests.nets import linear_network, small_cnn
from tests.networks.test_network import assert_same, snapshot


def network_of(*layers: nn.Module, channels: int = 3, size: tuple[int, int] = (40, 56)) -> Network:
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Network(module, size=size, channels=channels, name="tiny")


def test_the_weights_are_the_layers_own_by_default_the_first_that_is_run() -> None:
    class LastFirst(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.second = nn.Conv2d(4, 6, 3)
            self.first = nn.Conv2d(3, 4, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.second(self.first(x)).mean((2, 3))

    network = Network(LastFirst(), size=(40, 56), name="last-first")
    before = snapshot(network)
    found = filters(network)
    assert_same(before, snapshot(network))
    assert (found.layer, found.network, found.kind, found.reads) == ("first", "last-first", "Conv2d", 3)
    assert torch.equal(found.weights, network.module.first.weight)
    assert filters(network, "second").weights.shape == (6, 4, 3, 3)


def test_a_result_keeps_its_weights_when_the_network_learns_on() -> None:
    network = small_cnn()
    found = filters(network)
    before = found.weights.clone()
    with torch.no_grad():
        network.module.conv1.weight += 1
    assert torch.equal(found.weights, before)


@pytest.mark.parametrize(
    ("groups", "own", "reads"),
    [(1, 8, 8), (2, 4, 8), (8, 1, 8)],
)
def test_grouped_convolutions_say_how_many_channels_a_filter_reads_of_how_many(
    groups: int, own: int, reads: int
) -> None:
    network = network_of(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 16, 3, groups=groups))
    found = filters(network, "1")
    assert (found.weights.shape[1], found.reads) == (own, reads)
    assert ("each reading" in found.line()) == (own < reads)


def test_a_linear_layer_that_reads_pixels_gives_templates_of_the_photos_shape() -> None:
    network, weights, _ = linear_network(channels=1, size=(40, 56), classes=5)
    found = filters(network)
    assert (found.kind, found.layer, found.reads) == ("Linear", "1", 1)
    assert torch.equal(found.weights, weights)
    assert found.line() == "5 templates of 1 x 40 x 56 in 1 (linear)"


def test_half_precision_weights_come_in_single() -> None:
    network = small_cnn()
    network.module.bfloat16()
    assert filters(network).weights.dtype == torch.float32


def test_the_first_convolution_of_the_bundled_network() -> None:
    network = seethrough.load(device="cpu")
    assert filters(network).line() == "32 filters of 3 x 3 x 3 in conv_stem (efficientnet-lite0)"
    deep = filters(network, "blocks.1.0.conv_dw")
    assert (
        deep.line()
        == "96 filters of 1 x 3 x 3, each reading 1 of 96 channels in blocks.1.0.conv_dw (efficientnet-lite0)"
    )


@pytest.mark.parametrize(
    ("layer", "named", "said"),
    [
        ("norm", {}, "layer 'norm' is a BatchNorm2d without filters to draw; choose a convolution, for example conv1"),
        ("head", {}, "layer 'head' is a Linear without filters"),
        ("conv9", {}, "closest: conv2, conv1"),
        ("conv1", {"most": 0}, "most is 0; it takes 1 or more"),
    ],
)
def test_bad_input_gets_one_clear_line(layer: str, named: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        filters(small_cnn(), layer, **named)
    assert said in str(refused.value)


def test_a_network_without_filters_is_refused_by_name() -> None:
    module = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 4))
    with pytest.raises(UserError, match="plain has no convolution and no linear layer that reads pixels"):
        filters(Network(module, size=(40, 56), name="plain"))


def test_first_layers_are_each_networks_own_filters_in_order() -> None:
    one, other, third = small_cnn(seed=1), small_cnn(channels=1, seed=2), linear_network(channels=2)[0]
    found = first_layers([one, other, third], most=6)
    assert found.network == "small-cnn, small-cnn, linear"
    assert len(found) == 3
    for network, held in zip((one, other, third), found.filters, strict=True):
        assert held == filters(network, most=6)


@pytest.mark.parametrize(("networks", "said"), [([], "is empty"), (small_cnn(), "is one network")])
def test_first_layers_take_a_list_of_networks(networks: Any, said: str) -> None:
    with pytest.raises(UserError, match=f"networks {said}; give a list of one or more"):
        first_layers(networks)
