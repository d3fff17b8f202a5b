import pytest
import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.head import last_linear
from seethrough.networks.network import Network
from seethrough.study.penultimate import read_input
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def test_what_goes_into_a_layer_is_what_it_makes_its_output_of() -> None:
    network, images = small_cnn(), random_photos(3)
    with torch.no_grad():
        found = read_input(network, "head", images)
        torch.testing.assert_close(network.module.head(found), network(images))


def test_of_a_layer_used_twice_each_use_has_its_own_input() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.flat, self.square = nn.Flatten(), nn.Linear(40 * 56, 40 * 56)

        def forward(self, x: Tensor) -> Tensor:
            return self.square(self.square(self.flat(x)).relu())

    network = Network(Twice(), size=(40, 56), channels=1)
    images = random_photos(1, 1)
    assert last_linear(network) == "square#2"
    with torch.no_grad():
        first, second = read_input(network, "square", images), read_input(network, "square#2", images)
        torch.testing.assert_close(first, images.flatten(1))
        torch.testing.assert_close(second, network.module.square(first).relu())


def test_the_pass_ends_there_and_nothing_is_left_behind() -> None:
    network = small_cnn()
    assert "head" in network.layers
    before = snapshot(network)
    network.module.head.forward = None  # type: ignore[method-assign]
    read_input(network, "head", random_photos(1))
    del network.module.head.forward
    assert_same(before, snapshot(network))


def test_a_network_without_a_linear_layer_of_its_classes_is_told_what_to_give() -> None:
    pooled = nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(UserError, match="Sequential has no linear layer of its classes"):
        last_linear(Network(pooled, size=(40, 56)))
    gated = nn.Sequential(nn.Flatten(), nn.Linear(3 * 40 * 56, 8), nn.Unflatten(1, (8, 1)), nn.Flatten(), nn.Softmax(1))
    assert last_linear(Network(gated, size=(40, 56))) == "1"
    assert last_linear(linear_network()[0]) == "1"
