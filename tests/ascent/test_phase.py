import math

import pytest
import torch
from torch import Tensor

from seethrough.ascent.fourier import colours
from seethrough.ascent.loop import ascend
from seethrough.ascent.phase import natural_magnitude, phase
from seethrough.ascent.stride import adam
from seethrough.ascent.wish import logit
from seethrough.errors import UserError
from seethrough.networks.streams import image_streams
from tests.nets import random_photos, small_cnn


def planes(images: Tensor) -> Tensor:
    """Undo the sigmoid and the mixing of colours."""
    inner = images.double().logit()
    return torch.einsum("dc,bchw->bdhw", torch.linalg.inv(colours(inner)), inner) if images.shape[1] == 3 else inner


def strengths(images: Tensor) -> Tensor:
    return torch.fft.rfft2(planes(images)).abs()


def even(magnitude: Tensor) -> Tensor:
    """Make waves that run straight up as strong as those that run straight down: they are the same ones."""
    return (magnitude + magnitude.flip(-2).roll(1, -2)) / 2


def rings(height: int, width: int) -> Tensor:
    across, down = torch.fft.rfftfreq(width), torch.fft.fftfreq(height)
    return (torch.hypot(down[:, None], across[None]) * max(height, width)).round().long()


@pytest.mark.parametrize("size", [(40, 56), (41, 56), (40, 57), (41, 57), (7, 6)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_wave_is_as_strong_as_was_given_whatever_the_phases(channels: int, size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    magnitude = torch.rand(channels, size[0], size[1] // 2 + 1, generator=generator, dtype=torch.float64) + 0.1
    magnitude = even(magnitude)
    canvas = phase(image_streams(0, 3), magnitude, width=size[1])
    for spread in (1.0, 30.0):
        numbers = torch.randn(canvas.numbers.shape, generator=generator, dtype=torch.float64) * spread
        drawn = canvas.draw(numbers, torch.arange(3))
        assert drawn.shape == (3, channels, *size)
        torch.testing.assert_close(strengths(drawn), magnitude.expand(3, -1, -1, -1), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("width", [6, 7])
def test_phases_are_those_of_the_waves_where_each_stands_for_itself_and_half_the_difference_of_pairs(
    width: int,
) -> None:
    magnitude = torch.ones(1, 5, 4, dtype=torch.float64)
    canvas = phase(image_streams(0, 1), magnitude, width=width)
    waves = torch.fft.rfft2(planes(canvas.draw(canvas.numbers, torch.arange(1))))[0, 0]
    numbers = canvas.numbers[0, 0]
    expected = numbers.clone()
    for column in (0, 3) if width == 6 else (0,):
        for row in range(5):
            expected[row, column] = (numbers[row, column] - numbers[-row % 5, column]) / 2
    turned = (waves.angle() - expected) / (2 * math.pi)
    torch.testing.assert_close(turned, turned.round(), rtol=0, atol=1e-9)


def test_the_width_is_even_unless_it_is_said() -> None:
    magnitude = torch.ones(1, 5, 4)
    assert phase([torch.Generator()], magnitude).draw(torch.zeros(1, 1, 5, 4), torch.arange(1)).shape[-1] == 6
    assert phase([torch.Generator()], magnitude, width=7).draw(torch.zeros(1, 1, 5, 4), torch.arange(1)).shape[-1] == 7
    with pytest.raises(UserError, match="width is 8; magnitude has 4 columns, for images of width 6 or 7"):
        phase([torch.Generator()], magnitude, width=8)


def test_what_the_loop_returns_has_the_magnitude_of_photographs_still() -> None:
    network = small_cnn()
    magnitude = natural_magnitude(random_photos(4)) / 5  # no pixel so bright that its number is lost
    found = ascend(
        network, phase(image_streams(0, 2), magnitude), logit(torch.tensor([1, 3])), stride=adam(0.3), steps=15
    )
    torch.testing.assert_close(
        strengths(found.images).float(), even(magnitude).expand(2, -1, -1, -1), rtol=0.01, atol=0.1
    )
    assert (found.values > found.trace[:, 0]).all()


@pytest.mark.parametrize("size", [(40, 56), (40, 57), (57, 40)])
@pytest.mark.parametrize("channels", [1, 3])
def test_photos_with_one_magnitude_have_that_on_the_mean(channels: int, size: tuple[int, int]) -> None:
    ring = rings(*size)
    magnitude = torch.where(ring > 0, 3.0 / ring.clamp_min(1), 0.0).expand(channels, -1, -1)  # alike along each ring
    photos = phase(image_streams(0, 3), magnitude, width=size[1])
    drawn = photos.draw(photos.numbers, torch.arange(3))
    assert drawn.min() > 0.02 and drawn.max() < 0.98
    torch.testing.assert_close(natural_magnitude(drawn), magnitude, rtol=1e-3, atol=1e-3)


def test_the_magnitude_is_smoothed_along_rings_and_ignores_the_mean_colour() -> None:
    photos = random_photos(2, channels=1)
    inner = photos[:, 0].double().logit()
    raw = torch.fft.rfft2(inner - inner.mean((1, 2), keepdim=True)).abs().mean(0)
    found, ring = natural_magnitude(photos)[0].double(), rings(40, 56)
    for number in (1, 5, 20):
        expected = raw[ring == number].mean()
        torch.testing.assert_close(
            found[ring == number], expected.expand(int((ring == number).sum())), rtol=1e-4, atol=0
        )
    assert found[0, 0] < 1e-3 * found[0, 1]
    brighter = (photos.logit() + 0.3).sigmoid()
    torch.testing.assert_close(natural_magnitude(brighter)[0].double(), found, rtol=1e-3, atol=1e-2)


def test_black_and_white_photos_have_a_finite_magnitude() -> None:
    assert natural_magnitude((random_photos(1) > 0.5).float()).isfinite().all()


def test_it_begins_at_random_each_image_from_its_own_stream() -> None:
    magnitude = torch.ones(3, 40, 29)
    two = phase(image_streams(2, 2), magnitude).numbers
    assert torch.equal(phase(image_streams(2, 1), magnitude).numbers[0], two[0]) and not torch.equal(two[0], two[1])
    assert two.std() == pytest.approx(1, rel=0.03)


def test_the_slope_is_the_one_finite_differences_find() -> None:
    canvas = phase(image_streams(0, 1), even(torch.rand(3, 4, 3, dtype=torch.float64)))
    assert torch.autograd.gradcheck(
        lambda numbers: canvas.draw(numbers, torch.arange(1)), canvas.numbers.requires_grad_()
    )


def test_made_in_inference_mode_it_still_gives_slopes() -> None:
    with torch.inference_mode():
        canvas = phase(image_streams(0, 1), natural_magnitude(random_photos(1)))
    numbers = canvas.numbers.clone().requires_grad_()
    (slope,) = torch.autograd.grad(canvas.draw(numbers, torch.arange(1)).square().sum(), numbers)
    assert slope.abs().sum() > 0
