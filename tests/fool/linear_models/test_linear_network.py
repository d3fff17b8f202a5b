import pytest
import torch
from torch import nn

import seethrough
from seethrough.errors import UserError
from seethrough.fool.linear_models.linear_network import of_network
from seethrough.networks.network import Network
from tests.nets import linear_network, small_cnn


@pytest.mark.parametrize("channels", [1, 3])
def test_the_weights_of_a_linear_network_are_found_whatever_its_normalisation(channels: int) -> None:
    network, weights, bias = linear_network(channels)
    scaled = Network(network.module, size=(40, 56), channels=channels, mean=0.4, std=0.25)
    known = of_network(scaled)
    torch.testing.assert_close(known.weights, weights.flatten(1).double() / 0.25, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(
        known.bias, bias.double() - 0.4 / 0.25 * weights.flatten(1).double().sum(1), rtol=1e-4, atol=1e-3
    )


def test_a_deep_network_without_bends_is_linear_too() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.AvgPool2d(2), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 25, 3)
        )
    network = Network(module, size=12, channels=1)
    with torch.inference_mode():
        known = of_network(network)
    images = torch.rand(4, 1, 12, 12)
    torch.testing.assert_close(known.scores(images.flatten(1).double()).float(), network(images).detach())


def test_other_networks_are_refused_at_once() -> None:
    for network in (small_cnn(), seethrough.load()):
        with pytest.raises(UserError, match="is not linear in its pixels; give a linear one, such as cifar10-linear"):
            of_network(network)
