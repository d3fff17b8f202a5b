import pytest
import torch
from torch import nn

from seethrough.networks.network import Network
from seethrough.networks.small.cifar_best import Around, cifar_best

# Channels in and out of every convolution, and the side of its output.
CONVOLUTIONS = [
    (3, 32, 32),
    *[(32, 64, 32), (64, 64, 16), (64, 64, 16)],
    *[(64, 128, 16), (128, 128, 8), (128, 128, 8)],
    *[(128, 144, 8), (144, 144, 4), (144, 144, 4)],
]


def test_parameters_and_neurons_are_those_counted_by_hand() -> None:
    counts = Network(cifar_best(3, (32, 32), 10), size=32).totals()
    conv = sum(into * out * 9 for into, out, _ in CONVOLUTIONS)
    norms = sum(2 * out for _, out, _ in CONVOLUTIONS)
    neurons = sum(out * side**2 for _, out, side in CONVOLUTIONS)
    assert counts["convolutional"] == {"parameters": conv, "neurons": neurons}
    assert counts["fully connected"] == {"parameters": 1_450, "neurons": 10}
    assert (counts["other"]["parameters"], norms) == (2_080, 2_080)
    assert counts["total"]["parameters"] == conv + norms + 1_450 == 1_004_330


def test_every_relu_follows_a_norm_at_once() -> None:
    kinds = [type(part) for part in cifar_best(3, (32, 32), 10).modules() if not list(part.children())]
    after = [kinds[place + 1] for place, kind in enumerate(kinds) if kind == nn.BatchNorm2d]
    assert after == [nn.ReLU] * len(CONVOLUTIONS) and kinds.count(nn.ReLU) == len(CONVOLUTIONS)


def test_a_block_adds_to_what_went_in() -> None:
    block = Around(6).eval()
    x = torch.randn(2, 6, 5, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(block(x), x + block.second(block.first(x)))
    nn.init.zeros_(block.second.conv.weight)
    torch.testing.assert_close(block(x), x)


@pytest.mark.parametrize(("channels", "size"), [(1, (40, 56)), (3, (33, 9))])
def test_it_takes_pictures_of_other_sizes_and_colours(channels: int, size: tuple[int, int]) -> None:
    assert cifar_best(channels, size, 7).eval()(torch.rand(2, channels, *size)).shape == (2, 7)
