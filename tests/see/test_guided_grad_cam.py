from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn


@pytest.mark.parametrize("layer", [None, "relu", "conv2"])
def test_it_is_guided_backprop_times_grad_cam_enlarged(layer: str | None) -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.guided_grad_cam(network, images, [1, 3], layer=layer)
    outlines, places = see.guided_backprop(network, images, [1, 3]), see.grad_cam(network, images, [1, 3], layer=layer)
    torch.testing.assert_close(found.grid, places.grid)
    enlarged = functional.interpolate(places.grid[:, None], (40, 56), mode="bilinear", align_corners=False)
    torch.testing.assert_close(found.raw, outlines.raw * enlarged)
    torch.testing.assert_close(found.values, (outlines.raw * enlarged).abs().max(1).values)
    assert found.settings["layer"] == places.settings["layer"] and found.method == "see.guided_grad_cam"
    assert (found.raw < 0).any() and not found.signed


def test_the_photo_of_a_dog_and_a_cat_is_told_apart_by_class(shared: Path) -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo(shared / "data" / "photos" / "cat_dog.png")).repeat(2, 1, 1, 1)
    classes = ["boxer", "tiger cat"]

    def upper(values: torch.Tensor) -> list[float]:
        return (values[:, :112].sum((1, 2)) / values.sum((1, 2))).tolist()

    boxer, cat = upper(see.guided_grad_cam(network, pixels, classes).values)
    assert boxer > 0.8 and cat < 0.4  # the dog's head is above the middle, the cat below
    boxer, cat = upper(see.guided_backprop(network, pixels, classes).values)
    assert abs(boxer - cat) < 0.3  # what guided backprop alone cannot do


def test_wrong_layers_and_networks_are_refused() -> None:
    network, images = small_cnn(), random_photos(1)
    with pytest.raises(UserError, match="layer of small-cnn 'conv3' is not known; closest: conv"):
        see.guided_grad_cam(network, images, layer="conv3")
    with pytest.raises(UserError, match="layer 'head' gives"):
        see.guided_grad_cam(network, images, layer="head")
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    with pytest.raises(UserError, match=r"are for ReLU networks; swish uses SiLU \(layer 1\)"):
        see.guided_grad_cam(Network(module, size=(40, 56), name="swish"), images)
