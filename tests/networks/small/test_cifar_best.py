import pytest
import torch
from torch import nn

from seethrough.networks.network import Network
from seethrough.networks.small.cifar_best import Around, cifar_best
from seethrough.networks.small.mirrored import MirroredNorm

# Channels in and out of every convolution, and the side of its output.
CONVOLUTIONS = [
    (3, 32, 32),
    *[(32, 80, 32), (80, 80, 16), (80, 80, 16)],
    *[(80, 176, 16), (176, 176, 8), (176, 176, 8)],
    *[(176, 256, 8), (256, 256, 4), (256, 256, 4)],
]


def test_parameters_and_neurons_are_those_counted_by_hand() -> None:
    counts = Network(cifar_best(3, (32, 32), 10), size=32).totals()
    # Half of the filters, and of the norms' numbers, are held; the other half are their mirror images.
    conv = sum(into * out // 2 * 9 for into, out, _ in CONVOLUTIONS)
    norms = sum(2 * out // 2 for _, out, _ in CONVOLUTIONS)
    neurons = sum(out * side**2 for _, out, side in CONVOLUTIONS)
    assert counts["convolutional"] == {"parameters": conv, "neurons": neurons}
    assert counts["fully connected"] == {"parameters": 128 * 10 + 10, "neurons": 10}
    assert (counts["other"]["parameters"], norms) == (1_568, 1_568)
    assert counts["total"]["parameters"] == conv + norms + 1_290 == 1_207_130


def test_every_relu_follows_a_norm_at_once() -> None:
    kinds = [type(part) for part in cifar_best(3, (32, 32), 10).modules() if not list(part.children())]
    after = [kinds[place + 1] for place, kind in enumerate(kinds) if kind == MirroredNorm]
    assert after == [nn.ReLU] * len(CONVOLUTIONS) and kinds.count(nn.ReLU) == len(CONVOLUTIONS)


def test_a_block_adds_to_what_went_in() -> None:
    block = Around(6).eval()
    x = torch.randn(2, 6, 5, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(block(x), x + block.second(block.first(x)))
    nn.init.zeros_(block.second.conv.weight)
    torch.testing.assert_close(block(x), x)


@pytest.mark.parametrize("learning", [False, True])
def test_a_picture_and_its_mirror_image_have_the_same_scores(learning: bool) -> None:
    module = cifar_best(3, (40, 56), 7).double().train(learning)
    for norm in (part for part in module.modules() if isinstance(part, MirroredNorm)):
        nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(norm.bias)
        norm.running_mean.uniform_(-0.2, 0.2)
    images = torch.rand(4, 3, 40, 56, dtype=torch.float64)
    scores = module(images)
    torch.testing.assert_close(module(images.flip(3)), scores)
    assert not torch.allclose(module(images.flip(2)), scores)


@pytest.mark.parametrize(("channels", "size"), [(1, (40, 56)), (3, (33, 9))])
def test_it_takes_pictures_of_other_sizes_and_colours(channels: int, size: tuple[int, int]) -> None:
    assert cifar_best(channels, size, 7).eval()(torch.rand(2, channels, *size)).shape == (2, 7)
