import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from seethrough.ascent.fourier import COLOURS, colours, fourier, fourier_of, scale
from seethrough.networks.streams import image_streams
from tests.nets import random_photos

ALL = torch.arange(1)


def speed(index: int, length: int) -> float:
    """Return how many times a wave rises in a pixel: those past the half run backwards."""
    return (index if index <= length // 2 else index - length) / length


def slow_fourier(numbers: NDArray[np.float64], size: tuple[int, int], decay: float) -> NDArray[np.float64]:
    """Draw one image [C, H, W] from its coefficients [C, H, W // 2 + 1, 2], in numpy and word for word."""
    height, width = size
    planes = []
    for plane in numbers:
        waves = plane[..., 0] + 1j * plane[..., 1]
        for y in range(height):
            for x in range(width // 2 + 1):
                fast = math.sqrt(speed(y, height) ** 2 + speed(x, width) ** 2)
                waves[y, x] *= math.sqrt(width * height) / max(fast, 1 / max(width, height)) ** decay
        planes.append(np.fft.irfft2(waves, s=size) / 4)
    inner = np.stack(planes)
    if len(inner) == 3:
        matrix = np.array(COLOURS)
        matrix = matrix / max(np.sqrt((matrix**2).sum(0)))
        inner = np.tensordot(matrix, inner, axes=(1, 0))
    return 1 / (1 + np.exp(-inner))


@pytest.mark.parametrize("size", [(40, 56), (41, 57), (8, 9), (9, 8), (1, 6)])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("decay", [1.0, 1.5, 0.0])
def test_it_draws_what_numpy_draws(channels: int, size: tuple[int, int], decay: float) -> None:
    streams = image_streams(3, 2)
    canvas = fourier(streams, channels, size, decay=decay, spread=0.3, dtype=torch.float64)
    assert canvas.numbers.shape == (2, channels, size[0], size[1] // 2 + 1, 2)
    drawn = canvas.draw(canvas.numbers, torch.arange(2))
    assert drawn.shape == (2, channels, *size)
    for found, numbers in zip(drawn, canvas.numbers, strict=True):
        np.testing.assert_allclose(found.numpy(), slow_fourier(numbers.numpy(), size, decay), rtol=1e-9, atol=1e-12)


def test_one_coefficient_is_one_wave_of_the_height_worked_out_by_hand() -> None:
    canvas = fourier(image_streams(0, 1), 1, (8, 10), dtype=torch.float64)
    numbers = torch.zeros_like(canvas.numbers)
    numbers[0, 0, 6, 3, 0] = 1.0  # 2 times up on the way down (as 6 of 8 is -2), 3 times across
    inner = canvas.draw(numbers, ALL).logit()[0, 0]
    y, x = torch.meshgrid(
        torch.arange(8.0, dtype=torch.float64), torch.arange(10.0, dtype=torch.float64), indexing="ij"
    )
    wave = torch.cos(2 * math.pi * (-2 * y / 8 + 3 * x / 10))
    fast = math.hypot(2 / 8, 3 / 10)
    torch.testing.assert_close(inner, wave * (2 / 80) * (math.sqrt(80) / fast) / 4)


def test_the_slowest_wave_and_the_mean_are_stretched_alike() -> None:
    stretch = scale((40, 56), 1.0, torch.empty(0, dtype=torch.float64))
    assert stretch[0, 0] == stretch[0, 1] == pytest.approx(math.sqrt(40 * 56) * 56)
    assert stretch[20, 28] == pytest.approx(math.sqrt(40 * 56) / math.hypot(0.5, 0.5))
    assert stretch[3, 0] == stretch[37, 0]


def test_colours_are_those_of_the_paper_divided_by_the_longest_column() -> None:
    matrix = colours(torch.empty(0, dtype=torch.float64))
    longest = math.sqrt(0.26**2 + 0.27**2 + 0.27**2)
    torch.testing.assert_close(matrix * longest, torch.tensor(COLOURS, dtype=torch.float64))
    assert matrix.norm(dim=0).max() == pytest.approx(1)


@pytest.mark.parametrize("size", [(40, 56), (41, 57), (33, 20)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_canvas_of_a_photo_draws_the_photo_back(channels: int, size: tuple[int, int]) -> None:
    photos = random_photos(3, channels, size)
    canvas = fourier_of(photos, decay=1.5)
    torch.testing.assert_close(canvas.draw(canvas.numbers, torch.arange(3)), photos, rtol=0, atol=1e-5)
    assert canvas.images == 3 and not canvas.plain


def test_black_and_white_are_drawn_as_nearly_as_finite_numbers_can() -> None:
    photos = (random_photos(1) > 0.5).float()
    canvas = fourier_of(photos)
    assert canvas.numbers.isfinite().all()
    assert (canvas.draw(canvas.numbers, ALL) - photos).abs().max() < 1.01e-3


def test_it_begins_as_noise_of_the_spread_each_image_from_its_own_stream() -> None:
    three = fourier(image_streams(5, 3), 3, (40, 56), spread=0.02).numbers
    assert three.std() == pytest.approx(0.02, rel=0.02) and abs(three.mean()) < 2e-4
    assert torch.equal(fourier(image_streams(5, 1), 3, (40, 56), spread=0.02).numbers[0], three[0])
    assert not torch.equal(three[0], three[1])
    assert not torch.equal(fourier(image_streams(6, 1), 3, (40, 56), spread=0.02).numbers[0], three[0])


def test_noise_is_the_same_in_both_precisions() -> None:
    single, double = (
        fourier(image_streams(5, 1), 3, (8, 8), dtype=kind).numbers for kind in (torch.float32, torch.float64)
    )
    assert torch.equal(single, double.float())


@pytest.mark.parametrize(("channels", "size"), [(1, (4, 6)), (3, (5, 3))])
def test_the_slope_is_the_one_finite_differences_find(channels: int, size: tuple[int, int]) -> None:
    canvas = fourier(image_streams(0, 1), channels, size, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda numbers: canvas.draw(numbers, ALL), canvas.numbers.requires_grad_())


def test_made_in_inference_mode_it_still_gives_slopes() -> None:
    with torch.inference_mode():
        canvases = fourier(image_streams(0, 1), 3, (8, 10)), fourier_of(random_photos(1, size=(8, 10)))
    for canvas in canvases:
        numbers = canvas.numbers.clone().requires_grad_()
        (slope,) = torch.autograd.grad(canvas.draw(numbers, ALL).square().sum(), numbers)
        assert slope.abs().sum() > 0
