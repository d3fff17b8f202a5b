import math

import numpy as np
import pytest
import torch
from torch import Tensor

import seethrough
from seethrough.ascent.spectrum import fall, misfit, radial_power
from seethrough.errors import UserError
from tests.nets import random_photos

EXPONENTS = (0.0, 0.5, 1.0, 1.5, 2.0)


def falling(exponent: float, size: tuple[int, int], count: int = 20, channels: int = 3) -> Tensor:
    """Make images whose waves have random phases and an amplitude of exactly 1 / f^exponent."""
    chance = np.random.default_rng(7)
    fast = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None])
    fast[0, 0] = 1
    made = []
    for _ in range(count):
        waves = np.fft.rfft2(chance.standard_normal(size))
        plane = np.fft.irfft2(waves / np.abs(waves) / fast**exponent, s=size)
        made.append((plane - plane.min()) / (plane.max() - plane.min()))
    return torch.from_numpy(np.stack(made))[:, None].expand(-1, channels, -1, -1)


@pytest.mark.parametrize("size", [(64, 64), (40, 56), (56, 41), (150, 224)])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_images_that_fall_with_an_exponent_are_found_to(exponent: float, size: tuple[int, int]) -> None:
    found = fall(falling(exponent, size))
    assert found.mean() == pytest.approx(exponent, abs=0.18)
    assert found.std() < 0.12


@pytest.mark.parametrize("size", [(64, 64), (40, 56), (150, 224)])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_the_misfit_is_small_for_the_right_exponent_and_grows_away_from_it(
    exponent: float, size: tuple[int, int]
) -> None:
    images = falling(exponent, size)
    found = [float(misfit(images, other).mean()) for other in EXPONENTS]
    right = EXPONENTS.index(exponent)
    assert found[right] < 0.2
    assert all(value > 3 * found[right] for place, value in enumerate(found) if place != right)
    assert found[: right + 1] == sorted(found[: right + 1], reverse=True) and found[right:] == sorted(found[right:])


def test_photographs_fall_about_as_one_over_f() -> None:
    photos = [seethrough.photo(name) for name in ("cat", "coffee", "rocket", "moped")]
    falls = [float(fall(photo[None])) for photo in photos]
    assert all(0.8 < one < 1.6 for one in falls), falls
    assert float(fall(random_photos(1))) < 0.3


def test_the_power_of_noise_is_that_of_the_window_by_hand() -> None:
    # Each pixel of grey noise has variance s^2; a Hann window's squares sum to 3/8 of its length, in each direction.
    noise = torch.randn(400, 1, 16, 24, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 0.3
    frequencies, power = radial_power(noise)
    assert frequencies.tolist() == [1, 2, 3, 4, 5, 6, 7]
    expected = 0.3**2 * (3 / 8) ** 2 * 16 * 24
    torch.testing.assert_close(power.mean(0)[1:], torch.full((6,), expected, dtype=torch.float64), rtol=0.06, atol=0)


@pytest.mark.parametrize("turns", [3, 10, 25])
def test_a_single_wave_stands_at_its_frequency_whatever_its_direction(turns: int) -> None:
    y, x = torch.meshgrid(torch.arange(64) / 64, torch.arange(96) / 64, indexing="ij")
    for angle in (0.0, 0.7, math.pi / 2):
        wave = torch.cos(2 * math.pi * turns * (math.cos(angle) * x + math.sin(angle) * y))
        frequencies, power = radial_power((0.5 + 0.4 * wave).expand(1, 3, -1, -1))
        assert abs(frequencies[power[0].argmax()] - turns) <= 1
        assert power[0, (frequencies - turns).abs() > 3].max() < 1e-3 * power[0].max()


def test_contrast_and_brightness_do_not_count() -> None:
    images = falling(1.0, (40, 56), count=3)
    paler = images * 0.2 + 0.6
    torch.testing.assert_close(misfit(paler), misfit(images), rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(fall(paler), fall(images), rtol=1e-6, atol=1e-8)


def test_each_image_is_measured_on_its_own_and_in_any_number_of_channels() -> None:
    images = random_photos(3, channels=4).double()
    together = misfit(images)
    for place in range(3):
        torch.testing.assert_close(misfit(images[place : place + 1])[0], together[place])
    torch.testing.assert_close(misfit(images.mean(1, keepdim=True)), together)


def test_it_measures_a_reduced_copy() -> None:
    images = falling(1.0, (192, 256), count=2)
    assert len(radial_power(images, 32)[0]) == 15
    ripples = torch.zeros(192, 256)
    ripples[::2] = 0.2  # gone in a copy a sixth the size
    torch.testing.assert_close(misfit(images * 0.8 + ripples, size=32), misfit(images, size=32), rtol=1e-3, atol=1e-4)
    noise = torch.randn(20, 1, 192, 256, generator=torch.Generator().manual_seed(0)) * 0.1
    power = radial_power(noise, 32)[1].mean()
    assert power < 0.1**2 * (3 / 8) ** 2 * 32 * 43 / 15  # of 36 pixels that become one, most noise is gone
    assert len(radial_power(random_photos(1, size=(20, 30)))[0]) == 9  # a small image is not enlarged


def test_images_too_small_for_a_spectrum_are_refused() -> None:
    with pytest.raises(UserError, match=r"images are \(7, 56\); a spectrum takes 8 pixels a side or more"):
        fall(random_photos(1, size=(7, 56)))
    assert fall(random_photos(1, size=(8, 8))).isfinite().all()


def test_a_flat_image_has_a_finite_misfit_and_slope() -> None:
    for value in (0.0, 0.3, 1.0):
        images = torch.full((1, 3, 40, 56), value).requires_grad_()
        (slope,) = torch.autograd.grad(misfit(images).sum(), images)
        assert slope.isfinite().all() and fall(images).isfinite().all()


def test_the_slope_is_the_one_finite_differences_find() -> None:
    images = random_photos(1, 1, (8, 10)).double().requires_grad_()
    assert torch.autograd.gradcheck(misfit, images)
