import pytest
import torch
from torch import nn
from torch.nn import functional

from seethrough import see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn
from tests.see.test_relu_rules import by_rule, toy


def test_deconvnet_of_the_worked_example_by_hand() -> None:
    """The weights above 0 alone go back, whatever was active: a 2 x 2 block of ones, and a one, spread by 3 x 3 ones."""
    network, image = toy()
    expected = torch.tensor([[2.0, 3, 3, 1], [3, 5, 5, 2], [3, 5, 5, 2], [1, 2, 2, 1]])
    found = see.deconvnet(network, image, 0)
    torch.testing.assert_close(found.raw[0, 0] / 15, expected)
    torch.testing.assert_close(found.values[0] / 15, expected)
    assert found.method == "see.deconvnet"


def test_without_pooling_it_does_not_depend_on_the_image() -> None:
    network, image = toy()
    torch.testing.assert_close(see.deconvnet(network, 1 - image, 0).raw, see.deconvnet(network, image, 0).raw)


def test_it_is_transposed_convolutions_with_the_switches_of_pooling() -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            with torch.random.fork_rng():
                torch.manual_seed(4)
                self.conv1, self.conv2 = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = functional.max_pool2d(self.conv1(x).relu(), 2)
            return self.conv2(x).relu().flatten(2).sum(2)

    module = Pooled().double()
    network, image = Network(module, size=(14, 18)), random_photos(1, 3, (14, 18)).double()
    with torch.no_grad():
        entered = module.conv1(image).relu()
        pooled, places = functional.max_pool2d(entered, 2, return_indices=True)
        signal = torch.zeros_like(module.conv2(pooled))
        signal[:, 1] = 1
        signal = functional.conv_transpose2d(signal.relu(), module.conv2.weight)
        signal = functional.max_unpool2d(signal, places, 2, output_size=entered.shape[-2:])
        expected = functional.conv_transpose2d(signal.relu(), module.conv1.weight)
    torch.testing.assert_close(see.deconvnet(network, image, 1).raw, expected, rtol=1e-10, atol=1e-12)


def test_values_are_the_largest_size_over_the_colours() -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.deconvnet(network, images, [1, 4])
    torch.testing.assert_close(found.raw, by_rule(network, images, "deconvnet", [1, 4]))
    assert torch.equal(found.values, found.raw.abs().max(1).values)


def test_a_network_without_relus_is_refused() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    with pytest.raises(
        UserError, match=r"guided backprop and deconvnet are for ReLU networks; gelu uses GELU \(layer 1\)"
    ):
        see.deconvnet(Network(module, size=(40, 56), name="gelu"), random_photos(1))
