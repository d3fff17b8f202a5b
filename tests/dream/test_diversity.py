import pytest
import torch
from torch import Tensor

from seethrough import dream
from seethrough.ascent.wish import Reading, Wish
from seethrough.dream.diversity import STRENGTH, different, likeness
from seethrough.networks.network import Network
from tests.nets import small_cnn


def brute_likeness(patterns: Tensor, siblings: int) -> list[float]:
    """Return the mean cosine with the siblings, pair by pair."""
    found = []
    for place in range(len(patterns)):
        family = range(place // siblings * siblings, place // siblings * siblings + siblings)
        cosines = [
            float(patterns[place] @ patterns[other] / patterns[place].norm() / patterns[other].norm())
            for other in family
            if other != place
        ]
        found.append(sum(cosines) / len(cosines))
    return found


@pytest.mark.parametrize("siblings", [2, 3, 6])
def test_likeness_is_the_mean_cosine_with_the_siblings(siblings: int) -> None:
    patterns = torch.randn(6, 7, generator=torch.Generator().manual_seed(siblings))
    torch.testing.assert_close(likeness(patterns, siblings), torch.tensor(brute_likeness(patterns, siblings)))
    torch.testing.assert_close(likeness(patterns * 1e6, siblings), likeness(patterns, siblings))
    assert likeness(patterns, 1).tolist() == [0.0] * 6


def reading_of(output: Tensor, views: int = 1) -> Reading:
    images = len(output) // views
    return Reading(torch.rand(images, 3, 4, 4), torch.arange(images), views, {"layer": output}, None)


@pytest.mark.parametrize("value", [20.0, 0.01, -3.0])
def test_the_cost_is_a_share_of_the_wish_whatever_its_size(value: float) -> None:
    wish = Wish(lambda reading: torch.full((len(reading.images),), value), ("other",))
    alike = torch.rand(1, 5, 3, 4).expand(2, -1, -1, -1)
    found = different(wish, "layer", 2)
    assert found.together and found.layers == ("other", "layer") and not found.scores
    expected = value - STRENGTH * abs(value)
    torch.testing.assert_close(found.read(reading_of(alike)), torch.full((2,), expected))
    weak = different(wish, "layer", 2, strength=0.1)
    torch.testing.assert_close(weak.read(reading_of(alike)), torch.full((2,), value - 0.1 * abs(value)))


def test_siblings_of_which_no_channels_are_alike_cost_nothing() -> None:
    wish = Wish(lambda reading: torch.ones(len(reading.images)))
    apart = torch.zeros(2, 4, 3, 3)
    apart[0, 0], apart[1, 2] = 1, 1
    assert different(wish, "layer", 2).read(reading_of(apart)).tolist() == [1.0, 1.0]


def test_maps_tokens_and_vectors_are_compared_by_hand() -> None:
    wish = Wish(lambda reading: torch.ones(len(reading.images)))
    maps = torch.randn(4, 5, 3, 2, generator=torch.Generator().manual_seed(0))
    gram = torch.stack([one.flatten(1) @ one.flatten(1).T for one in maps]).flatten(1)
    expected = 1 - STRENGTH * torch.tensor(brute_likeness(gram, 2))
    torch.testing.assert_close(different(wish, "layer", 2).read(reading_of(maps)), expected)
    tokens = maps.flatten(2).transpose(1, 2)
    torch.testing.assert_close(different(wish, "layer", 2).read(reading_of(tokens)), expected)
    vectors = maps.flatten(1)
    by_hand = 1 - STRENGTH * torch.tensor(brute_likeness(vectors, 2))
    torch.testing.assert_close(different(wish, "layer", 2).read(reading_of(vectors)), by_hand)
    # Several views of an image are one image.
    views = torch.stack([one.flatten(1) @ one.flatten(1).T for one in maps]).view(2, 2, 25).sum(1)
    seen = 1 - STRENGTH * torch.tensor(brute_likeness(views, 2))
    torch.testing.assert_close(different(wish, "layer", 2).read(reading_of(maps, views=2)), seen)


def alike(network: Network, images: Tensor, siblings: int) -> float:
    maps = network.read(images, "conv2")["conv2"].detach().flatten(2)
    return sum(brute_likeness((maps @ maps.transpose(1, 2)).flatten(1), siblings)) / len(images)


@pytest.mark.parametrize("what", ["class", "unit"])
def test_siblings_differ_more_than_without_it(what: str) -> None:
    network = small_cnn()
    named = {"recipe": "natural", "steps": 40, "spectrum": 0.0}
    if what == "class":
        without = dream.class_(network, [2, 2, 2], **named)
        within = dream.class_(network, 2, diversity=3, **named)
    else:
        without = dream.unit(network, ["conv2:3"] * 3, **named)
        within = dream.unit(network, "conv2:3", diversity=3, **named)
    assert len(without) == len(within) == 3
    assert alike(network, within.images, 3) < alike(network, without.images, 3) - 0.002


def test_with_one_image_a_pass_they_are_compared_all_the_same() -> None:
    network = small_cnn()
    named = {"diversity": 3, "recipe": "natural", "steps": 5}
    one, many = (dream.class_(network, [1, 2], batch=batch, **named) for batch in (1, 6))
    assert torch.equal(one.images, many.images)
    apart = dream.class_(network, [1, 1, 1, 2, 2, 2], recipe="natural", steps=5)
    assert not torch.equal(apart.images, many.images)
