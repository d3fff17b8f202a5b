"""Scores by cone are those of full passes: random networks, the bundled ones, and others by torchvision."""

import random
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from seethrough import load, photo
from seethrough.networks.cone import cone_of
from seethrough.networks.cone.cone import Cone
from seethrough.networks.network import Network
from seethrough.networks.zoo import FAMILIES


def by_full_passes(network: Network, image: Tensor, patches: Tensor, tops: Tensor, lefts: Tensor) -> Tensor:
    full = image.repeat(len(patches), 1, 1, 1)
    for place, (top, left) in enumerate(zip(tops.tolist(), lefts.tolist(), strict=True)):
        full[place, :, top : top + patches.shape[-2], left : left + patches.shape[-1]] = patches[place]
    with torch.inference_mode():
        return network.scores(full)


def places_of(image: Tensor, tall: int, wide: int, count: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Return patches at random places, the four corners among them."""
    stream = torch.Generator().manual_seed(seed)
    height, width = image.shape[-2] - tall, image.shape[-1] - wide
    tops = torch.cat([torch.tensor([0, 0, height, height]), torch.randint(0, height + 1, (count,), generator=stream)])
    lefts = torch.cat([torch.tensor([0, width, 0, width]), torch.randint(0, width + 1, (count,), generator=stream)])
    patches = torch.rand(len(tops), image.shape[1], tall, wide, generator=stream).to(image)
    return patches, tops, lefts


def cone(network: Network, image: Tensor) -> Cone:
    found = cone_of(network, image)
    assert found is not None
    return found


def assert_same(network: Network, image: Tensor, tall: int, wide: int, count: int = 12, near: float = 1e-4) -> None:
    patches, tops, lefts = places_of(image, tall, wide, count)
    found = cone(network, image).scores(patches, tops, lefts)
    right = by_full_passes(network, image, patches, tops, lefts)
    assert float((found - right).abs().max()) <= near * max(float(right.abs().max()), 1.0)


class Block(nn.Module):
    """Layers in a row with what goes past them: added, side by side, or not at all."""

    def __init__(self, layers: nn.Module, way: str) -> None:
        super().__init__()
        self.layers, self.way = layers, way

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        if self.way == "add":
            return functional.relu(x + y)
        if self.way == "in place":
            y += x
            return y.clamp_(0, 3)
        return torch.cat([y, x], 1)


def random_layer(chance: random.Random, channels: int) -> tuple[nn.Module, int]:
    kind = chance.choice(
        ["conv", "depthwise", "grouped", "max", "mean", "norm", "relu", "local", "point", "block", "border"]
    )
    kernel, stride = chance.choice([1, 2, 3, 5]), chance.choice([1, 1, 2, 3])
    padding, dilation = chance.randrange(0, 3), chance.choice([1, 1, 2])
    out = chance.choice([4, 6, 8])
    if kind == "conv":
        return nn.Conv2d(channels, out, kernel, stride, padding, dilation, bias=chance.random() < 0.5), out
    if kind == "depthwise":
        return nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels), channels
    if kind == "grouped":
        return nn.Conv2d(channels, out, kernel, stride, padding, groups=2), out
    if kind == "max":
        return nn.MaxPool2d(3, chance.choice([1, 2]), chance.choice([0, 1]), ceil_mode=chance.random() < 0.5), channels
    if kind == "mean":
        return nn.AvgPool2d(
            2, chance.choice([1, 2]), chance.choice([0, 1]), count_include_pad=chance.random() < 0.7
        ), channels
    if kind == "norm":
        return nn.BatchNorm2d(channels), channels
    if kind == "relu":
        return chance.choice([nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.SiLU(), nn.Hardswish()]), channels
    if kind == "local":
        return nn.LocalResponseNorm(3, alpha=0.1), channels
    if kind == "border":
        return nn.ZeroPad2d((1, 0, 2, 1)), channels
    if kind == "point":
        return nn.Sequential(nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)), out
    way = chance.choice(["add", "in place", "beside"])
    inner = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))
    return Block(inner, way), channels * (2 if way == "beside" else 1)


def random_network(seed: int) -> tuple[Network, Tensor]:
    chance = random.Random(seed)
    torch.manual_seed(seed)
    height, width = chance.choice([(40, 56), (33, 47), (48, 32)])
    image = torch.rand(1, 3, height, width)
    layers: list[nn.Module] = [nn.Conv2d(3, 4, 3, chance.choice([1, 2]), 1)]
    channels = 4
    for _ in range(chance.randrange(2, 9)):
        layer, out = random_layer(chance, channels)
        try:
            with torch.no_grad():
                if min(nn.Sequential(*layers, layer).eval()(image).shape[-2:]) < 3:
                    continue
        except RuntimeError:
            continue
        layers.append(layer)
        channels = out
    with torch.no_grad():
        maps = nn.Sequential(*layers).eval()(image)
    if chance.random() < 0.5:
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(channels, 7)]
    else:
        layers += [nn.Flatten(), nn.Linear(maps[0].numel(), 7)]
    module = nn.Sequential(*layers).eval()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.5, 0.5)  # type: ignore[arg-type]
            nn.init.uniform_(part.running_var, 0.5, 2)  # type: ignore[arg-type]
            nn.init.uniform_(part.weight, -1.5, 1.5)
            nn.init.uniform_(part.bias, -0.5, 0.5)
    return Network(module, size=(height, width), mean=[0.4, 0.5, 0.6], std=[0.2, 0.3, 0.25]), image


@pytest.mark.parametrize("seed", range(120))
def test_a_random_network_gives_the_scores_of_full_passes(seed: int) -> None:
    network, image = random_network(seed)
    chance = random.Random(seed)
    assert_same(network, image, chance.choice([1, 5, 9]), chance.choice([1, 6, 11]))


@pytest.mark.parametrize("name", ["mnist-cnn", "mnist-cnn-bn", "cifar10-cnn-bn", "cifar10-best", "cifar10-linear"])
def test_the_small_networks_give_the_scores_of_full_passes(name: str) -> None:
    network = load(name, device="cpu")
    assert_same(network, network.frame(photo("cat")), 5, 7)


def test_the_bundled_network_gives_the_scores_of_full_passes() -> None:
    network = load("efficientnet-lite0", device="cpu")
    assert_same(network, network.frame(photo("coffee")), 32, 32, count=4)


@pytest.mark.parametrize(
    "name",
    ["squeezenet1_0", "resnet18", "vgg11", "alexnet", "mobilenet_v3_small", "shufflenet_v2_x0_5", "convnext_tiny"],
)
def test_networks_of_torchvision_give_the_scores_of_full_passes(name: str) -> None:
    torch.manual_seed(0)
    module = getattr(torchvision.models, name)(weights=None).eval()
    network = Network(
        module, size=112 if name != "alexnet" else 224, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]
    )
    assert_same(network, torch.rand(1, 3, *network.size), 24, 24, count=2)


def test_the_historic_alexnet_gives_the_scores_of_full_passes() -> None:
    from seethrough.networks.alexnet_caffe import AlexNetCaffe

    assert "alexnet-caffe" in FAMILIES
    torch.manual_seed(0)
    network = Network(AlexNetCaffe().eval(), size=227, mean=[0.5] * 3, std=[0.01] * 3)
    assert_same(network, torch.rand(1, 3, 227, 227), 32, 32, count=2)


def test_a_transformer_is_followed_too_or_refused_but_never_wrong() -> None:
    torch.manual_seed(0)
    network = Network(torchvision.models.vit_b_16(weights=None).eval(), size=224)
    found = cone_of(network, torch.rand(1, 3, 224, 224))
    if found is not None:
        assert_same(network, torch.rand(1, 3, 224, 224), 32, 32, count=1)


def test_double_precision_agrees_to_its_own_rounding() -> None:
    network, image = random_network(3)
    network.module.double()
    assert_same(network, image.double(), 5, 6, near=1e-10)


def test_what_depends_on_the_image_in_python_is_refused() -> None:
    class Fickle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = nn.Linear(300, 4), nn.Linear(300, 4)

        def forward(self, x: Tensor) -> Tensor:
            flat = x.flatten(1)
            return self.one(flat) if len(x) == 1 else self.other(flat)

    torch.manual_seed(0)
    assert cone_of(Network(Fickle(), size=10), torch.rand(1, 3, 10, 10)) is None


def test_the_module_is_left_as_it_was() -> None:
    network, image = random_network(5)
    network.module.train()
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    found = cone(network, image)
    found.scores(*places_of(image, 5, 5, 3))
    assert network.module.training
    assert all(value.equal(before[name]) for name, value in network.module.state_dict().items())
    assert not any(part._forward_hooks for part in network.module.modules())


def test_only_the_cone_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two 3 x 3 convolutions: a window of 4 pixels grows to 6, then 8; nothing of the other 64 is computed."""
    sizes: list[tuple[int, ...]] = []
    plain = functional.conv2d

    def watched(patch: Tensor, *rest: Any) -> Tensor:
        found = plain(patch, *rest)
        sizes.append(tuple(found.shape[-2:]))
        return found

    module = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    network = Network(module.eval().double(), size=64, channels=1)
    found = cone(network, torch.rand(1, 1, 64, 64).double())
    monkeypatch.setattr(functional, "conv2d", watched)
    found.scores(torch.rand(1, 1, 4, 4).double(), torch.tensor([20]), torch.tensor([30]))
    assert sizes == [(6, 6), (8, 8)]
