import pytest
import torch
from torch.nn import functional

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.linearity import straightness
from seethrough.jobs import run
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def test_the_scores_of_a_linear_network_are_straight_lines_of_known_slope() -> None:
    network, weights, _ = linear_network()
    images = random_photos(2)
    found = fool.linearity(network, images, [0, 3], eps="8/255", points=5)
    assert found.way[1].tolist() == pytest.approx([-8 / 255, -4 / 255, 0, 4 / 255, 8 / 255])
    assert found.scores.shape == (2, 5, 5)
    assert float(found.straightness.min()) > 0.999
    torch.testing.assert_close(found.scores[:, 2], network(images).detach())
    risen = found.scores[:, -1] - found.scores[:, 0]
    slope = torch.einsum("bchw,kchw->bk", found.directions, weights)
    torch.testing.assert_close(risen, slope * 16 / 255, rtol=1e-4, atol=1e-3)


def test_the_way_is_along_the_sign_of_the_gradient_of_the_cross_entropy() -> None:
    network, images = small_cnn(), random_photos(2)
    classes = torch.tensor([1, 4])
    asked = images.clone().requires_grad_()
    (slope,) = torch.autograd.grad(functional.cross_entropy(network(asked), classes, reduction="sum"), asked)
    found = fool.linearity(network, images, classes, eps=[0.01, 0.02], points=3)
    assert torch.equal(found.directions, slope.sign())
    assert found.way.tolist() == [[-0.01, 0, 0.01], [-0.02, 0, 0.02]] and found.eps == ("0.01", "0.02")
    torch.testing.assert_close(found.scores[1, 2], network.scores(images + 0.02 * slope.sign())[1].detach())
    assert [one.index for one in found.targets] == [1, 4]


def test_straightness_is_that_of_the_best_straight_line() -> None:
    way = torch.tensor([[-1.0, 0.0, 1.0]])
    # A straight one, one with its fit flat, one that does not change; and 0, 0, 1: R^2 is 3/4 by hand.
    scores = torch.tensor([[[1.0, 1.0, 2.0, 0.0], [2.0, 0.0, 2.0, 0.0], [3.0, 1.0, 2.0, 1.0]]])
    torch.testing.assert_close(straightness(way, scores), torch.tensor([[1.0, 0.0, 1.0, 0.75]]).double())


@pytest.mark.parametrize("channels", [1, 3])
def test_it_does_not_depend_on_the_batch_nor_on_how_the_caller_works(channels: int) -> None:
    network, images = small_cnn(channels), random_photos(3, channels)
    before, state = snapshot(network), torch.random.get_rng_state()
    expected = fool.linearity(network, images, points=7, batch=64)
    with torch.inference_mode():
        found = fool.linearity(network, images.clone(), points=7, batch=2)
    torch.testing.assert_close(found.scores, expected.scores)
    alone = fool.linearity(network, images[2:], points=7)
    torch.testing.assert_close(alone.scores[0], expected.scores[2])
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_asked_to_stop_it_returns_the_photos_it_is_done_with() -> None:
    network, images = small_cnn(), random_photos(3)
    found = run(fool.linearity.job(network, images, points=4, batch=3), lambda step: True)
    assert len(found) == 1 and found.scores.shape[0] == len(found.targets) == len(found.originals) == 1
    torch.testing.assert_close(found.scores, fool.linearity(network, images, points=4).scores[:1])


def test_the_bundled_network_is_straight_only_close_by() -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo("coffee"))
    near = fool.linearity(network, pixels, eps="0.25/255", points=9)
    far = fool.linearity(network, pixels, eps="16/255", points=9)
    assert near.of_class(0) > 0.95 > 0.7 > far.of_class(0)
    assert near.far(0) == "0.25/255"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"points": 2}, "points is 2; it takes 3 or more"),
        ({"top": 0}, "top is 0; it takes 1 or more"),
        ({"eps": "0"}, "eps is 0; it takes more than 0"),
        ({"eps": "a/255"}, "eps is 'a/255'"),
        ({"classes": 99}, "out of range"),
    ],
)
def test_a_mistake_gets_one_line(given: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.linearity(small_cnn(), random_photos(1), **given)  # type: ignore[arg-type]
