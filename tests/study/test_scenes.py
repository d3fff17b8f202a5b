import math
from typing import Any

import pytest
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.study.scenes import (
    FACTORS,
    Objects,
    Scene,
    backgrounds,
    drawn,
    factors_named,
    pictures,
    soft_ellipse,
)

SIZE = (40, 56)


def square(size: tuple[int, int] = SIZE, colour: tuple[float, ...] = (1.0, 0.5, 0.5)) -> Objects:
    """Return an object of half the frame's sides, in its middle."""
    masks = torch.zeros(1, 1, *size)
    masks[..., size[0] // 4 : size[0] - size[0] // 4, size[1] // 4 : size[1] - size[1] // 4] = 1
    pixels = torch.tensor(colour).view(1, -1, 1, 1).expand(1, -1, *size)
    return Objects(pixels, masks, ("square",))


def picture(objects: Objects, **scene: Any) -> Tensor:
    size = (objects.pixels.shape[-2], objects.pixels.shape[-1])
    behind = backgrounds(3, objects.pixels.shape[1], size, seed=0)
    return pictures(objects, [0], [Scene(**{"scale": 1.0} | scene)], behind)[0]


def area_and_middle(image: Tensor) -> tuple[float, float, float]:
    """Return how much of the picture is object, and how far its middle is from the picture's, down and across."""
    there = (image[0] - 0.5) * 2
    down, across = (torch.arange(count) + 0.5 - count / 2 for count in image.shape[-2:])
    total = float(there.sum())
    return total, float((there.sum(1) * down).sum()) / total, float((there.sum(0) * across).sum()) / total


def test_as_it_is_the_object_stands_on_grey() -> None:
    image = picture(square())
    torch.testing.assert_close(image[:, 15:25, 20:36], torch.tensor([1, 0.5, 0.5]).view(3, 1, 1).expand(3, 10, 16))
    assert (image[:, :8] == 0.5).all() and image.shape == (3, *SIZE)


def test_position_is_a_share_of_half_the_width() -> None:
    still, moved = (area_and_middle(picture(square(), scale=0.5, position=at)) for at in (0.0, 0.25))
    assert moved[0] == pytest.approx(still[0], rel=0.01)
    assert (moved[1], moved[2] - still[2]) == pytest.approx((still[1], 7.0), abs=0.02)


def test_scale_is_one_of_the_sides() -> None:
    whole, half = (area_and_middle(picture(square(), scale=scale))[0] for scale in (1.0, 0.5))
    assert whole == pytest.approx(20 * 28) and half == pytest.approx(whole / 4, rel=0.02)


def test_a_turn_is_counterclockwise_and_stretches_nothing() -> None:
    masks = torch.zeros(1, 1, *SIZE)
    masks[..., 18:22, 28:48] = 1  # a hand that points right
    hand = Objects(torch.ones(1, 3, *SIZE), masks, ("hand",))
    area, down, across = area_and_middle(picture(hand))
    assert (area, down, across) == pytest.approx((80, 0, 10), abs=0.1)
    turned = area_and_middle(picture(hand, scale=0.8, rotation=90.0))
    assert turned == pytest.approx((80 * 0.64, -8, 0), abs=1)


def test_what_is_turned_still_moves_across() -> None:
    _, down, across = area_and_middle(picture(square(), scale=0.4, rotation=50.0, position=0.25))
    assert (down, across) == pytest.approx((0, 7), abs=0.05)


def test_a_third_of_a_circle_makes_red_green_and_grey_stays_grey() -> None:
    image = picture(square(colour=(0.9, 0.3, 0.3)), colour=120.0)
    torch.testing.assert_close(image[:, 20, 28], torch.tensor([0.3, 0.9, 0.3]))
    grey = picture(square(colour=(0.7, 0.7, 0.7)), colour=77.0)
    torch.testing.assert_close(grey[:, 20, 28], torch.full((3,), 0.7))


def test_the_light_is_on_all_and_ends_at_black_and_white() -> None:
    bright = picture(square(), brightness=0.2)
    torch.testing.assert_close(bright[:, 20, 28], torch.tensor([1.0, 0.7, 0.7]))
    torch.testing.assert_close(bright[:, 0, 0], torch.full((3,), 0.7))
    pale = picture(square(), contrast=0.4)
    torch.testing.assert_close(pale[:, 20, 28], torch.tensor([0.7, 0.5, 0.5]))


def test_backgrounds_lie_behind_the_object_alone_and_differ() -> None:
    behind = backgrounds(3, 3, SIZE, seed=0)
    assert (behind[0] == 0.5).all() and behind.min() >= 0 and behind.max() <= 1
    assert (behind[1] - behind[2]).abs().mean() > 0.05 and behind[1].std() > 0.05
    assert torch.equal(behind, backgrounds(3, 3, SIZE, seed=0))
    assert not torch.equal(behind[1], backgrounds(3, 3, SIZE, seed=1)[1])
    assert torch.equal(behind[1], backgrounds(2, 3, SIZE, seed=0)[1])
    image = picture(square(), background=1.0)
    torch.testing.assert_close(image[:, 0, 0], behind[1, :, 0, 0])
    torch.testing.assert_close(image[:, 20, 28], torch.tensor([1.0, 0.5, 0.5]))


@pytest.mark.parametrize(("channels", "size"), [(3, (40, 56)), (1, (56, 40)), (2, (28, 28))])
def test_drawn_objects_fit_the_frame_and_are_not_stretched(channels: int, size: tuple[int, int]) -> None:
    found = drawn(channels, size)
    assert found.pixels.shape == (3, channels, *size) and found.masks.shape == (3, 1, *size)
    assert found.masks.min() == 0 and found.masks.max() == 1
    half = min(size) / 2
    areas = found.masks.sum((1, 2, 3))
    # pi a b, 2a x 2b, and half of base 1.65 times height 1.65, in units of half the short side.
    right = torch.tensor([math.pi * 0.95 * 0.55, 1.8 * 1.0, 1.65 * 1.65 / 2]) * half**2
    torch.testing.assert_close(areas, right, rtol=0.03, atol=0)


def test_the_soft_ellipse_fades_to_the_frames_edge() -> None:
    mask = soft_ellipse(SIZE)
    assert mask[0, 20, 28] == 1 and mask[0, 0, 0] == 0 and mask[0, 20, 0] < 0.3
    assert torch.equal(mask, mask.flip(-1)) and torch.equal(mask, mask.flip(-2))


def test_levels_run_from_end_to_end() -> None:
    assert FACTORS["position"].values(3) == pytest.approx([-0.4, 0.0, 0.4])
    scales = FACTORS["scale"].values(3)
    assert scales[1] ** 2 == pytest.approx(scales[0] * scales[2])
    assert FACTORS["colour"].values(3) == pytest.approx([0, 120, 240])
    assert FACTORS["background"].values(3) == [0, 1, 2]
    assert set(FACTORS) <= set(Scene.__dataclass_fields__)


def test_factors_that_are_none_are_refused() -> None:
    with pytest.raises(UserError, match="factor 'colur' is not known; closest: colour"):
        factors_named("position,colur")
    with pytest.raises(UserError, match="it takes each once"):
        factors_named("scale,scale")
