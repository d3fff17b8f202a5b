import math

import pytest
import torch
from torch import Tensor

from seethrough.ascent.prior import alpha_norm, colour, norm, spectrum, tv
from seethrough.ascent.spectrum import misfit
from seethrough.ascent.wish import Wish, alone
from tests.nets import random_photos

LITTLE = torch.tensor([[[[0.1, 0.4, 0.4], [0.5, 0.4, 0.0]]], [[[0.2, 0.2, 0.2], [0.2, 0.2, 0.2]]]], dtype=torch.float64)


def numbers(prior: Wish, images: Tensor) -> Tensor:
    return prior.read(alone(images))


def slow_tv(image: Tensor, exponent: float) -> float:
    total = 0.0
    for plane in image.tolist():
        for y in range(len(plane) - 1):
            for x in range(len(plane[0]) - 1):
                down, across = plane[y + 1][x] - plane[y][x], plane[y][x + 1] - plane[y][x]
                total += (down**2 + across**2) ** (exponent / 2)
    return total


def test_total_variation_by_hand() -> None:
    # Two places with a neighbour to the right and below: (0.3, 0.4) and (0, 0).
    torch.testing.assert_close(numbers(tv(1), LITTLE), torch.tensor([0.5, 0.0], dtype=torch.float64))
    torch.testing.assert_close(numbers(tv(2), LITTLE), torch.tensor([0.25, 0.0], dtype=torch.float64))


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 3.0])
def test_total_variation_of_photos_is_what_a_slow_loop_sums(exponent: float) -> None:
    images = random_photos(2, size=(9, 12)).double()
    found = numbers(tv(exponent), images)
    assert found.tolist() == pytest.approx([slow_tv(image, exponent) for image in images])


def test_the_alpha_norm_by_hand() -> None:
    found = numbers(alpha_norm(3), LITTLE)
    assert found.tolist() == pytest.approx([0.001 + 3 * 0.064 + 0.125, 6 * 0.008])
    about = numbers(alpha_norm(3, 0.4), LITTLE)
    assert about.tolist() == pytest.approx([0.027 + 0.001 + 0.064, 6 * 0.008])
    assert numbers(alpha_norm(), LITTLE)[1] == pytest.approx(6 * 0.2**6)


def test_the_norm_and_its_square_by_hand() -> None:
    square = 0.01 + 3 * 0.16 + 0.25
    assert numbers(norm(), LITTLE).tolist() == pytest.approx([square, 6 * 0.04])
    assert numbers(norm(power=1), LITTLE).tolist() == pytest.approx([math.sqrt(square), math.sqrt(6 * 0.04)])
    assert numbers(norm(0.2), LITTLE)[1] == pytest.approx(0, abs=1e-30)


def test_norms_are_about_a_colour_channel_by_channel() -> None:
    images = torch.tensor([0.1, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    about = torch.tensor([0.1, 0.4, 1.1])
    assert numbers(norm(about), images)[0] == pytest.approx(4 * (0.01 + 0.04))
    assert numbers(alpha_norm(1, about), images)[0] == pytest.approx(4 * (0.1 + 0.2))
    assert colour(about, images).shape == (3, 1, 1) and colour(0.5, images).shape == (1, 1, 1)
    assert colour(about, images.double()).dtype == torch.float64


def test_the_spectrum_prior_is_the_misfit() -> None:
    images = random_photos(2)
    assert torch.equal(numbers(spectrum(1.5, 32), images), misfit(images, 1.5, 32))


@pytest.mark.parametrize(
    "prior",
    [
        tv(1),
        tv(2),
        tv(1.25),
        norm(),
        norm(power=1),
        norm(0.5, 1),
        alpha_norm(),
        alpha_norm(1, 0.5),
        spectrum(),
        spectrum(2),
    ],
)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_image_has_a_finite_slope(value: float, prior: Wish) -> None:
    images = torch.full((2, 3, 40, 56), value).requires_grad_()
    found = numbers(prior, images)
    (slope,) = torch.autograd.grad(found.sum(), images)
    assert found.shape == (2,) and found.isfinite().all() and slope.isfinite().all()


@pytest.mark.parametrize("prior", [tv(1), tv(2), norm(0.3), norm(0.3, 1), alpha_norm(6, 0.3), spectrum(1.0)])
def test_the_slope_is_the_one_finite_differences_find(prior: Wish) -> None:
    images = random_photos(2, 2, (8, 9)).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda images: numbers(prior, images), images)


def test_priors_need_no_layer() -> None:
    for prior in (tv(), norm(), alpha_norm(), spectrum()):
        assert prior.layers == () and not prior.scores and not prior.together
