"""The CAM family against each other, hand computations and the real network."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def by_hand(network: Network, image: torch.Tensor, score: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the maps after the last ReLU of the small network and d score / d maps, with torch's own functions."""
    module = network.module
    with torch.no_grad():
        x = module.pool(module.norm(module.conv1((image - 0.45) / 0.25)).relu())
        maps = module.conv2(x).relu()
    slope = module.head.weight[score].detach()[:, None, None].expand_as(maps[0]) / maps[0, 0].numel()
    return maps[0], slope


def test_grad_cam_is_the_weighted_sum_worked_out_by_hand() -> None:
    network, image = small_cnn(), random_photos(1)
    maps, slope = by_hand(network, image, 3)
    expected = (slope.mean((1, 2))[:, None, None] * maps).sum(0).relu()
    found = see.grad_cam(network, image, 3)
    torch.testing.assert_close(found.grid[0], expected)
    assert found.settings["layer"] == "relu#2"
    enlarged = functional.interpolate(expected[None, None], (40, 56), mode="bilinear", align_corners=False)[0, 0]
    torch.testing.assert_close(found.values[0], enlarged)


def test_grad_cam_pp_and_layer_cam_are_their_formulas() -> None:
    network, image = small_cnn(), random_photos(1)
    maps, slope = by_hand(network, image, 3)
    layered = (slope.relu() * maps).sum(0).relu()
    torch.testing.assert_close(see.layer_cam(network, image, 3).grid[0], layered)
    weights = torch.zeros(len(maps))
    for k in range(len(maps)):
        for y in range(maps.shape[1]):
            for x in range(maps.shape[2]):
                g = float(slope[k, y, x])
                below = 2 * g**2 + g**3 * float(maps[k].sum())
                weights[k] += (g**2 / below if below else 0.0) * max(g, 0.0)
    expected = (weights[:, None, None] * maps).sum(0).relu()
    torch.testing.assert_close(see.grad_cam_pp(network, image, 3).grid[0], expected)


def test_cam_adds_up_to_the_score_and_grad_cam_equals_it_up_to_a_factor() -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.cam(network, images, [1, 4])
    bias = network.module.head.bias.detach()[[1, 4]]
    scores = network(images).detach()[torch.arange(2), torch.tensor([1, 4])]
    torch.testing.assert_close(found.grid.mean((1, 2)) + bias, scores)
    graded = see.grad_cam(network, images, [1, 4]).grid
    torch.testing.assert_close(graded * graded[0].numel(), found.grid.relu())


def test_cam_is_refused_where_it_has_no_meaning() -> None:
    network, _, _ = linear_network()
    with pytest.raises(UserError, match="does not end in average pooling and one linear layer"):
        see.cam(network, random_photos(1))
    flattening = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 38 * 54, 5))
    with pytest.raises(UserError, match="CAM has no meaning"):
        see.cam(Network(flattening, size=(40, 56)), random_photos(1))
    squared = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 5))
    with pytest.raises(UserError, match="try grad-cam"):
        see.cam(Network(squared, size=(40, 56)), random_photos(1))


def test_the_sheet_explains_the_likeliest_classes_in_order() -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.cam_sheet(network, images, top=3)
    order = network(images).topk(3, dim=1).indices
    assert [target.index for target in found.targets] == order.flatten().tolist()
    torch.testing.assert_close(found.values[4], see.cam(network, images[1:], int(order[1, 1])).values[0])


def test_any_layer_with_a_map_may_be_read_and_others_are_refused() -> None:
    network, image = small_cnn(), random_photos(1)
    for layer, shape in (("conv1", (40, 56)), ("pool", (20, 28)), ("conv2", (10, 14))):
        assert see.grad_cam(network, image, 1, layer=layer).grid.shape[1:] == shape
    with pytest.raises(UserError, match=r"layer 'head' gives \[5\]: no map that lies over the image"):
        see.grad_cam(network, image, 1, layer="head")
    with pytest.raises(UserError, match="does not depend on it"):
        see.grad_cam(network, image, unit="conv1:2", layer="conv2")


def test_the_backward_pass_stops_at_the_layer() -> None:
    """A layer before the one asked for gets no graph at all, so nothing can flow there."""
    network, image = small_cnn(), random_photos(1)
    see.grad_cam(network, image, 1)
    graphs: list[bool] = []
    handle = network.module.conv1.register_forward_hook(
        lambda part, inputs, output: graphs.append(output.requires_grad)
    )
    see.grad_cam(network, image, 1)
    handle.remove()
    assert graphs and not any(graphs)


def test_a_transformers_default_layer_is_one_whose_every_place_counts() -> None:
    import timm

    module = timm.create_model("vit_tiny_patch16_224", depth=3).eval()
    network = Network(module, size=224, mean=0.5, std=0.5, name="vit")
    found = see.grad_cam(network, random_photos(1, size=(224, 224)))
    assert found.settings["layer"].startswith("blocks.2.")
    assert found.grid.shape == (1, 14, 14)


def test_grad_cam_parts_the_dog_from_the_cat(shared: Path) -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo(shared / "data" / "photos" / "cat_dog.png"))
    found = see.grad_cam(network, pixels.expand(2, -1, -1, -1), ["boxer", "tiger cat"])
    upper, lower = found.values[:, :112].sum((1, 2)), found.values[:, 112:].sum((1, 2))
    # The dog's head is in the upper half, the cat lies in the lower.
    assert upper[0] > 3 * lower[0] and lower[1] > 3 * upper[1]
    correlation = torch.corrcoef(found.values.flatten(1))[0, 1]
    assert correlation < 0.2


def test_on_the_bundled_network_grad_cam_is_cam_up_to_a_factor() -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo("coffee"))
    found, graded = see.cam(network, pixels), see.grad_cam(network, pixels)
    torch.testing.assert_close(graded.grid * 49, found.grid.relu(), rtol=1e-3, atol=1e-3)
