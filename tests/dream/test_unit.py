"""Unit dreams: what is said to be reached is what the image does, and a value that is asked for is met or flagged."""

import random
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough import dream
from seethrough.dream.paint import photographs
from seethrough.dream.recipes import RECIPES
from seethrough.dream.unit import NEAR, SETTLING
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit
from seethrough.results.dream import CLOSE, Dream
from tests.nets import linear_network, random_photos, small_cnn


def acts(network: Network, images: Tensor, layer: str) -> Tensor:
    """Return what a layer gives for each image [B, units], maps as their means, in torch's own way."""
    kept: list[Tensor] = []
    handle = network.module.get_submodule(layer).register_forward_hook(
        lambda _, __, output: kept.append(output.clone())  # what follows may work in place
    )
    with torch.no_grad():
        network(images)
    handle.remove()
    return kept[-1].mean((2, 3)) if kept[-1].ndim == 4 else kept[-1]


def test_what_is_reached_is_what_the_image_returned_does() -> None:
    network = small_cnn()
    found = dream.unit(network, ["conv2:3", "conv1:1", "head:2", "conv2:7@4,5"], steps=6)
    assert found.reached[0] == pytest.approx(float(acts(network, found.images, "conv2")[0, 3]), rel=1e-5)
    assert found.reached[1] == pytest.approx(float(acts(network, found.images, "conv1")[1, 1]), rel=1e-5)
    assert found.reached[2] == pytest.approx(float(network(found.images)[2, 2]), rel=1e-5)
    assert found.reached[3] == pytest.approx(float(network.read(found.images, "conv2")["conv2"][3, 7, 4, 5]), rel=1e-5)
    assert found.wishes == ("conv2:3", "conv1:1", "head:2", "conv2:7@4,5")
    assert found.wanted is None and found.probabilities is None
    assert found.close() == [True] * 4


def test_every_kind_of_unit_is_excited() -> None:
    network = small_cnn()
    wanted = ["conv2:3", "conv2:7@4,5", "head:2"]
    before = dream.unit(network, wanted, steps=0, recipe="neuron")
    after = dream.unit(network, wanted, steps=15, recipe="neuron")
    assert (after.reached > before.reached + 0.01).all()


def test_a_unit_can_be_given_as_an_object_alone_and_in_a_list() -> None:
    network = small_cnn()
    expected = dream.unit(network, "conv2:3", steps=2)
    for same in (Unit("conv2", 3), [Unit("conv2", 3)], ["conv2:3"]):
        assert dream.unit(network, same, steps=2) == expected


def test_a_neuron_at_one_place_is_not_looked_at_through_crops() -> None:
    network = small_cnn()
    assert dream.unit(network, "conv2:3", steps=1).settings["recipe"] == "painted"
    placed = dream.unit(network, ["conv2:3@4,5", "conv2:3"], steps=1)
    assert placed.settings["recipe"] == "neuron"
    # What changes is about that place: the units elsewhere in the map hardly rise.
    found = dream.unit(network, "conv2:3@2,2", steps=20, canvas="pixels", start="mean", noise=0.0)
    moved = (found.images[0] - 0.45).abs().sum(0)
    assert moved[:20, :20].sum() > 5 * moved[20:, 20:].sum()


# A value that is asked for


def test_units_of_every_layer_of_the_real_network_come_to_the_value_or_are_flagged() -> None:
    network = seethrough.load()
    chance = random.Random(7)
    layers = [layer for layer in network.layers.values() if layer.family and layer.spatial]
    picked = [chance.choice(layers) for _ in range(16)] + [network.layers["classifier"]] * 4
    units = [Unit(layer.name, chance.randrange(layer.units)) for layer in picked]
    photos = photographs(network)
    found = network.read(photos, list({unit.layer for unit in units}))
    # As much as the bundled photo that excites it most.
    values = [float(unit.activation(found[unit.layer]).detach().max()) for unit in units]
    result = dream.unit(network, units, value=values, steps=2)
    checked = network.read(result.images, list(found))
    reached = torch.stack([unit.activation(checked[unit.layer])[place] for place, unit in enumerate(units)]).detach()
    torch.testing.assert_close(result.reached, reached, rtol=1e-3, atol=1e-5)
    near = [abs(float(one) - value) <= 0.05 * abs(value) for one, value in zip(reached, values, strict=True)]
    assert sum(near) >= 18
    assert result.close() == near
    for place, there in enumerate(near):
        assert ("NOT reached" in result.say(place)) != there


@pytest.mark.parametrize("canvas", ["fourier", "pixels", "phase"])
def test_on_a_small_network_the_value_is_met_by_an_independent_computation(canvas: str) -> None:
    network = small_cnn()
    photos = random_photos(8, seed=5)
    units, values = ["conv2:3", "conv2:8", "head:1", "head:4"], []
    for unit in units:
        layer, _, index = unit.partition(":")
        low, high = acts(network, photos, layer)[:, int(index)].aminmax()
        values.append(float(high + (high - low)))  # more than any of the photos
    found = dream.unit(network, units, value=values, steps=5, canvas=canvas, decay=0.0)
    assert found.wanted.tolist() == pytest.approx(values)
    for place, unit in enumerate(units):
        layer, _, index = unit.partition(":")
        reached = float(acts(network, found.images, layer)[place, int(index)])
        assert found.reached[place] == pytest.approx(reached, rel=1e-4)
        assert found.close()[place] == (abs(reached - values[place]) <= CLOSE * abs(values[place]))
        assert found.close()[place], unit


def test_a_caller_in_inference_mode_gets_the_same_value() -> None:
    network, photo = small_cnn(), random_photos(1)
    named: dict[str, Any] = {"value": [0.5, 1.0], "steps": 2, "recipe": "simonyan"}
    expected = dream.unit(network, ["conv2:3", "head:1"], start=photo, **named)
    with torch.inference_mode():
        found = dream.unit(network, ["conv2:3", "head:1"], start=photo.clone(), **named)
    assert torch.equal(found.images, expected.images) and found.close() == expected.close()


@pytest.mark.parametrize("value", [0.0, 3.5, -20.0])
def test_a_value_of_either_sign_or_none_is_met_and_no_more(value: float) -> None:
    network, weights, bias = linear_network()
    found = dream.unit(network, "1:2", value=value, steps=3)
    by_hand = (found.images * weights[2]).sum() + bias[2]
    assert float(by_hand) == pytest.approx(value, abs=max(NEAR * abs(value), 2e-4))
    assert found.close() == [True]


def test_a_value_is_met_by_a_unit_behind_a_channel_that_is_blocked_everywhere() -> None:
    class Blocked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.relu = nn.Conv2d(3, 4, 3), nn.ReLU()
            self.own, self.norm, self.again = nn.Conv2d(4, 4, 3, groups=4), nn.BatchNorm2d(4), nn.ReLU6()
            self.head = nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = self.again(self.norm(self.own(self.relu(self.conv(x)))))
            return self.head(x.mean((2, 3)))

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = Blocked().eval()
        for part, bias in ((module.conv, -1.5), (module.own, -0.01)):
            part.weight.data.abs_()
            part.bias.data.fill_(bias)
    network = Network(module, size=(24, 32), mean=0.5, std=0.25, name="blocked")
    photo = torch.full((1, 3, 24, 32), 0.45)
    assert acts(network, photo, "relu").amax() == 0 and acts(network, photo, "again").amax() == 0
    for unit in ("own:1", "again:2"):
        found = dream.unit(network, unit, value=0.05, start=photo, steps=0)
        assert found.close() == [True], unit


def test_values_that_cannot_be_are_flagged() -> None:
    class Held(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.relu, self.head = nn.Conv2d(3, 4, 3), nn.ReLU6(), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.relu(self.conv(x)).mean((2, 3)))

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(Held(), size=(24, 32), name="held")
    found = dream.unit(network, ["relu:0", "relu:1", "relu:2"], value=[-1.0, 7.0, 0.2], steps=4)
    assert found.close() == [False, False, True]
    said = [found.say(place) for place in range(3)]
    assert ["NOT reached" in one for one in said] == [True, True, False]
    assert "wanted -1, NOT reached" in found.line() and "wanted 7, NOT reached" in found.line()
    assert found.title(1).endswith("of 7: not reached") and found.title(2).endswith("of 0.2")


def test_each_unit_has_its_own_value_or_all_have_one() -> None:
    network = small_cnn()
    found = dream.unit(network, ["head:1", "head:2"], value=[0.3, 0.6], steps=2, diversity=2)
    assert found.wanted.tolist() == pytest.approx([0.3, 0.3, 0.6, 0.6])
    assert found.wishes == ("head:1", "head:1", "head:2", "head:2")
    assert dream.unit(network, ["head:1", "head:2"], value=0.3, steps=1).wanted.tolist() == pytest.approx([0.3, 0.3])
    assert found.settings["value"] == [0.3, 0.6]
    again = dream.unit(network, **found.settings)
    assert torch.equal(again.images, found.images)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1.0, 2.0, 3.0], "value: 3 given for 2 units; give one, or one for each"),
        (float("nan"), "value is nan; it takes numbers"),
        ([1.0, float("inf")], "it takes numbers"),
    ],
)
def test_wrong_values_are_refused_in_one_line(value: Any, words: str) -> None:
    with pytest.raises(UserError) as caught:
        dream.unit(small_cnn(), ["head:1", "head:2"], value=value, steps=1)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_photo_that_has_the_value_already_stays_as_it_is() -> None:
    network, photo = small_cnn(), random_photos(1)
    value = float(acts(network, photo, "conv2")[0, 3])
    found = dream.unit(network, "conv2:3", value=value, steps=0, start=photo)
    torch.testing.assert_close(found.images, photo, rtol=0, atol=1e-4)
    assert found.close() == [True] and found.trace.shape == (1, 1)


def test_a_dream_that_is_stopped_is_not_settled_and_says_that_its_value_is_not_reached() -> None:
    network = small_cnn()
    work = dream.unit.job(network, "head:2", value=50.0, steps=40)
    stops = iter([False, True])
    found: Dream = run(work, lambda step: next(stops))
    assert found.trace.shape == (1, 2)
    assert found.close() == [False] and "NOT reached" in found.line()


def test_the_curve_of_a_value_goes_on_through_the_settling() -> None:
    found = dream.unit(small_cnn(), ["conv2:3", "head:2"], value=[0.5, 1e5], steps=4)
    steps = (~found.trace.isnan()).sum(1).tolist()
    assert 4 < steps[0] < 4 + SETTLING and steps[1] == 4 + SETTLING == found.trace.shape[1]
    assert float(found.trace[0, steps[0] - 1]) > -(NEAR**2) * 1.01
    assert found.curve().axes


def test_units_of_several_layers_cannot_be_compared_with_one_another() -> None:
    with pytest.raises(UserError, match=r"diversity compares images at one layer; the units are of conv2, conv1"):
        dream.unit(small_cnn(), ["conv2:1", "conv1:1"], diversity=2, steps=1)
    assert len(dream.unit(small_cnn(), ["conv2:1", "conv2:2"], diversity=2, steps=1)) == 4
    assert RECIPES["neuron"].views == "nudges"
