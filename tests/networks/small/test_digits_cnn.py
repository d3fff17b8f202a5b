import pytest
import torch
from torch import nn

from seethrough.networks.network import Network
from seethrough.networks.small.digits_cnn import digits_cnn


def test_parameters_and_neurons_are_those_counted_by_hand() -> None:
    counts = Network(digits_cnn(1, (28, 28), 10), size=28, channels=1).totals()
    conv = (32 * 1 * 9 + 32) + (32 * 32 * 9 + 32)
    full = (32 * 7 * 7 * 500 + 500) + (500 * 10 + 10)
    assert (conv, full) == (9_568, 789_510)
    assert counts["convolutional"] == {"parameters": conv, "neurons": 32 * 28 * 28 + 32 * 14 * 14}
    assert counts["fully connected"] == {"parameters": full, "neurons": 510}
    assert counts["other"]["parameters"] == 0
    assert counts["total"] == {"parameters": 799_078, "neurons": 31_870}


def test_norms_add_two_numbers_a_channel_and_no_neuron() -> None:
    plain = Network(digits_cnn(1, (28, 28), 10), size=28, channels=1).totals()
    normed = Network(digits_cnn(1, (28, 28), 10, norm=True), size=28, channels=1).totals()
    assert normed["other"]["parameters"] == 2 * (32 + 32 + 500) == 1_128
    assert normed["total"]["parameters"] == 800_206
    assert normed["total"]["neurons"] == plain["total"]["neurons"]


def test_a_norm_sits_between_each_layer_and_its_relu_and_there_is_none_at_the_end() -> None:
    kinds = [type(part) for part in digits_cnn(1, (28, 28), 10, norm=True)]
    convolution = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]
    assert kinds == [*convolution, *convolution, nn.Flatten, nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]
    without = [type(part) for part in digits_cnn(1, (28, 28), 10)]
    assert without == [kind for kind in kinds if kind not in (nn.BatchNorm2d, nn.BatchNorm1d)]


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize(("channels", "size"), [(3, (40, 56)), (1, (29, 31)), (3, (4, 7))])
def test_it_takes_pictures_of_other_sizes_and_colours(channels: int, size: tuple[int, int], norm: bool) -> None:
    module = digits_cnn(channels, size, 7, norm=norm).eval()
    rows, columns = size[0] // 2 // 2, size[1] // 2 // 2
    assert module.fc3.in_features == 32 * rows * columns
    assert module(torch.rand(2, channels, *size)).shape == (2, 7)
