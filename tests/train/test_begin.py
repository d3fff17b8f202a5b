import math

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from seethrough.errors import UserError
from seethrough.networks.head import last_linear
from seethrough.networks.network import Network
from seethrough.train.begin import INITIALS, draw, statistics, untrained, with_new_head
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.train.sets import pictures

LABELS = ("cat", "dog", "eel")


def begun(arch: str = "digits-cnn-bn", initial: str = "default", seed: int = 0) -> Network:
    return untrained(arch, 3, (40, 56), LABELS, pictures(size=(40, 56)).pixels, initial, seed)


def weights_of(network: Network) -> list[Tensor]:
    return [weight.detach() for weight in network.module.parameters()]


def test_the_mean_and_deviation_are_those_of_the_training_pixels() -> None:
    pixels = pictures(size=(40, 56)).pixels
    by_hand = pixels.double() / 255
    mean, std = statistics(pixels)
    assert mean == pytest.approx(by_hand.mean((0, 2, 3)).tolist(), abs=5.1e-5)
    assert std == pytest.approx(by_hand.std((0, 2, 3), unbiased=False).tolist(), abs=5.1e-5)
    network = begun()
    assert (list(network.mean), list(network.std)) == (mean, std)
    assert network.size == (40, 56) and network.channels == 3 and network.labels.names == LABELS


def test_a_colour_that_is_always_the_same_has_a_deviation_all_the_same() -> None:
    flat = torch.full((4, 1, 5, 6), 51, dtype=torch.uint8)
    assert statistics(flat) == ([0.2], [0.0001])


@pytest.mark.parametrize("initial", INITIALS)
def test_first_weights_come_from_the_seed_alone(initial: str) -> None:
    before = torch.random.get_rng_state()
    first, again, other = (weights_of(begun(initial=initial, seed=seed)) for seed in (3, 3, 4))
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    assert torch.equal(torch.random.get_rng_state(), before)


def drawn(initial: str) -> tuple[nn.Conv2d, nn.Linear]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = nn.Sequential(nn.Conv2d(20, 50, 5), nn.Linear(600, 200))
        draw(module, initial)
    return module[0], module[1]


def test_weights_are_spread_as_their_rule_says() -> None:
    for layer, into in zip(drawn("he"), (20 * 25, 600), strict=True):
        assert float(layer.weight.detach().var()) == pytest.approx(2 / into, rel=0.05)
        assert not layer.bias.any()
    for layer, into, out in zip(drawn("xavier"), (20 * 25, 600), (50 * 25, 200), strict=True):
        assert float(layer.weight.detach().var()) == pytest.approx(2 / (into + out), rel=0.05)
        assert float(layer.weight.detach().abs().max()) <= math.sqrt(6 / (into + out))
        assert not layer.bias.any()
    for layer in drawn("orthogonal"):
        rows = layer.weight.detach().flatten(1)
        torch.testing.assert_close(rows @ rows.T, torch.eye(len(rows)), rtol=0, atol=1e-4)
    for layer, into in zip(drawn("default"), (20 * 25, 600), strict=True):
        assert float(layer.weight.detach().abs().max()) <= 1 / math.sqrt(into) and layer.bias.any()


def test_what_does_not_fit_is_said_in_one_line() -> None:
    with pytest.raises(UserError, match="initial 'hee' is not known; closest: he"):
        begun(initial="hee")
    with pytest.raises(UserError, match="arch 'cifar-cnn' does not take pictures of 5 x 9: "):
        untrained("cifar-cnn", 1, (5, 9), LABELS, pictures(channels=1, size=(5, 9)).pixels, "default", 0)


def test_a_new_head_is_for_the_new_classes_and_all_else_is_a_copy() -> None:
    network, images = small_cnn(), random_photos()
    network.module.conv1.weight.requires_grad = False
    before = snapshot(network)
    pupil = with_new_head(network, LABELS, 0)
    assert pupil.module.head.weight.shape == (3, 12) and pupil(images).shape == (2, 3)
    assert pupil.labels.names == LABELS and (pupil.size, pupil.frame) == (network.size, network.frame)
    torch.testing.assert_close(pupil.read(images, "conv2")["conv2"], network.read(images, "conv2")["conv2"])
    assert all(weight.requires_grad for weight in pupil.module.parameters())
    with torch.no_grad():
        for weight in pupil.module.parameters():
            weight.zero_()
    assert_same(before, snapshot(network))


def test_the_head_is_drawn_from_the_seed_alone() -> None:
    random = torch.random.get_rng_state()
    heads = [with_new_head(small_cnn(), LABELS, seed).module.head.weight for seed in (0, 0, 1)]
    assert torch.equal(heads[0], heads[1]) and not torch.equal(heads[0], heads[2])
    assert torch.equal(torch.random.get_rng_state(), random)


def test_a_copy_made_inside_inference_mode_can_learn() -> None:
    with torch.inference_mode():
        networks = [with_new_head(small_cnn(), LABELS, 0), begun()]
    for network in networks:
        network.module(network.normalised(random_photos())).sum().backward()


def test_a_head_in_double_precision_is_in_double_precision() -> None:
    network = small_cnn()
    network.module.double()
    assert with_new_head(network, LABELS, 0).module.head.weight.dtype == torch.float64


def test_the_last_linear_layer_is_found_or_its_absence_said() -> None:
    assert last_linear(small_cnn()) == "head"
    assert last_linear(linear_network()[0]) == "1"
    transformer = VisionTransformer(16, 8, 1, 2, 8, 8, num_classes=4)
    assert last_linear(Network(transformer, size=16)) == "heads.head"
    ends_in_maps = nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(UserError, match="has no linear layer of its classes at its end"):
        last_linear(Network(ends_in_maps, size=9))
