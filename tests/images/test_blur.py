import math

import numpy as np
import pytest
import torch
from torch import Tensor

from seethrough.images.blur import blurred
from tests.nets import random_photos


def bell(sigma: float, reach: int) -> list[float]:
    heights = [math.exp(-(step**2) / (2 * sigma**2)) for step in range(-reach, reach + 1)]
    return [height / sum(heights) for height in heights]


def mirrored(place: int, length: int) -> int:
    """Return the pixel that stands for one beyond the border, which is not repeated itself."""
    place = abs(place)
    return place if place < length else 2 * (length - 1) - place


def slowly_blurred(plane: Tensor, sigma: float, reach: int) -> Tensor:
    height, width = plane.shape
    weights, found = bell(sigma, reach), np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            for down, one in enumerate(weights, y - reach):
                for across, other in enumerate(weights, x - reach):
                    found[y, x] += one * other * plane[mirrored(down, height), mirrored(across, width)].item()
    return torch.from_numpy(found)


@pytest.mark.parametrize(("sigma", "reach"), [(0.5, 2), (1.0, 3), (1.4, 4)])
def test_it_is_the_mean_under_a_bell_that_a_slow_loop_computes(sigma: float, reach: int) -> None:
    images = random_photos(2, 2, (7, 10)).double()
    found = blurred(images, sigma)
    assert found.shape == images.shape and found.dtype == torch.float64
    for image, blurry in zip(images, found, strict=True):
        for plane, one in zip(image, blurry, strict=True):
            torch.testing.assert_close(one, slowly_blurred(plane, sigma, reach))


@pytest.mark.parametrize("sigma", [1.0, 2.5, 4.0])
def test_a_point_becomes_a_bell_of_that_standard_deviation(sigma: float) -> None:
    point = torch.zeros(1, 1, 61, 81, dtype=torch.float64)
    point[..., 30, 40] = 1.0
    found = blurred(point, sigma)[0, 0]
    y, x = torch.meshgrid(torch.arange(61.0) - 30, torch.arange(81.0) - 40, indexing="ij")
    assert found.sum() == pytest.approx(1)
    for away in (y, x):
        assert float((found * away).sum()) == pytest.approx(0, abs=1e-9)
        assert math.sqrt(float((found * away**2).sum())) == pytest.approx(sigma, rel=0.02)  # cut off at three of them
    torch.testing.assert_close(found[30, 40 : 40 + int(2 * sigma)], found[30 : 30 + int(2 * sigma), 40])


def test_a_flat_image_stays_and_no_pixel_leaves_the_range_that_was() -> None:
    torch.testing.assert_close(blurred(torch.full((1, 3, 40, 56), 0.3), 2.0), torch.full((1, 3, 40, 56), 0.3))
    images = random_photos(1)
    found = blurred(images, 1.5)
    assert found.min() >= images.min() and found.max() <= images.max() and found.std() < 0.3 * images.std()


@pytest.mark.parametrize("size", [(2, 9), (5, 3), (1, 6)])
def test_an_image_smaller_than_the_bell_is_blurred_as_far_as_it_goes(size: tuple[int, int]) -> None:
    images = random_photos(1, 1, size)
    found = blurred(images, 10.0)
    assert found.shape == images.shape and found.isfinite().all()
    reach = min(size) - 1
    torch.testing.assert_close(found[0, 0], slowly_blurred(images[0, 0], 10.0, reach).float())


def test_colours_and_images_do_not_mix() -> None:
    images = torch.zeros(2, 3, 12, 14)
    images[1, 2] = random_photos(1, 1, (12, 14))[0, 0]
    found = blurred(images, 1.0)
    assert not found[0].any() and not found[1, :2].any() and found[1, 2].any()


def test_slopes_go_back_through_it() -> None:
    images = random_photos(1, 1, (4, 5)).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda images: blurred(images, 0.8), images)
