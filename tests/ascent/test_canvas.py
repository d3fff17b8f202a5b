import pytest
import torch
from torch import Tensor

import seethrough
from seethrough.ascent.canvas import Canvas, Norm, ball, norm_named, pixels, shared, squashed, within
from seethrough.ascent.fourier import fourier
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import adam
from seethrough.ascent.wish import Wish
from seethrough.errors import UserError
from seethrough.networks.streams import image_streams
from tests.nets import random_photos


def towards(target: Tensor) -> Wish:
    """Wish for certain pixels: the wish that every canvas which can paint fulfils."""
    return Wish(lambda reading: -(reading.images - target[reading.rows]).square().sum((1, 2, 3)))


def sizes(moved: Tensor, norm: Norm) -> Tensor:
    """Return the length of each perturbation, in double precision."""
    flat = moved.double().flatten(1)
    return flat.abs().amax(1) if norm == "linf" else flat.square().sum(1).sqrt()


def edgy_photos(count: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> Tensor:
    """Return random photos with much black and white in them, where a perturbation has nowhere to go."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(count, 3, 40, 56, generator=generator, dtype=dtype) * 1.6 - 0.3).clamp(0, 1)


@pytest.mark.parametrize(("kind", "steps"), [("pixels", 100), ("fourier", 1000)])
def test_a_given_photo_can_be_painted(kind: str, steps: int) -> None:
    network = seethrough.load()
    target = network.frame(seethrough.photo("coffee"))
    assert target.shape == (1, 3, 224, 224)
    canvas = pixels(torch.zeros_like(target)) if kind == "pixels" else fourier(image_streams(0, 1), 3, network.size)
    found = ascend(network, canvas, towards(target), stride=adam(0.05), steps=steps)
    assert (found.images - target).abs().mean() < 0.012


def test_the_pixels_are_the_numbers_and_stay_in_range() -> None:
    start = torch.tensor([-0.5, 0.0, 0.25, 1.0, 1.5, 0.75]).view(1, 1, 2, 3)
    before = start.clone()
    canvas = pixels(start)
    assert canvas.plain and canvas.images == 1
    assert canvas.draw(canvas.numbers, torch.arange(1)).flatten().tolist() == [0, 0, 0.25, 1, 1, 0.75]
    canvas.numbers.add_(1)
    assert torch.equal(start, before)
    assert canvas.keep(torch.tensor([-3.0, 0.5, 3.0]), torch.arange(1)).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", range(3))
def test_no_perturbation_is_larger_than_eps_and_no_sum_leaves_the_range(
    seed: int, dtype: torch.dtype, norm: Norm
) -> None:
    generator = torch.Generator().manual_seed(seed)
    photos = edgy_photos(6, dtype, seed)
    eps = torch.tensor([0, 1 / 255, 8 / 255, 0.1, 0.5, 2.0], dtype=torch.float64)
    canvas = ball(photos, eps, norm)
    for spread in (1e-4, 0.01, 0.1, 1.0, 100.0):
        rows = torch.randperm(6, generator=generator)[:4]
        numbers = canvas.keep(torch.randn(4, 3, 40, 56, generator=generator, dtype=dtype) * spread, rows)
        drawn = canvas.draw(numbers, rows)
        assert (sizes(numbers, norm) <= eps[rows]).all()
        assert (sizes(drawn.double() - photos[rows].double(), norm) <= eps[rows]).all()
        assert drawn.min() >= 0 and drawn.max() <= 1
        assert ((photos[rows] + numbers - 0.5).abs() <= 0.5 + 1e-7).all()  # not only once it is drawn
        kept = canvas.keep(numbers, rows)
        torch.testing.assert_close(kept, numbers, rtol=1e-5, atol=2e-7)  # what was kept is already as it should be


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_rounding_all_in_one_direction_does_not_leave_the_ball_either(norm: Norm) -> None:
    photos = torch.full((1, 3, 40, 56), 0.7)  # every pixel is rounded alike
    for eps in torch.linspace(0.001, 0.2, 40, dtype=torch.float64).tolist():
        canvas = ball(photos, eps, norm)
        numbers = canvas.keep(torch.full_like(photos, 0.25), torch.arange(1))
        drawn = canvas.draw(numbers, torch.arange(1))
        assert sizes(drawn.double() - photos.double(), norm) <= eps


@pytest.mark.parametrize(("norm", "share"), [("linf", 1 - 1e-5), ("l2", 1 - 1e-4)])
def test_the_ball_is_used_to_its_rim(norm: Norm, share: float) -> None:
    photos = random_photos(2)
    canvas = ball(photos, 0.05, norm)
    numbers = canvas.keep(torch.ones_like(photos), torch.arange(2))
    assert (sizes(numbers, norm) >= 0.05 * share).all()
    inside = torch.full_like(photos, 1e-5)
    torch.testing.assert_close(canvas.keep(inside, torch.arange(2)), inside, rtol=0, atol=1e-7)


def test_a_perturbation_begins_with_the_photo_itself_and_a_radius_of_nothing_leaves_it() -> None:
    photos = random_photos(2)
    canvas = ball(photos, torch.tensor([0.0, 0.1]))
    assert torch.equal(canvas.draw(canvas.numbers, torch.arange(2)), photos)
    kept = canvas.keep(torch.ones_like(photos), torch.arange(2))
    assert torch.equal(canvas.draw(kept, torch.arange(2))[0], photos[0])
    assert (kept[1] > 0.0999).all()


def test_a_shared_pattern_is_one_row_laid_on_all_and_its_slope_is_their_sum() -> None:
    photos = torch.tensor([0.2, 0.9, 0.5]).view(3, 1, 1, 1).expand(3, 1, 2, 2).clone()
    canvas = shared(photos, 0.25)
    assert canvas.shared and canvas.images == 3 and canvas.numbers.shape == (1, 1, 2, 2)
    pattern = torch.full((1, 1, 2, 2), 0.125, requires_grad=True)
    drawn = canvas.draw(pattern, torch.arange(3))
    torch.testing.assert_close(drawn[:, 0, 0, 0], torch.tensor([0.325, 1.0, 0.625]))
    weights = torch.tensor([1.0, 10.0, 100.0]).view(3, 1, 1, 1)
    (slope,) = torch.autograd.grad((drawn * weights).sum(), pattern)
    torch.testing.assert_close(slope, torch.full((1, 1, 2, 2), 101.0))  # the second photo is white there


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_shared_pattern_keeps_its_radius(norm: Norm) -> None:
    photos = edgy_photos(4)
    canvas = shared(photos, 0.3, norm)
    pattern = canvas.keep(torch.randn(1, 3, 40, 56, generator=torch.Generator().manual_seed(1)), torch.arange(4))
    drawn = canvas.draw(pattern, torch.arange(4))
    assert 0.299 < sizes(pattern, norm) <= 0.3
    assert (sizes(drawn.double() - photos.double(), norm) <= 0.3).all()
    assert drawn.min() >= 0 and drawn.max() <= 1


def test_perturbations_are_shortened_by_hand_computed_numbers() -> None:
    moved = torch.tensor([[3.0, -4.0], [0.3, 0.4]]).view(2, 1, 1, 2)
    radius = torch.tensor([2.5, 2.5]).view(2, 1, 1, 1)
    torch.testing.assert_close(within(moved, radius, "l2").view(2, 2), torch.tensor([[1.5, -2.0], [0.3, 0.4]]))
    torch.testing.assert_close(within(moved, radius, "linf").view(2, 2), torch.tensor([[2.5, -2.5], [0.3, 0.4]]))
    assert not within(torch.zeros(1, 1, 1, 2), radius[:1], "l2").any()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda photos: ball(photos, -0.1), r"eps is -0.1; it takes 0 or more, one number or one for each of 2 images"),
        (lambda photos: ball(photos, float("nan")), "eps is nan"),
        (lambda photos: ball(photos, torch.ones(3)), "one number or one for each of 2 images"),
        (lambda photos: shared(photos, torch.ones(2)), "one number or one for each of 1 images"),
        (lambda photos: ball(photos, 0.1, "l1"), r"norm is 'l1'; it takes linf \| l2"),
    ],
)
def test_wrong_limits_are_answered_in_one_line(make: object, words: str) -> None:
    with pytest.raises(UserError, match=words):
        make(random_photos(2))  # type: ignore[operator]


def test_a_canvas_without_limits_keeps_numbers_as_they_are() -> None:
    numbers = torch.tensor([[5.0, -7.0]])
    canvas = Canvas(numbers, 1, lambda numbers, rows: numbers)
    assert canvas.keep(numbers, torch.arange(1)) is numbers and not canvas.plain and not canvas.shared


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_ball_may_count_in_units_of_its_own_for_each_photo(norm: Norm) -> None:
    photos, eps = random_photos(3), torch.tensor([0.01, 0.02, 0.0])
    plain, counted = ball(photos, eps, norm), ball(photos, eps, norm, unit=eps)
    everyone = torch.arange(3)
    # A step of half a unit is half of what each photo may go.
    way = torch.randn(photos.shape, generator=torch.Generator().manual_seed(0))
    way = way.sign() if norm == "linf" else way / way.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    half = counted.keep(0.5 * way, everyone)
    torch.testing.assert_close(
        counted.draw(half, everyone), photos + 0.5 * eps.view(-1, 1, 1, 1) * way, atol=1e-6, rtol=0
    )
    # Whatever goes too far comes to the same pixels as it would without units.
    far = torch.randn(photos.shape, generator=torch.Generator().manual_seed(1))
    same = plain.draw(plain.keep(far * eps.view(-1, 1, 1, 1), everyone), everyone)
    torch.testing.assert_close(counted.draw(counted.keep(far, everyone), everyone), same, atol=1e-6, rtol=0)
    rows = torch.tensor([2, 0])
    torch.testing.assert_close(counted.draw(counted.keep(far[rows], rows), rows), same[rows], atol=1e-6, rtol=0)
    assert torch.equal(counted.draw(counted.keep(far, everyone), everyone)[2], photos[2])
    assert (sizes(counted.draw(counted.keep(far, everyone), everyone) - photos, norm) <= eps * (1 + 1e-6)).all()


@pytest.mark.parametrize("kind", ["ball", "shared"])
def test_the_slope_goes_through_at_the_very_ends_of_the_range(kind: str) -> None:
    """Black may grow brighter, white darker: what is exactly at an end has a slope, what is cut has none."""
    photos = torch.tensor([0.0, 0.5, 1.0, 1.0]).view(1, 1, 1, 4)
    canvas = ball(photos, 0.5) if kind == "ball" else shared(photos, 0.5)
    numbers = torch.tensor([0.0, 0.0, 0.0, 0.25]).view(1, 1, 1, 4).requires_grad_()
    drawn = canvas.draw(numbers, torch.arange(1))
    assert drawn.flatten().tolist() == [0, 0.5, 1, 1]
    (slope,) = torch.autograd.grad(drawn.sum(), numbers)
    assert slope.flatten().tolist() == [1, 1, 1, 0]


def test_squashed_numbers_begin_as_the_photos_and_never_leave_the_range() -> None:
    photos = edgy_photos(2)
    canvas = squashed(photos)
    everyone = torch.arange(2)
    assert canvas.numbers.isfinite().all() and not canvas.plain
    torch.testing.assert_close(canvas.draw(canvas.numbers, everyone), photos, rtol=0, atol=1e-6)
    for numbers in (canvas.numbers + 100, canvas.numbers - 100, 1e9 * canvas.numbers):
        drawn = canvas.draw(canvas.keep(numbers, everyone), everyone)
        assert drawn.min() >= 0 and drawn.max() <= 1
    by_hand = squashed(torch.tensor([0.5, 0.75]).view(1, 1, 1, 2))
    # atanh(0) and atanh(0.5)
    torch.testing.assert_close(by_hand.numbers.flatten(), torch.tensor([0.0, 0.549306]))
    moved = by_hand.draw(torch.tensor([1.0, -1.0]).view(1, 1, 1, 2), torch.arange(1))
    torch.testing.assert_close(moved.flatten(), torch.tensor([0.880797, 0.119203]))


def test_the_slope_of_squashed_numbers_is_that_of_the_pixels_by_how_they_are_squashed() -> None:
    canvas = squashed(random_photos(1))
    numbers = canvas.numbers.clone().requires_grad_()
    drawn = canvas.draw(numbers, torch.arange(1))
    (slope,) = torch.autograd.grad(drawn.sum(), numbers)
    pixel = drawn.detach()
    torch.testing.assert_close(slope, 2 * pixel * (1 - pixel))


def test_norms_have_names() -> None:
    assert norm_named("linf") == "linf" and norm_named("l2") == "l2"
    for wrong in ("l1", "L2", ""):
        with pytest.raises(UserError, match=r"it takes linf \| l2"):
            norm_named(wrong)
