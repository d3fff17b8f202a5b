import pytest
import torch
from torch import nn

from seethrough.networks.network import Network
from seethrough.networks.small.cifar_cnn import cifar_cnn


def test_small_filters_lose_a_pixel_at_every_edge() -> None:
    layers = Network(cifar_cnn(3, (32, 32), 10), size=32).layers
    shapes = {name: layers[name].shape for name in ("conv1", "pool1", "conv2", "conv3", "average", "fc4")}
    assert shapes == {
        "conv1": (64, 32, 32),
        "pool1": (64, 16, 16),
        "conv2": (128, 14, 14),
        "conv3": (128, 12, 12),
        "average": (128, 1, 1),
        "fc4": (10,),
    }


def test_parameters_and_neurons_are_those_counted_by_hand() -> None:
    counts = Network(cifar_cnn(3, (32, 32), 10), size=32).totals()
    conv = (64 * 3 * 121 + 64) + (128 * 64 * 9 + 128) + (128 * 128 * 9 + 128)
    assert counts["convolutional"] == {"parameters": conv, "neurons": 64 * 32**2 + 128 * 14**2 + 128 * 12**2}
    assert counts["fully connected"] == {"parameters": 1_290, "neurons": 10}
    assert counts["total"] == {"parameters": 246_026, "neurons": 109_066}
    normed = Network(cifar_cnn(3, (32, 32), 10, norm=True), size=32).totals()
    assert normed["total"]["parameters"] == 246_026 + 2 * (64 + 128 + 128)


def test_a_norm_sits_between_each_convolution_and_its_relu() -> None:
    kinds = [type(part) for part in cifar_cnn(3, (32, 32), 10, norm=True)]
    convolution = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    end = [nn.AdaptiveAvgPool2d, nn.Flatten, nn.Linear]
    assert kinds == [*convolution, nn.MaxPool2d, *convolution, *convolution, *end]
    assert [type(part) for part in cifar_cnn(3, (32, 32), 10)] == [kind for kind in kinds if kind != nn.BatchNorm2d]


@pytest.mark.parametrize(("channels", "size"), [(1, (40, 56)), (3, (33, 31))])
def test_it_takes_pictures_of_other_sizes_and_colours(channels: int, size: tuple[int, int]) -> None:
    assert cifar_cnn(channels, size, 7, norm=True).eval()(torch.rand(2, channels, *size)).shape == (2, 7)
