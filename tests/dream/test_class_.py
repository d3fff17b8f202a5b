"""Class dreams: by hand on a linear network, where the image a class asks for is known."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seethrough import dream
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def linear_about_grey() -> tuple[Network, Tensor]:
    """Return scores = w . (x - 0.5) / 0.25 + b, and w."""
    network, weights, _ = linear_network()
    return Network(network.module, size=(40, 56), mean=[0.5] * 3, std=[0.25] * 3, name="linear"), weights


def test_by_hand_the_first_step_goes_along_the_weights() -> None:
    network, weights = linear_about_grey()
    found = dream.class_(network, [2, 4], recipe="simonyan", steps=1, rate=2.0)
    for image, index in zip(found.images, (2, 4), strict=True):
        torch.testing.assert_close(image, 0.5 + 2.0 * weights[index] / weights[index].norm())


def test_by_hand_the_squared_norm_ends_the_way_where_its_slope_is_that_of_the_logit() -> None:
    # logit - norm |x - c|^2 is highest at x = c + w / (2 norm std): here a length of 5.5 along the weights.
    network, weights = linear_about_grey()
    norm = float(weights[3].norm()) / (2 * 5.5 * 0.25)
    found = dream.class_(network, 3, recipe="simonyan", steps=20, rate=1.0, norm=norm)
    moved = found.images[0] - 0.5
    assert float(functional.cosine_similarity(moved.flatten(), weights[3].flatten(), 0)) > 0.9999
    assert float(moved.norm()) == pytest.approx(5.5, abs=1.0)  # to within a step
    closer = dream.class_(network, 3, recipe="simonyan", steps=60, stride="plain", rate=0.4 / norm, norm=norm)
    torch.testing.assert_close(closer.images[0] - 0.5, 5.5 * weights[3] / weights[3].norm(), rtol=1e-3, atol=1e-4)


def test_by_hand_the_norm_itself_pulls_with_one_force_whatever_the_distance() -> None:
    network, weights = linear_about_grey()
    force = float(weights[3].norm()) / 0.25
    named = {"recipe": "simonyan", "steps": 6, "rate": 1.0, "norm_power": 1}
    held = dream.class_(network, 3, norm=force * 1.1, **named)
    free = dream.class_(network, 3, norm=force * 0.9, **named)
    assert float((held.images - 0.5).norm()) < 1.01
    torch.testing.assert_close(free.images[0] - 0.5, 6 * weights[3] / weights[3].norm(), rtol=1e-4, atol=1e-5)
    # Of the wish itself: logit - norm |x - c|, at the first step from the mean colour.
    assert float(free.trace[0, 0]) == pytest.approx(float(network(torch.full((1, 3, 40, 56), 0.5))[0, 3]), abs=1e-4)


def test_the_more_the_norm_weighs_the_nearer_the_image_stays_to_the_mean_colour() -> None:
    network = small_cnn()
    far = []
    for norm in (0.0, 0.003, 0.03, 0.3):
        found = dream.class_(network, 2, recipe="simonyan", steps=40, norm=norm)
        far.append(float((found.images - 0.45).norm()))
    assert far == sorted(far, reverse=True) and far[3] < 0.6 * far[0]


def test_the_norm_may_be_about_black() -> None:
    network = small_cnn()
    named = {"recipe": "simonyan", "steps": 40, "norm": 5.0}
    assert float(dream.class_(network, 2, about="black", **named).images.mean()) < 0.1
    assert float(dream.class_(network, 2, **named).images.mean()) == pytest.approx(0.45, abs=0.1)


@pytest.mark.parametrize(("stride", "rate"), [("plain", 3.0), ("lbfgs", 0.1)])
def test_the_curve_of_plain_pixels_rises(stride: str, rate: float) -> None:
    named = {
        "canvas": "pixels",
        "views": "still",
        "noise": 0.0,
        "light": 0.0,
        "smallest": 1.0,
        "decay": 0.0,
        "ease": 0.0,
    }
    found = dream.class_(small_cnn(), [0, 3], stride=stride, rate=rate, steps=25, **named)
    assert found.trace.shape == (2, 25)
    best = found.trace.cummax(1).values
    assert (found.trace[:, -1] > found.trace[:, 0] + 0.05).all()
    if stride == "plain":
        assert torch.equal(best, found.trace)
    assert found.curve().axes[0].get_xlabel() == "step"


def test_what_it_says_is_recomputed_from_the_images_it_returns() -> None:
    network = small_cnn()
    found = dream.class_(network, [0, 3, 1], steps=5)
    scores = network(found.images).detach()
    rows = torch.arange(3)
    torch.testing.assert_close(found.reached, scores[rows, [0, 3, 1]])
    torch.testing.assert_close(found.probabilities, scores.softmax(1)[rows, [0, 3, 1]])
    assert [guess.index for guess in found.guesses] == scores.argmax(1).tolist()
    assert [guess.probability for guess in found.guesses] == pytest.approx(scores.softmax(1).amax(1).tolist(), abs=1e-5)
    assert found.wanted is None and found.starts is None


def test_classes_are_given_in_any_form() -> None:
    network = small_cnn()
    expected = dream.class_(network, [2, 4], steps=2)
    assert expected.wishes == tuple(network.labels.names[index] for index in (2, 4))
    for same in (torch.tensor([2, 4]), (2, 4), ["2", 4], network.labels.names[2:5:2]):
        found = dream.class_(network, same, steps=2)
        assert torch.equal(found.images, expected.images) and found.wishes == expected.wishes
    for one in (2, "2", torch.tensor(2)):
        torch.testing.assert_close(dream.class_(network, one, steps=2).images, expected.images[:1])


def test_an_image_is_the_same_alone_and_among_others() -> None:
    network = small_cnn()
    network.module.double()
    alone, together = (dream.class_(network, wanted, steps=4, seed=2) for wanted in ([3], [3, 1, 0]))
    torch.testing.assert_close(together.images[:1], alone.images, rtol=1e-6, atol=1e-8)


def test_photos_become_more_of_the_class() -> None:
    network, photos = small_cnn(), random_photos(3)
    found = dream.class_(network, 4, start=photos, steps=8, recipe="facet")
    assert found.starts is not None and torch.equal(found.starts, photos)
    assert (found.reached > network(photos)[:, 4]).all()
    assert found.wishes == (network.labels.names[4],) * 3
    assert "start" not in found.settings
    each = dream.class_(network, [1, 2, 3], start=photos, steps=1, diversity=2)
    assert torch.equal(each.starts, photos.repeat_interleave(2, dim=0))
    with pytest.raises(UserError, match="start: 3 photos for 2 wishes"):
        dream.class_(network, [1, 2], start=photos, steps=1)


def test_an_image_may_be_of_another_size_than_the_networks() -> None:
    network, photo = small_cnn(), random_photos(1)
    found = dream.class_(network, [1], size=60, steps=3)
    assert found.images.shape == (1, 3, 60, 84)
    assert found.figure().axes and "small-cnn" in found.line()
    begun = dream.class_(network, [1], size=20, steps=0, start=photo)
    assert begun.images.shape == (1, 3, 20, 28)
    small = functional.interpolate(photo, (20, 28), mode="bilinear", antialias=True)
    torch.testing.assert_close(begun.images, small, rtol=0, atol=1e-3)


def test_siblings_need_a_layer_with_a_map() -> None:
    with pytest.raises(UserError, match="no layer with a map"):
        dream.class_(linear_network()[0], 1, diversity=2, steps=1)
