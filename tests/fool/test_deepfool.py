import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.images import photo
from tests.fool.calls import boundaries, exact_cnn, exact_photos, nearest_boundary, straight_network
from tests.nets import random_photos


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("overshoot", [0.02, 0.1])
def test_the_distance_is_the_one_to_the_nearest_boundary_and_the_overshoot(
    norm: str, classes: int, overshoot: float
) -> None:
    network, photos = straight_network(classes=classes), random_photos(4, size=(20, 28))
    found = fool.deepfool(network, photos, norm=norm, overshoot=overshoot)
    expected = (1 + overshoot) * nearest_boundary(network, photos, norm)
    torch.testing.assert_close(found.l2 if norm == "l2" else found.linf, expected, rtol=1e-4, atol=0)
    assert found.success.all() and found.steps.tolist() == [1] * 4
    assert found.gradients.tolist() == [classes] * 4


def test_it_goes_straight_over_the_nearest_of_several_boundaries() -> None:
    network, photos = straight_network(), random_photos(3, size=(20, 28))
    found = fool.deepfool(network, photos)
    leads, ways = boundaries(network, photos)
    nearest = (leads / ways.norm(dim=2)).argmin(1)
    for row, one in enumerate(nearest.tolist()):
        moved = (found.images - found.originals)[row].double().flatten()
        expected = -1.02 * leads[row, one] * ways[row, one] / ways[row, one].square().sum()
        torch.testing.assert_close(moved, expected, rtol=1e-3, atol=1e-6)


def test_toward_a_class_it_crosses_that_boundary_alone() -> None:
    network, photos = straight_network(classes=2), random_photos(3, size=(20, 28))
    to = (1 - network(photos).argmax(1)).tolist()
    found = fool.deepfool(network, photos, to=to)
    torch.testing.assert_close(found.l2, 1.02 * nearest_boundary(network, photos, "l2"), rtol=1e-4, atol=0)
    several = straight_network()
    goals = several(photos).argmin(1).tolist()
    away, there = fool.deepfool(several, photos), fool.deepfool(several, photos, to=goals)
    assert there.success.all() and [guess.index for guess in there.after] == goals
    assert (there.l2 >= away.l2 * 0.999).all()


def test_only_the_likeliest_classes_are_looked_at() -> None:
    network, photos = exact_cnn(classes=8), exact_photos(2)
    few, many = (fool.deepfool(network, photos, candidates=count, steps=1) for count in (3, 50))
    assert few.gradients.tolist() == [3, 3] and many.gradients.tolist() == [8, 8]


def test_a_real_photo_is_misread_nearby() -> None:
    network = seethrough.load()
    found = fool.deepfool(network, network.frame(photo("coffee")), steps=5, candidates=3)
    assert found.success.all() and found.before[0].label == "espresso"
    assert float(found.l2) < 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"overshoot": -0.1}, "overshoot is -0.1"),
        ({"candidates": 1}, "candidates is 1; it takes 2 or more"),
        ({"norm": "l1"}, "norm is 'l1'"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.deepfool(straight_network(), random_photos(1, size=(20, 28)), **settings)  # type: ignore[arg-type]
