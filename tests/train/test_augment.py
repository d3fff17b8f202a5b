import math

import pytest
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.train import augment
from seethrough.train.augment import CHANGES, Change, bend, changes_named, crop, cutout, mirror


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(count: int, channels: int = 3, size: tuple[int, int] = (40, 56)) -> Tensor:
    return torch.rand(count, channels, *size, generator=stream(7))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(("channels", "size"), [(1, (40, 56)), (3, (28, 28)), (3, (1, 5))])
def test_shape_range_and_the_pictures_given_stay_and_one_stream_gives_one_result(
    change: Change, channels: int, size: tuple[int, int]
) -> None:
    images = noise(6, channels, size)
    before, randomness = images.clone(), torch.random.get_rng_state()
    once, again, other = change(images, stream(1)), change(images, stream(1)), change(images, stream(2))
    assert once.shape == images.shape and once.dtype == images.dtype
    assert once.min() >= 0 and once.max() <= 1
    assert torch.equal(once, again)
    assert size == (1, 5) or not torch.equal(once, other)
    assert torch.equal(images, before) and torch.equal(torch.random.get_rng_state(), randomness)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_picture_goes_its_own_way_in_all_colours_alike(change: Change) -> None:
    one = noise(1, 1, (16, 24)).expand(40, 3, -1, -1)
    changed = change(one, stream())
    assert torch.equal(changed[:, 0], changed[:, 1]) and torch.equal(changed[:, 0], changed[:, 2])
    assert len(torch.unique(changed[:, 0].flatten(1), dim=0)) >= (2 if change is mirror else 10)


def test_about_half_are_mirrored_left_to_right_and_the_others_stay() -> None:
    images = noise(1000, 1, (2, 3))
    changed = mirror(images, stream())
    mirrored = (changed == images.flip(3)).flatten(1).all(1)
    stayed = (changed == images).flatten(1).all(1)
    assert bool((mirrored ^ stayed).all())
    assert 440 < int(mirrored.sum()) < 560


def test_a_crop_is_a_window_of_the_reflected_picture_and_every_window_comes() -> None:
    images = noise(1, 3, (8, 16)).expand(300, -1, -1, -1)
    down, across = 1, 2  # an eighth of either side
    wide = torch.nn.functional.pad(images[:1], (across, across, down, down), mode="reflect")[0]
    windows = [wide[:, row : row + 8, column : column + 16] for row in range(3) for column in range(5)]
    found = [
        [place for place, window in enumerate(windows) if torch.equal(one, window)] for one in crop(images, stream())
    ]
    assert all(len(places) == 1 for places in found)
    assert {places[0] for places in found} == set(range(15))


def test_what_is_cut_out_is_a_grey_square_cut_at_the_edges() -> None:
    images = noise(400, 3, (16, 24)) * 0.4  # none is grey by itself
    changed = cutout(images, stream())
    sizes, centres = set(), []
    for image, was in zip(changed, images, strict=True):
        grey = (image == 0.5).all(0)
        assert torch.equal(image[:, ~grey], was[:, ~grey])
        rows, columns = grey.any(1).nonzero()[:, 0], grey.any(0).nonzero()[:, 0]
        assert int(grey.sum()) == len(rows) * len(columns), "a rectangle"
        assert int(rows[-1] - rows[0]) + 1 == len(rows) and int(columns[-1] - columns[0]) + 1 == len(columns)
        sizes.add((len(rows), len(columns)))
        centres.append((int(rows[0]), int(columns[0])))
    assert (4, 6) in sizes and max(sizes) == (4, 6)
    assert min(centres) == (0, 0) and max(row for row, _ in centres) >= 13


def test_a_bend_of_nothing_is_the_picture_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN", "STRETCH", "MOVE"):
        monkeypatch.setattr(augment, name, 0.0)
    images = noise(3)
    torch.testing.assert_close(bend(images, stream()), images, rtol=0, atol=1e-4)


def dot(row: int, column: int, size: tuple[int, int], count: int = 60) -> Tensor:
    """Return pictures of a soft dot at a place seen from the middle."""
    rows = torch.arange(size[0]) - (size[0] - 1) / 2 - row
    columns = torch.arange(size[1]) - (size[1] - 1) / 2 - column
    spot = torch.exp(-(rows[:, None] ** 2 + columns[None] ** 2) / 8)
    return spot.expand(count, 1, -1, -1)


def centre(images: Tensor) -> Tensor:
    """Return where the mass of each picture lies, seen from the middle [B, 2]."""
    height, width = images.shape[-2:]
    mass = images.sum((1, 2, 3))
    rows = (images.sum((1, 3)) * (torch.arange(height) - (height - 1) / 2)).sum(1) / mass
    columns = (images.sum((1, 2)) * (torch.arange(width) - (width - 1) / 2)).sum(1) / mass
    return torch.stack([rows, columns], 1)


def test_a_turn_keeps_what_is_far_from_the_middle_as_far_also_in_a_picture_that_is_not_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("TURN", math.radians(40)), ("STRETCH", 0.0), ("MOVE", 0.0)):
        monkeypatch.setattr(augment, name, value)
    turned = centre(bend(dot(0, 24, (50, 80)), stream()))
    angles = torch.atan2(turned[:, 0], turned[:, 1]).rad2deg()
    torch.testing.assert_close(turned.norm(dim=1), torch.full((60,), 24.0), rtol=0, atol=0.3)
    assert 30 < float(angles.max()) <= 41 and -41 <= float(angles.min()) < -30


def test_a_bend_stays_within_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = centre(bend(dot(0, 20, (56, 72), 300), stream()))
    angles = torch.atan2(turned[:, 0], turned[:, 1]).abs().rad2deg()
    # 10 degrees, a tenth (of what is read, so up to 1 / 0.9 of what is shown), 7 % of the side.
    assert float((turned[:, 1] - 20).abs().max()) < 20 / 0.9 - 20 + 0.07 * 72 / 0.9 + 0.5
    assert float(turned[:, 0].abs().max()) < 20 / 0.9 * math.sin(math.radians(10)) + 0.07 * 56 / 0.9 + 0.5
    assert float(angles.max()) > 10
    for name in ("TURN", "STRETCH"):
        monkeypatch.setattr(augment, name, 0.0)
    moved = centre(bend(dot(0, 0, (40, 80), 300), stream())).abs().amax(0)
    torch.testing.assert_close(moved, torch.tensor([0.07 * 40, 0.07 * 80]), rtol=0.08, atol=0.05)


def test_changes_are_named_in_a_list() -> None:
    assert changes_named("") == [] == changes_named(" , ")
    assert changes_named("cutout,mirror , bend") == [cutout, mirror, bend]
    with pytest.raises(UserError, match="augment 'miror' is not known; closest: mirror"):
        changes_named("crop,miror")
