"""Redirected ReLUs: a dream of a unit that nothing excites where it begins takes off, and nothing else changes."""

import gc
import weakref
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.ascent.canvas import pixels
from seethrough.ascent.loop import ascend
from seethrough.ascent.redirect import redirect
from seethrough.ascent.stride import adam, unit_length
from seethrough.ascent.wish import Reading, Wish, unit
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit
from tests.nets import random_photos
from tests.networks.test_network import assert_same, snapshot
from tests.see.test_relu_rules import RELU6S, RELUS, Act


class Activation(nn.Module):
    def __init__(self, act: Act) -> None:
        super().__init__()
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        return self.act(x)


def behind(act: Act, bias: float, *more: nn.Module) -> Network:
    """Return a network whose convolution gives about its bias everywhere, then the activation, named "1", and more."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        conv, head = nn.Conv2d(3, 4, 3), nn.LazyLinear(2)
        conv.weight.data = conv.weight.data.abs() * 2  # the brighter the image, the more is given
        conv.bias.data.fill_(bias)
        module = nn.Sequential(conv, Activation(act), *more, nn.Flatten(), head)
        module(torch.zeros(1, 3, 8, 10))
    return Network(module, size=(8, 10), mean=0.5, std=0.25, name="blocked")


def grey_photos(count: int) -> Tensor:
    return random_photos(count, size=(8, 10)) * 0.1 + 0.45


def entered(network: Network, images: Tensor) -> Tensor:
    """Return the mean number of unit 1 before the activation."""
    return network.read(images, "0")["0"][:, 1].mean((1, 2)).detach()


UNIT = Unit("1", 1)


@pytest.mark.parametrize("written", RELUS)
def test_a_unit_that_is_blocked_everywhere_takes_off_only_if_redirected(written: str) -> None:
    network, images = behind(RELUS[written], -4.0), grey_photos(2)
    assert entered(network, images).max() < -1
    stuck = ascend(network, pixels(images), unit(UNIT), stride=unit_length(0.5), steps=30, redirected=0)
    assert torch.equal(stuck.images, images) and not stuck.trace.any()
    found = ascend(network, pixels(images), unit(UNIT), stride=unit_length(0.5), steps=30, redirected=30)
    assert (found.values > 0).all() and not found.trace[:, 0].any()


@pytest.mark.parametrize("written", RELU6S)
def test_relu6_is_left_at_both_ends(written: str) -> None:
    images = grey_photos(2)
    low, high = behind(RELU6S[written], -4.0), behind(RELU6S[written], 10.0)
    assert (ascend(low, pixels(images), unit(UNIT), stride=unit_length(0.5), steps=30).values > 0).all()
    down = -unit(UNIT)
    stuck = ascend(high, pixels(images), down, stride=unit_length(0.5), steps=30, redirected=0)
    assert torch.equal(stuck.images, images) and (stuck.values == -6).all()
    found = ascend(high, pixels(images), down, stride=unit_length(0.5), steps=30, redirected=30)
    assert (found.values > -6).all()


def test_by_hand_what_is_blocked_whole_is_led_out_in_the_right_direction_alone() -> None:
    entering = torch.tensor(
        [[-1.0, -2.0, -3.0], [-1.0, 2.0, -3.0], [7.0, 8.0, 9.0], [-1.0, 7.0, -2.0]], requires_grad=True
    )
    wanted = torch.tensor([[1.0, -2.0, 0.0], [1.0, 2.0, 4.0], [1.0, -2.0, 0.0], [3.0, 5.0, -1.0]])
    for act, expected in (
        (torch.relu, [[1, 0, 0], [0, 2, 0], [1, -2, 0], [0, 5, 0]]),
        (nn.ReLU6(), [[1, 0, 0], [0, 2, 0], [0, -2, 0], [3, 0, 0]]),
    ):
        output = act(entering)
        handles = redirect([output])
        (slope,) = torch.autograd.grad((output * wanted).sum(), entering)
        assert slope.tolist() == expected
        for handle in handles:
            handle.remove()


def test_an_image_that_is_not_blocked_gets_exactly_its_ordinary_slope() -> None:
    network = behind(torch.relu, -4.0)
    images = grey_photos(3)
    images[1, :, 2:5, 3:6] = 1  # what excites the unit, in one place
    open_now = (network.read(images, "1")["1"][:, 1].flatten(1) > 0).any(1).tolist()
    assert open_now == [False, True, False]

    def slope(redirected: bool) -> Tensor:
        leaf = images.clone().requires_grad_()
        output = network.run(leaf, ["1"], stop=True, plain=True)[1]["1"]
        handles = redirect([output]) if redirected else []
        (found,) = torch.autograd.grad(output[:, 1].mean((1, 2)).sum(), leaf)
        for handle in handles:
            handle.remove()
        return found

    ordinary, led = slope(False), slope(True)
    assert torch.equal(led[1], ordinary[1]) and ordinary[1].any()
    assert not ordinary[[0, 2]].any() and led[0].any() and led[2].any()


@pytest.mark.parametrize(
    "between",
    [
        (nn.MaxPool2d(2),),
        (nn.AvgPool2d(2),),
        (nn.AdaptiveAvgPool2d(2),),
        (nn.Identity(),),
        (nn.Dropout(),),
        (nn.MaxPool2d(2), nn.Flatten(2)),
    ],
    ids=str,
)
def test_the_relu_is_found_behind_pooling_and_reshaping(between: tuple[nn.Module, ...]) -> None:
    network, images = behind(nn.ReLU(inplace=True), -4.0, *between), grey_photos(1)
    layer = str(1 + len(between))
    wish = Wish(lambda reading: reading.layers[layer].flatten(2)[:, 1].mean(1), (layer,))
    found = ascend(network, pixels(images), wish, stride=unit_length(0.5), steps=30, redirected=30)
    assert not found.trace[:, 0].any() and (found.values > 0).all()


def test_through_one_blocked_relu_behind_another_by_hand() -> None:
    entering = torch.tensor([[-1.0, -2.0], [3.0, -2.0], [-1.0, -1.0]]).view(3, 2, 1, 1).requires_grad_()
    weight, bias = torch.tensor([2.0, -3.0]).view(2, 1, 1, 1), torch.tensor([-1.0, -1.0])  # each channel for itself

    def slopes(redirected: bool) -> list[list[float]]:
        output = functional.conv2d(entering.relu(), weight, bias, groups=2).relu()
        handles = redirect([output]) if redirected else []
        (found,) = torch.autograd.grad((output * torch.tensor([1.0, 1.0]).view(2, 1, 1)).sum(), entering)
        for handle in handles:
            handle.remove()
        return found.flatten(1).tolist()

    # The first and the third are blocked twice: up by 1 after, so up by 2 before; the other channel would have to go down.
    assert slopes(False) == [[0, 0], [2, 0], [0, 0]]
    assert slopes(True) == [[2, 0], [2, 0], [2, 0]]


@pytest.mark.parametrize("between", [(), (nn.BatchNorm2d(4).eval(),), (nn.ZeroPad2d(1),)], ids=str)
def test_a_dream_takes_off_through_two_blocked_relus(between: tuple[nn.Module, ...]) -> None:
    alone = nn.Conv2d(4, 4, 3, groups=4)  # depthwise
    alone.weight.data = torch.rand(4, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    alone.bias.data.fill_(-0.5)
    network, images = behind(nn.ReLU(), -4.0, alone, *between, nn.ReLU6()), grey_photos(2)
    layer = str(3 + len(between))
    climbs: dict[str, Any] = {"stride": unit_length(0.5), "steps": 40}
    stuck = ascend(network, pixels(images), unit(Unit(layer, 1)), redirected=0, **climbs)
    assert torch.equal(stuck.images, images) and not stuck.trace.any()
    assert (ascend(network, pixels(images), unit(Unit(layer, 1)), redirected=40, **climbs).values > 0).all()


def test_a_layer_that_no_relu_made_is_left_alone() -> None:
    network = behind(torch.sigmoid, -4.0)
    leaf = grey_photos(1).requires_grad_()
    layers = network.run(leaf, ["0", "1"], stop=True)[1]
    assert redirect(layers.values()) == []
    summed = (leaf.relu() + leaf).relu().sum(1) * leaf.sigmoid()  # made by a product
    assert redirect([summed]) == []
    assert redirect([torch.zeros(2)]) == []


def test_only_the_first_steps_are_redirected() -> None:
    network, images = behind(torch.relu, -4.0), grey_photos(1)

    def reached(steps: int) -> float:
        short = ascend(network, pixels(images), unit(UNIT), stride=unit_length(0.05), steps=8, redirected=steps)
        return float(entered(network, short.images))

    begin = float(entered(network, images))
    assert reached(0) == begin
    assert begin < reached(1) < reached(3) < reached(8) == reached(20)


def test_several_views_of_a_blocked_unit_are_led_out_too() -> None:
    from seethrough.ascent.jitter import Jitter, shift

    network, images = behind(torch.relu, -4.0), grey_photos(2)
    jitter = Jitter((shift(1),), 0.01, 3)
    found = ascend(network, pixels(images), unit(UNIT), stride=unit_length(0.5), steps=30, redirected=30, jitter=jitter)
    assert (found.values > 0).all()


def test_a_unit_in_the_middle_of_the_real_network_takes_off() -> None:
    import seethrough

    network = seethrough.load()
    grey = torch.full((1, 3, *network.size), 0.5)
    layers = [name for name, layer in network.layers.items() if layer.kind == "ReLU6"]
    layer = layers[len(layers) // 2]
    blocked = (network.read(grey, layer)[layer][0].flatten(1).amax(1) == 0).nonzero()[:, 0].tolist()
    wanted = Unit(layer, blocked[0])
    stuck = ascend(network, pixels(grey), unit(wanted), stride=adam(0.02), steps=3, redirected=0)
    assert torch.equal(stuck.images, grey)
    found = ascend(network, pixels(grey), unit(wanted), stride=adam(0.02), steps=12)
    assert found.values[0] > 0


def test_hooks_do_not_stay_and_the_graph_is_freed() -> None:
    class Held:
        pass

    network, images = behind(nn.ReLU(), -4.0), grey_photos(1)
    before = snapshot(network)
    kept: list[weakref.ref[Held]] = []

    def read(reading: Reading) -> Tensor:
        output, held = reading.layers["1"], Held()
        if output.grad_fn is not None:
            kept.append(weakref.ref(held))
            output.grad_fn.metadata["held"] = held  # lives as long as the ReLU in the graph
        return output[:, 1].mean((1, 2))

    gc.disable()  # at once, not when someone sweeps
    try:
        ascend(network, pixels(images), Wish(read, ("1",)), stride=unit_length(0.1), steps=4)
        assert len(kept) == 4 and all(held() is None for held in kept)
    finally:
        gc.enable()
    assert_same(before, snapshot(network))
