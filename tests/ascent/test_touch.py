import pytest
import torch
from torch import Tensor

from seethrough.ascent.touch import blur, clip_contribution, clip_norm, decay
from seethrough.images.blur import blurred
from tests.nets import random_photos

ONE = torch.tensor([[0.0, 0.8], [0.4, 0.6]]).view(1, 1, 2, 2)
NO_SLOPE = torch.zeros(1, 1, 2, 2)


def pair() -> tuple[Tensor, Tensor]:
    """Return an image of two colours and five pixels in a row, and a slope."""
    images = torch.tensor([[0.1, 0.9, 0.5, 0.3, 0.7], [0.0, 0.9, 0.5, 0.4, 0.1]]).view(1, 2, 1, 5)
    slope = torch.tensor([[1.0, 0.0, 2.0, -1.0, 1.0], [5.0, 0.1, -2.0, 0.5, 1.0]]).view(1, 2, 1, 5)
    return images, slope


def test_decay_goes_its_share_of_the_way_to_a_colour() -> None:
    assert decay(0.25)(ONE, NO_SLOPE, 1).flatten().tolist() == pytest.approx([0, 0.6, 0.3, 0.45])
    assert decay(0.5, 1.0)(ONE, NO_SLOPE, 1).flatten().tolist() == pytest.approx([0.5, 0.9, 0.7, 0.8])
    about = torch.tensor([0.2, 1.0])
    found = decay(1.0, about)(pair()[0], NO_SLOPE, 1)
    torch.testing.assert_close(found, about.view(1, 2, 1, 1).expand(1, 2, 1, 5))
    assert torch.equal(decay(0.0)(ONE, NO_SLOPE, 1), ONE)


def test_blur_comes_every_so_many_steps() -> None:
    images = random_photos(2)
    touch = blur(1.5, every=3)
    touched = [not torch.equal(touch(images, images, step), images) for step in range(1, 10)]
    assert touched == [False, False, True] * 3
    assert torch.equal(touch(images, images, 3), blurred(images, 1.5))
    assert torch.equal(blur(1.5)(images, images, 1), blurred(images, 1.5))


def test_the_smallest_pixels_are_set_to_the_colour_by_hand() -> None:
    images, slope = pair()
    # Lengths: .1, 1.27, .71, .5, .71 -> 40 % of five are two: the first and the fourth.
    found = clip_norm(40)(images, slope, 1)
    assert found[0, 0, 0].tolist() == pytest.approx([0, 0.9, 0.5, 0, 0.7])
    assert found[0, 1, 0].tolist() == pytest.approx([0, 0.9, 0.5, 0, 0.1])
    # About (.5, .5): lengths .64, .57, 0, .22, .45 -> the third and the fourth.
    found = clip_norm(40, torch.tensor([0.5, 0.5]))(images, slope, 1)
    assert found[0, 0, 0].tolist() == pytest.approx([0.1, 0.9, 0.5, 0.5, 0.7])
    assert found[0, 1, 0].tolist() == pytest.approx([0.0, 0.9, 0.5, 0.5, 0.1])


def test_the_pixels_that_add_least_are_set_to_the_colour_by_hand() -> None:
    images, slope = pair()
    # |sum of pixel * slope|: .1, .09, 0, .1, .8 -> the second and the third.
    found = clip_contribution(40)(images, slope, 1)
    assert found[0, 0, 0].tolist() == pytest.approx([0.1, 0, 0, 0.3, 0.7])
    assert found[0, 1, 0].tolist() == pytest.approx([0.0, 0, 0, 0.4, 0.1])
    # About (.1, 0): 0, .09, |.8 - 1| = .2, |-.2 + .2| = 0, .7 -> the first and the fourth.
    found = clip_contribution(40, torch.tensor([0.1, 0.0]))(images, slope, 1)
    assert found[0, 0, 0].tolist() == pytest.approx([0.1, 0.9, 0.5, 0.1, 0.7])
    assert found[0, 1, 0].tolist() == pytest.approx([0.0, 0.9, 0.5, 0.0, 0.1])


@pytest.mark.parametrize("percent", [0, 1, 20, 50, 95])
@pytest.mark.parametrize("make", [clip_norm, clip_contribution])
def test_the_share_of_pixels_set_is_the_one_asked_for_in_each_image(make: object, percent: float) -> None:
    images, slope = random_photos(3), random_photos(3, seed=1) - 0.5
    images[1] *= 0.01  # an image of small numbers is clipped no more than others
    found = make(percent, 2.0)(images, slope, 1)  # type: ignore[operator]
    share = (found == 2.0).all(1).float().mean((1, 2))
    torch.testing.assert_close(share, torch.full((3,), percent / 100), rtol=0, atol=1e-3)
    kept = (found != 2.0).all(1)[:, None]
    assert torch.equal(found * kept, images * kept)


@pytest.mark.parametrize("make", [clip_norm, clip_contribution])
def test_pixels_that_are_all_alike_all_stay(make: object) -> None:
    images, slope = torch.full((1, 3, 8, 10), 0.4), torch.ones(1, 3, 8, 10)
    assert torch.equal(make(50)(images, slope, 1), images)  # type: ignore[operator]


def test_each_image_is_touched_on_its_own() -> None:
    images, slope = random_photos(3), random_photos(3, seed=1) - 0.5
    for touch in (decay(0.1, 0.4), blur(0.8), clip_norm(30), clip_contribution(70, 0.5)):
        together = touch(images, slope, 1)
        for place in range(3):
            alone = touch(images[place : place + 1], slope[place : place + 1], 1)
            torch.testing.assert_close(alone[0], together[place])
