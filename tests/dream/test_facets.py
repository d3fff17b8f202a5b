from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seethrough import dream
from seethrough.dream.facets import clusters
from seethrough.errors import UserError
from tests.nets import random_photos, small_cnn


def spread(codes: Tensor, belongs: Tensor, count: int) -> float:
    """Return the sum of squares about the means of the clusters."""
    own = [codes[belongs == one] for one in range(count)]
    return float(sum((part - part.mean(0)).square().sum() for part in own if len(part)))


def best_spread(codes: Tensor, count: int) -> float:
    """Try every way to sort the codes into clusters."""
    ways = (torch.tensor(way) for way in product(range(count), repeat=len(codes)))
    return min(spread(codes, way, count) for way in ways)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [1, 2, 3])
def test_groups_that_lie_apart_are_found_as_by_trying_every_way(seed: int, count: int) -> None:
    stream = torch.Generator().manual_seed(seed)
    places = torch.randn(count, 4, generator=stream) * 20
    which = torch.tensor([0, 1, 2, 0, 1, 2, 0]) % count
    codes = places[which] + torch.randn(7, 4, generator=stream) * 0.5
    belongs, middles = clusters(codes, count, seed)
    assert spread(codes, belongs, count) == pytest.approx(best_spread(codes, count), rel=1e-4)
    for one in range(count):
        torch.testing.assert_close(middles[one], codes[belongs == one].mean(0))
    # The same photos are together, whatever the clusters are called.
    assert torch.equal(belongs[:, None] == belongs[None], which[:, None] == which[None])


@pytest.mark.parametrize("seed", range(10))
def test_no_code_lies_nearer_to_another_middle_than_to_its_own(seed: int) -> None:
    codes = torch.rand(20, 3, generator=torch.Generator().manual_seed(seed))
    belongs, middles = clusters(codes, 4, seed)
    far = (codes[:, None] - middles[None]).norm(dim=2)
    assert torch.equal(far.argmin(1), belongs)
    assert sorted(belongs.unique().tolist()) == [0, 1, 2, 3]
    assert spread(codes, belongs, 4) < 0.7 * spread(codes, torch.zeros(20), 1)
    again = clusters(codes, 4, seed)
    assert torch.equal(again[0], belongs) and torch.equal(again[1], middles)


def test_equal_codes_are_one_cluster_and_leave_the_codes_alone() -> None:
    codes = torch.ones(5, 3)
    belongs, middles = clusters(codes, 2, 0)
    assert len(belongs.unique()) == 1 and middles.isfinite().all()
    assert torch.equal(codes, torch.ones(5, 3))


def two_kinds() -> Tensor:
    """Return dark photos with lines down and bright ones with lines across, in turn."""
    photos = random_photos(8) * 0.1
    photos[::2, :, :, ::4] += 0.3
    photos[1::2, :, ::4, :] += 0.8
    return photos


@pytest.mark.parametrize("wish", [{"classes": 2}, {"unit": "conv2:3"}, {"unit": "conv2:3@4,5"}, {"unit": "head:2"}])
def test_by_hand_they_begin_as_the_means_of_the_photos_nearest_to_their_middles(wish: dict[str, Any]) -> None:
    network, photos = small_cnn(), two_kinds()
    found = dream.facets(network, photos, count=2, nearest=2, steps=0, seed=1, **wish)
    maps, scores = network.read(photos, "conv2")["conv2"].detach(), network(photos).detach()
    codes = functional.normalize(maps.relu().mean((2, 3)), dim=1)
    placed = "@" in wish.get("unit", "")
    excites = (
        maps[:, 3, 4, 5] if placed else maps[:, 3].mean((1, 2)) if "conv" in wish.get("unit", "") else scores[:, 2]
    )
    most = sorted(range(8), key=lambda place: -float(excites[place]))[:4]
    belongs, middles = clusters(codes[most], 2, 1)
    expected = []
    for one in range(2):
        own = [photo for photo, cluster in zip(most, belongs.tolist(), strict=True) if cluster == one]
        near = sorted(own, key=lambda photo: float((codes[photo] - middles[one]).norm()))[:2]
        expected.append(photos[near].mean(0))
    torch.testing.assert_close(found.starts, torch.stack(expected))
    torch.testing.assert_close(found.images, torch.stack(expected), rtol=0, atol=2e-3)
    assert found.settings["recipe"] == "facet"


def test_different_kinds_of_photo_give_different_facets() -> None:
    network = small_cnn()
    photos = two_kinds().repeat(2, 1, 1, 1)
    found = dream.facets(network, photos, 2, count=2, nearest=3, steps=4)
    assert found.wishes == (network.labels.names[2],) * 2
    torch.testing.assert_close(found.reached, network(found.images)[:, 2].detach())
    torch.testing.assert_close(found.probabilities, network(found.images).detach().softmax(1)[:, 2])
    unit = dream.facets(network, photos, unit="conv2:3", count=2, steps=2)
    assert unit.wishes == ("conv2:3",) * 2 and unit.probabilities is None
    assert not torch.equal(found.starts[0], found.starts[1])


def test_how_the_photos_go_through_the_network_changes_no_number() -> None:
    network, photos = small_cnn(), two_kinds()
    one, other = (dream.facets(network, photos, 2, count=2, steps=0, batch=batch) for batch in (1, 8))
    torch.testing.assert_close(one.starts, other.starts)


def test_the_same_photo_many_times_makes_dreams_that_begin_alike() -> None:
    photos = random_photos(1).expand(6, -1, -1, -1)
    found = dream.facets(small_cnn(), photos, 2, count=3, steps=1)
    torch.testing.assert_close(found.starts, photos[:3])
    assert found.images.isfinite().all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "give a class, or a unit: one of the two"),
        ({"classes": 1, "unit": "conv2:3"}, "one of the two"),
        ({"classes": 1, "count": 0}, "count is 0 and nearest 15; both take 1 or more"),
        ({"classes": 1, "nearest": 0}, "both take 1 or more"),
        ({"classes": 1, "count": 9}, "count is 9: there are only 8 photos to begin from"),
        ({"unit": "conv2:99"}, "conv2 has units 0 to 11"),
        ({"classes": 1, "start": random_photos(1)}, "start: no photos are taken here"),
        ({"classes": 1, "recipe": "facit"}, "closest: facet"),
    ],
)
def test_mistakes_are_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        dream.facets(small_cnn(), two_kinds(), steps=1, **given)
    assert words in str(caught.value) and "\n" not in str(caught.value)
