from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.see.feature_maps import feature_maps
from seethrough.see.interest import interesting
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def test_the_maps_are_those_the_module_computes_and_nothing_is_left_behind() -> None:
    network = small_cnn()
    before = snapshot(network)
    pixels = random_photos(2)
    found = feature_maps(network, pixels, "conv1", count=5)
    assert_same(before, snapshot(network))
    expected = network.module.conv1((pixels - 0.45) / 0.25)
    torch.testing.assert_close(found.maps, expected[:, :5].detach())
    assert (found.layer, found.total, found.units) == ("conv1", 8, ((0, 1, 2, 3, 4),) * 2)
    torch.testing.assert_close(found.images, pixels)
    assert found.settings == {"layer": "conv1", "pick": "first", "count": 5}
    assert not found.maps.requires_grad


@pytest.mark.parametrize("units", [[7, 0, 3], "7, 0,3"])
def test_units_are_given_in_any_order_and_kept_in_it(units: Any) -> None:
    network, pixels = small_cnn(), random_photos(3)
    every = feature_maps(network, pixels, "conv1", count=8).maps
    found = feature_maps(network, pixels, "conv1", units=units)
    assert found.units == ((7, 0, 3),) * 3
    assert found.settings == {"layer": "conv1", "units": [7, 0, 3]}
    assert torch.equal(found.maps, every[:, [7, 0, 3]])


def test_the_strongest_have_the_largest_mean_each_image_its_own() -> None:
    network, pixels = small_cnn(), random_photos(3)
    pixels[1] = 1 - pixels[1]
    pixels[2, 0] = 0.95
    every = feature_maps(network, pixels, "relu", count=99).maps
    assert every.shape == (3, 8, 40, 56)
    found = feature_maps(network, pixels, "relu", pick="strongest", count=4)
    for image in range(3):
        means = [float(every[image, unit].mean()) for unit in range(8)]
        assert list(found.units[image]) == sorted(range(8), key=lambda unit: -means[unit])[:4]
        assert torch.equal(found.maps[image], every[image, list(found.units[image])])


def test_the_interesting_are_picked_for_each_image_by_its_own_maps() -> None:
    network, pixels = small_cnn(), random_photos(3)
    every = feature_maps(network, pixels, "relu#2", count=12).maps
    found = feature_maps(network, pixels, "relu#2", pick="interesting", count=5)
    for image in range(3):
        assert list(found.units[image]) == interesting(every[image], 5)
        assert torch.equal(found.maps[image], every[image, list(found.units[image])])


def test_nothing_behind_the_layer_is_run() -> None:
    network, calls = small_cnn(), []
    assert network.layers and network.scores(random_photos(1)).shape == (1, 5)
    handles = [part.register_forward_hook(lambda part, *_: calls.append(part)) for part in network.module.children()]
    feature_maps(network, random_photos(1), "norm")
    for handle in handles:
        handle.remove()
    assert network.module.conv1 in calls and network.module.relu not in calls


def test_without_a_layer_it_is_the_last_that_has_maps() -> None:
    assert feature_maps(small_cnn(), random_photos(1)).layer == "relu#2"


@pytest.mark.parametrize("channels", [1, 3])
def test_maps_keep_the_shape_of_the_photo(channels: int) -> None:
    network = small_cnn(channels=channels)
    assert feature_maps(network, random_photos(2, channels), "conv2").maps.shape == (2, 12, 10, 14)


def test_maps_with_the_channels_last_are_turned() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 4, stride=4)
            self.norm = nn.LayerNorm(6)
            self.head = nn.Linear(6, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.norm(self.conv(x).permute(0, 2, 3, 1)).mean((1, 2)))

    network = Network(Turned(), size=(40, 56))
    pixels = random_photos(2)
    found = feature_maps(network, pixels, "norm", units=[5, 1])
    assert (found.total, found.maps.shape) == (6, (2, 2, 10, 14))
    expected = network.module.norm(network.module.conv(pixels).permute(0, 2, 3, 1))[..., [5, 1]].permute(0, 3, 1, 2)
    torch.testing.assert_close(found.maps, expected.detach())
    with pytest.raises(UserError, match=r"units: 6; norm has units 0 to 5"):
        feature_maps(network, pixels, "norm", units=[6])


def test_a_transformers_tokens_are_laid_out_as_the_grid_they_came_from() -> None:
    module = timm.create_model("vit_tiny_patch16_224", img_size=(64, 96), num_classes=5, depth=2)
    network = Network(module.eval(), size=(64, 96), mean=[0.5] * 3, std=[0.5] * 3)
    pixels = random_photos(2, size=(64, 96))
    found = feature_maps(network, pixels, "blocks.0", units=[3])
    assert (found.total, found.maps.shape) == (192, (2, 1, 4, 6))
    tokens = network.read(pixels, "blocks.0")["blocks.0"].detach()
    assert found.maps[1, 0, 2, 5] == tokens[1, 1 + 2 * 6 + 5, 3]


def test_half_precision_is_shown_in_single() -> None:
    network = small_cnn()
    network.module.bfloat16()
    found = feature_maps(network, random_photos(1), "relu#2", pick="interesting", count=3)
    assert found.maps.dtype == torch.float32
    network.module.float()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_works_for_a_caller_without_gradients_and_a_frozen_network(mode: Any) -> None:
    network = small_cnn()
    network.module.requires_grad_(False)
    expected = feature_maps(network, random_photos(1), "conv1", pick="interesting")
    with mode():
        assert feature_maps(network, random_photos(1), "conv1", pick="interesting") == expected


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"count": 0}, "count is 0; it takes 1 or more"),
        ({"pick": "best"}, "pick is 'best'; it takes first | strongest | interesting"),
        ({"units": []}, "units: none given; conv1 has units 0 to 7"),
        ({"units": [2, -1]}, "units: -1; conv1 has units 0 to 7"),
        ({"units": "3, x"}, "units is '3, x'; it takes numbers with commas, such as 3, 18, 7"),
        ({"layer": "conv3"}, "closest: conv2, conv1"),
        ({"layer": "head"}, "no map that lies over the image"),
    ],
)
def test_bad_input_gets_one_clear_line(named: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        feature_maps(small_cnn(), random_photos(1), **({"layer": "conv1"} | named))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_network_without_maps_is_refused_by_name() -> None:
    network, _, _ = linear_network()
    with pytest.raises(UserError, match="linear has no layer with a map"):
        feature_maps(network, random_photos(1))
