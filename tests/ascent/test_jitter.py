import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from seethrough.ascent.jitter import STILL, Jitter, Move, central_crop, crop, mirror, rotation, shift, zoom
from seethrough.networks.streams import image_streams
from tests.nets import random_photos

EVERY: tuple[Move, ...] = (shift(5), crop(0.5, 0.9), zoom(0.8, 1.2), rotation(30), mirror(), central_crop(0.3, 0.6))


def always(*values: float) -> Move:
    """A move that is no chance: its matrix, row by row."""
    matrix = torch.tensor([values[:3], values[3:], (0, 0, 1)], dtype=torch.float64)
    return lambda stream, size: matrix


def places(move: Move, count: int = 300, size: tuple[int, int] = (40, 56), seed: int = 0) -> Tensor:
    """Draw many matrices of a move, one after another."""
    stream = torch.Generator().manual_seed(seed)
    return torch.stack([move(stream, size) for _ in range(count)])


def corners(matrices: Tensor) -> Tensor:
    """Return where the corners of the view lie in the image, [count, 4, 2] from -1 to 1."""
    ends = torch.tensor([[-1, -1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, 1]], dtype=torch.float64)
    return (matrices @ ends.T).mT[..., :2]


def smooth(size: tuple[int, int] = (40, 56), channels: int = 3) -> Tensor:
    """Return an image without fine detail, which bears being sampled between its pixels."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, size[0]), torch.linspace(-1, 1, size[1]), indexing="ij")
    planes = [0.5 + 0.3 * torch.sin(1.5 * x + phase) * torch.cos(1.2 * y - phase) for phase in range(channels)]
    return torch.stack(planes)[None].double()


def view(image: Tensor, moves: Sequence[Move], size: tuple[int, int] | None = None, seed: int = 0) -> Tensor:
    return Jitter(moves)(image, image_streams(seed, len(image)), size or (image.shape[-2], image.shape[-1]))


# What moves promise


def test_without_moves_the_image_itself_is_seen() -> None:
    images = random_photos(2)
    assert STILL(images, [], (40, 56)) is images
    assert STILL.still
    for other in (Jitter((mirror(),)), Jitter(noise=0.1), Jitter(views=2)):
        assert not other.still


@pytest.mark.parametrize(("least", "most"), [(0.35, 1.0), (0.1, 0.1), (0.8, 0.9)])
def test_a_crop_is_as_large_as_promised_and_stays_inside(least: float, most: float) -> None:
    matrices = places(crop(least, most))
    sides = matrices[:, 0, 0]
    assert torch.equal(sides, matrices[:, 1, 1]) and not matrices[:, 0, 1].any() and not matrices[:, 1, 0].any()
    assert sides.min() >= least and sides.max() <= most
    assert sides.max() - sides.min() >= 0.9 * (most - least)
    assert corners(matrices).abs().max() <= 1 + 1e-12
    for axis in (0, 1):  # it goes everywhere: to both borders, and the middle on the mean
        freedom = matrices[:, axis, 2] / (1 - sides)
        assert freedom.min() < -0.95 and freedom.max() > 0.95 and abs(freedom.mean()) < 0.1


def test_a_crop_shows_that_part_of_the_image() -> None:
    image = smooth()
    stream = torch.Generator().manual_seed(3)
    matrix = crop(0.5, 0.5)(stream, (40, 56))
    found = view(image, [lambda stream, size: matrix], size=(20, 28))
    # At half the side and half the pixels the view has the image's own pixels, from where the crop begins.
    left, top = ((float(matrix[axis, 2]) - 0.5 + 1) / 2 * side for axis, side in ((0, 56), (1, 40)))
    whole = (round(top), round(left))
    expected = image[..., whole[0] : whole[0] + 20, whole[1] : whole[1] + 28]
    assert (found - expected).abs().max() < 0.03  # the crop begins up to half a pixel away
    exact = always(0.5, 0, 2 * 10 / 56 - 0.5, 0, 0.5, 2 * 4 / 40 - 0.5)
    torch.testing.assert_close(view(image, [exact], size=(20, 28)), image[..., 4:24, 10:38], rtol=0, atol=1e-9)


def test_a_central_crop_is_normally_distributed_about_the_middle() -> None:
    matrices = places(central_crop(0.05, 0.5, spread=0.15), 3000)
    sides = matrices[:, 0, 0]
    assert torch.equal(sides, matrices[:, 1, 1])
    assert sides.min() >= 0.05 and sides.max() <= 0.5 and sides.mean() == pytest.approx(0.275, abs=0.01)
    for axis in (0, 1):
        middle = matrices[:, axis, 2] / 2  # as a share of the image
        assert abs(middle.mean()) < 0.01 and middle.std() == pytest.approx(0.15, rel=0.05)


def test_a_shift_is_of_whole_pixels_up_to_the_limit() -> None:
    matrices = places(shift(3))
    across, down = matrices[:, 0, 2] * 56 / 2, matrices[:, 1, 2] * 40 / 2
    for moved in (across, down):
        torch.testing.assert_close(moved, moved.round(), rtol=0, atol=1e-9)
        assert sorted(set(moved.round().int().tolist())) == [-3, -2, -1, 0, 1, 2, 3]
    assert torch.equal(matrices[:, :2, :2], torch.eye(2, dtype=torch.float64).expand(300, 2, 2))


@pytest.mark.parametrize("seed", range(6))
def test_a_shifted_view_is_the_image_rolled_and_mirrored_at_its_borders(seed: int) -> None:
    image = random_photos(1).double()
    matrix = shift(6)(torch.Generator().manual_seed(seed), (40, 56))
    across, down = round(float(matrix[0, 2]) * 28), round(float(matrix[1, 2]) * 20)
    found = view(image, [lambda stream, size: matrix])
    rolled = image.roll((-down, -across), (-2, -1))
    torch.testing.assert_close(found[..., 6:-6, 6:-6], rolled[..., 6:-6, 6:-6], rtol=0, atol=1e-9)
    mirrored = torch.cat([image.flip(-2), image, image.flip(-2)], -2)
    mirrored = torch.cat([mirrored.flip(-1), mirrored, mirrored.flip(-1)], -1)
    expected = mirrored[..., 40 + down : 80 + down, 56 + across : 112 + across]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def test_the_mirror_image_is_seen_every_other_time() -> None:
    image = random_photos(1).double()
    seen = Jitter((mirror(),), views=40)(image, image_streams(1, 1), (40, 56))
    plain = [torch.allclose(one, image[0], rtol=0, atol=1e-9) for one in seen]
    flipped = [torch.allclose(one, image[0].flip(-1), rtol=0, atol=1e-9) for one in seen]
    assert [a + b for a, b in zip(plain, flipped, strict=True)] == [1] * 40
    assert 10 <= sum(plain) <= 30


@pytest.mark.parametrize("turns", [1, -1])
def test_a_quarter_turn_of_a_square_is_a_quarter_turn(turns: int) -> None:
    image = random_photos(1, size=(16, 16)).double()
    stream = torch.Generator().manual_seed(0)
    drawn = rotation(90)(stream, (16, 16))
    # What chance draws is a matrix of the same kind as that of a quarter turn.
    assert drawn[0, 0] == pytest.approx(float(drawn[1, 1])) and drawn[0, 1] == pytest.approx(-float(drawn[1, 0]))
    quarter = always(0, -turns, 0, turns, 0, 0)
    torch.testing.assert_close(view(image, [quarter]), image.rot90(turns, (-2, -1)), rtol=0, atol=1e-9)


def test_turns_go_as_far_as_promised_to_either_side() -> None:
    matrices = places(rotation(20), size=(30, 30))
    angles = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]) * 180 / math.pi
    assert angles.min() < -18 and angles.max() > 18 and angles.abs().max() <= 20


@pytest.mark.parametrize("size", [(40, 56), (56, 40)])
def test_a_turn_keeps_lengths_and_angles_where_the_image_is_not_square(size: tuple[int, int]) -> None:
    half = torch.diag(torch.tensor([size[1] / 2, size[0] / 2], dtype=torch.float64))  # from -1 to 1 to pixels
    for matrix in places(rotation(90), 20, size):
        turn = half @ matrix[:2, :2] @ half.inverse()
        torch.testing.assert_close(turn @ turn.T, torch.eye(2, dtype=torch.float64))
        assert turn.det() == pytest.approx(1)


def test_a_turned_bar_is_turned() -> None:
    image = torch.zeros(1, 1, 40, 80, dtype=torch.float64)
    image[..., 19:21, 10:70] = 1.0  # a line across
    angle = math.radians(30)
    wide = 2.0
    seen = view(
        image, [always(math.cos(angle), -math.sin(angle) / wide, 0, math.sin(angle) * wide, math.cos(angle), 0)]
    )
    lit = (seen[0, 0] > 0.5).nonzero().double() - torch.tensor([19.5, 39.5])
    slopes = (lit[:, 0] / lit[:, 1])[lit[:, 1].abs() > 10]
    torch.testing.assert_close(slopes.mean(), torch.tensor(-math.tan(angle), dtype=torch.float64), rtol=0.05, atol=0)


def test_zoom_enlarges_about_the_middle_by_a_factor_between_the_limits() -> None:
    matrices = places(zoom(0.8, 2.0))
    factors = 1 / matrices[:, 0, 0]
    assert torch.equal(matrices[:, 0, 0], matrices[:, 1, 1]) and not matrices[:, :2, 2].any()
    assert 0.8 <= factors.min() < 0.85 and 1.95 < factors.max() <= 2.0
    image = smooth(size=(32, 48))
    twice = view(image, [zoom(2, 2)], size=(32, 48))
    again = twice.unfold(-2, 2, 2).unfold(-2, 2, 2).mean((-2, -1))  # two by two: back to the middle of the image
    torch.testing.assert_close(again, image[..., 8:24, 12:36], rtol=0, atol=0.003)


def test_moves_follow_one_another_in_the_order_they_are_given() -> None:
    image = random_photos(1).double()
    first, second = shift(4), mirror()
    stream = image_streams(2, 1)[0]
    matrices = [first(stream, (40, 56)), second(stream, (40, 56))]
    assert matrices[1][0, 0] == -1  # with this seed the second move does something
    step_by_step = image
    for matrix in matrices:
        step_by_step = view(step_by_step, [lambda stream, size, matrix=matrix: matrix])
    at_once = view(image, [first, second], seed=2)
    torch.testing.assert_close(at_once[..., 5:-5, 5:-5], step_by_step[..., 5:-5, 5:-5], rtol=0, atol=1e-9)
    other_way = view(image, [lambda stream, size: matrices[1], lambda stream, size: matrices[0]])
    assert (other_way - at_once)[..., 5:-5, 5:-5].abs().max() > 0.1


# Size


def test_an_image_is_brought_to_the_size_that_is_wanted() -> None:
    image = random_photos(2, size=(20, 28)).double()
    found = STILL(image, image_streams(0, 2), (40, 56))
    expected = torch.nn.functional.interpolate(image, (40, 56), mode="bilinear", align_corners=False)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)
    half = STILL(image, image_streams(0, 2), (10, 14))
    weights = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8  # a triangle as wide as two new pixels
    rows = torch.einsum("bchwk,k->bchw", image[..., 1:].unfold(-1, 4, 2), weights)
    expected = torch.einsum("bchwk,k->bchw", rows[..., 1:, :].unfold(-2, 4, 2), weights)
    torch.testing.assert_close(half[..., 1:-1, 1:-1], expected, rtol=0, atol=1e-9)
    assert view(image, EVERY, size=(33, 47)).shape == (2, 3, 33, 47)


# Chance


@pytest.mark.parametrize(
    "jitter", [Jitter(EVERY, 0.1), Jitter(EVERY, 0.1, 3, 0.2), Jitter(noise=0.2, views=2), Jitter(EVERY)]
)
def test_an_image_is_seen_alike_alone_and_in_a_batch(jitter: Jitter) -> None:
    images = random_photos(4).double()
    together = jitter(images, image_streams(9, 4), (40, 56))
    assert together.shape == (4 * jitter.views, 3, 40, 56)
    for place in range(4):
        stream = image_streams(9, 4)[place]
        alone = jitter(images[place : place + 1], [stream], (40, 56))
        assert torch.equal(alone, together[place * jitter.views : (place + 1) * jitter.views])


def test_views_differ_from_view_to_view_from_image_to_image_and_from_step_to_step() -> None:
    images = random_photos(1).expand(2, -1, -1, -1)
    streams = image_streams(0, 2)
    jitter = Jitter((crop(0.3, 0.9),), views=2)
    seen = [*jitter(images, streams, (40, 56)), *jitter(images, streams, (40, 56))]
    for place, one in enumerate(seen):
        assert all((one - other).abs().max() > 0.05 for other in seen[:place])


def test_noise_has_the_standard_deviation_that_was_asked_for() -> None:
    images = torch.full((3, 3, 40, 56), 0.5)
    noise = Jitter(noise=0.08, views=2)(images, image_streams(0, 3), (40, 56)) - 0.5
    assert noise.shape[0] == 6
    for one in noise:
        assert one.std() == pytest.approx(0.08, rel=0.03) and abs(one.mean()) < 0.005
    assert abs(float(torch.corrcoef(noise.flatten(1)).triu(1).abs().max())) < 0.06


def test_light_varies_the_contrast_of_each_colour_about_grey_and_its_brightness_by_a_third_of_that() -> None:
    image = torch.tensor([0.5, 0.9]).view(1, 1, 1, 2).repeat(1, 3, 1, 1).double()
    seen = Jitter(light=0.15, views=1500)(image, image_streams(0, 1), (1, 2))[:, :, 0]
    brightness, contrast = seen[..., 0] - 0.5, (seen[..., 1] - seen[..., 0]) / 0.4 - 1
    for drawn, spread in ((contrast, 0.15), (brightness, 0.05)):
        assert drawn.shape == (1500, 3)
        assert drawn.std() == pytest.approx(spread, rel=0.05) and abs(drawn.mean()) < spread / 20
    drawn = torch.cat([contrast, brightness], 1)
    assert torch.corrcoef(drawn.T).fill_diagonal_(0).abs().max() < 0.1  # each colour for itself
    assert not Jitter(light=0.1).still


def test_the_global_random_state_is_not_touched() -> None:
    before = torch.random.get_rng_state()
    Jitter(EVERY, 0.1, 2)(random_photos(2), image_streams(0, 2), (40, 56))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_views_stay_as_precise_as_the_image_and_lead_slopes_back(dtype: torch.dtype) -> None:
    images = random_photos(1).to(dtype).requires_grad_()
    seen = Jitter(EVERY, 0.1, 2)(images, image_streams(0, 1), (40, 56))
    assert seen.dtype == dtype
    (slope,) = torch.autograd.grad(seen.sum(), images)
    assert slope.sum() == pytest.approx(2 * 3 * 40 * 56, rel=1e-3)  # every sampled place is a mean of pixels
