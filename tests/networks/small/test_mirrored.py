import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.networks.network import Network
from seethrough.networks.small.mirrored import BothMean, MirroredConv, MirroredNorm
from tests.nets import random_photos


def exchanged(maps: Tensor) -> Tensor:
    """Return maps mirrored, with the two halves of the channels exchanged."""
    return maps.flip(3).roll(maps.shape[1] // 2, 1)


def noise(channels: int) -> Tensor:
    return torch.randn(4, channels, 6, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_filters_come_with_their_mirror_images() -> None:
    layer = MirroredConv(3, 8, lift=True).double()
    assert layer.weight.shape == (4, 3, 3, 3)
    found = layer(noise(3))
    torch.testing.assert_close(found[:, :4], functional.conv2d(noise(3), layer.weight, padding=1))
    torch.testing.assert_close(found[:, 4:], functional.conv2d(noise(3), layer.weight.flip(3), padding=1))


def test_a_mirrored_picture_gives_mirrored_maps_with_the_halves_exchanged() -> None:
    lift, layer = MirroredConv(3, 8, lift=True).double(), MirroredConv(8, 10).double()
    torch.testing.assert_close(lift(noise(3).flip(3)), exchanged(lift(noise(3))))
    torch.testing.assert_close(layer(exchanged(noise(8))), exchanged(layer(noise(8))))
    assert not torch.allclose(layer(noise(8).flip(3)), exchanged(layer(noise(8))))


@pytest.mark.parametrize("learning", [False, True])
def test_a_norm_treats_both_halves_alike(learning: bool) -> None:
    layer = MirroredNorm(8).double().train(learning)
    nn.init.uniform_(layer.weight)
    layer.running_mean.uniform_()
    torch.testing.assert_close(layer(exchanged(noise(8))), exchanged(layer(noise(8))))


def test_the_statistics_are_the_means_of_both_halves() -> None:
    layer, both = MirroredNorm(8).double(), nn.BatchNorm2d(8).double()
    layer.train()(noise(8))
    both.train()(noise(8))
    torch.testing.assert_close(layer.running_mean, (both.running_mean[:4] + both.running_mean[4:]) / 2)
    torch.testing.assert_close(layer.running_var, (both.running_var[:4] + both.running_var[4:]) / 2)
    before = layer.running_mean.clone()
    layer.eval()(noise(8))
    assert torch.equal(layer.running_mean, before)


def test_both_means_are_of_a_feature_and_its_mirror_image() -> None:
    assert BothMean()(torch.tensor([[1.0, 2.0, 5.0, 10.0]])).tolist() == [[3.0, 6.0]]


def test_scores_are_the_same_with_and_without_a_graph() -> None:
    module = nn.Sequential(
        MirroredConv(3, 8, lift=True), MirroredNorm(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), BothMean()
    )
    module[1].running_mean.uniform_()
    nn.init.uniform_(module[1].weight)
    network = Network(module, size=(40, 56))
    images = random_photos()
    on_graph = network(images.clone().requires_grad_())
    with torch.no_grad():
        torch.testing.assert_close(on_graph, network(images))
    assert on_graph.requires_grad
