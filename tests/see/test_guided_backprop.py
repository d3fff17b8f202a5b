import pytest
import torch
from torch import nn

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn
from tests.see.test_relu_rules import by_rule, toy


def test_guided_backprop_of_the_worked_example() -> None:
    network, image = toy()
    found = see.guided_backprop(network, image, 0)
    expected = torch.tensor([[0.0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]])
    torch.testing.assert_close(found.raw[0, 0] / 15, expected)
    torch.testing.assert_close(found.values[0] / 15, expected)
    assert found.method == "see.guided_backprop" and not found.signed


def test_values_are_the_largest_size_over_the_colours_of_the_guided_gradient() -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.guided_backprop(network, images, [1, 4])
    raw = by_rule(network, images, "guided", [1, 4])
    torch.testing.assert_close(found.raw, raw)
    assert (found.raw < 0).any()
    sizes = torch.stack([found.raw[:, 0].abs(), found.raw[:, 1].abs(), found.raw[:, 2].abs()])
    assert torch.equal(found.values, sizes.max(0).values)


def test_where_no_relu_stands_between_it_is_the_gradient() -> None:
    network, weights, _ = linear_network()
    torch.testing.assert_close(see.guided_backprop(network, random_photos(1), 3).raw, weights[[3]])
    cnn, images = small_cnn(), random_photos(1)
    first = see.guided_backprop(cnn, images, unit="conv1:2@7,9").raw
    assert torch.equal(first, see.gradient(cnn, images, unit="conv1:2@7,9").raw)


def test_a_class_that_nothing_speaks_for_gives_a_flat_map_and_a_warning() -> None:
    network = small_cnn()
    network.module.head.weight.data[2] = -1.0
    with pytest.warns(UserWarning, match=r"see.guided_backprop: the map of image 1 \(class 2 .*\) says nothing"):
        found = see.guided_backprop(network, random_photos(1), 2)
    assert not found.raw.any()


def test_eyes_stand_out_and_plain_fur_is_calmer_than_in_the_gradient() -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo("cat"))
    guided, plain = (way(network, pixels, "tiger cat").values[0] for way in (see.guided_backprop, see.gradient))
    eyes = [guided[60:110, 40:95], guided[75:125, 165:210]]
    assert all(float(eye.mean()) > 1.8 * float(guided.mean()) for eye in eyes)
    fur = (slice(0, 60), slice(0, 60))
    assert float(guided[fur].mean() / guided.mean()) < 0.7 * float(plain[fur].mean() / plain.mean())


def test_a_network_without_relus_is_refused() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    with pytest.raises(
        UserError, match=r"guided backprop and deconvnet are for ReLU networks; swish uses SiLU \(layer 1\)"
    ):
        see.guided_backprop(Network(module, size=(40, 56), name="swish"), random_photos(1))
