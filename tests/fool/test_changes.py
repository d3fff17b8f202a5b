import io
import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.changes import (
    CHANGES,
    as_jpeg,
    as_png,
    changes_for,
    cropped,
    grey,
    halved,
    lit,
    mirrored,
    turned,
    window,
)
from seethrough.networks.frame import Box
from tests.nets import random_photos


def smooth_photo(size: tuple[int, int] = (60, 80)) -> Tensor:
    """Return waves of three colours: what any way of looking between pixels sees alike."""
    down = torch.linspace(0, 3, size[0])[:, None]
    across = torch.linspace(0, 4, size[1])[None]
    waves = [torch.sin(down + across), torch.cos(down - across), torch.sin(2 * down) * torch.cos(across)]
    return (torch.stack(waves) * 0.4 + 0.5)[None]


def test_left_and_right_are_swapped() -> None:
    assert mirrored(torch.tensor([[[[0.1, 0.2, 0.3]]]])).flatten().tolist() == pytest.approx([0.3, 0.2, 0.1])


def test_the_crop_of_a_ramp_is_the_middle_of_it() -> None:
    # A side of sqrt(0.8) about the middle 0.5 holds 0.8 of the area.
    ramp = ((torch.arange(56) + 0.5) / 56).expand(1, 3, 40, 56)
    expected = 0.5 + math.sqrt(0.8) * (ramp - 0.5)
    torch.testing.assert_close(cropped(ramp), expected, atol=1e-5, rtol=0)
    down = ((torch.arange(40) + 0.5) / 40)[:, None].expand(1, 3, 40, 56)
    torch.testing.assert_close(cropped(down), 0.5 + math.sqrt(0.8) * (down - 0.5), atol=1e-5, rtol=0)


def test_the_crop_of_a_box_is_the_middle_of_the_box() -> None:
    ramp = ((torch.arange(100) + 0.5) / 100).expand(1, 1, 100, 100)
    # A tall box, 20 across and 50 down: the window is 40 square, about the box's middle at 70 across.
    seen = cropped(torch.cat([ramp, ramp]), [Box(10, 60, 60, 80), Box(0, 0, 100, 100)])
    torch.testing.assert_close(seen[0], 0.7 + 0.4 * (ramp[0] - 0.5), atol=1e-5, rtol=0)
    torch.testing.assert_close(seen[1:], cropped(ramp))


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[st.floats(0, 1)] * 4), st.sampled_from([(40, 56), (56, 40), (224, 224), (10, 100)]))
def test_the_window_has_the_pictures_shape_lies_in_it_and_holds_four_fifths_of_the_box(
    ends: tuple[float, ...], size: tuple[int, int]
) -> None:
    (top, bottom), (left, right) = sorted(ends[:2]), sorted(ends[2:])
    box = Box(top * size[0], left * size[1], (bottom + 0.05) / 1.05 * size[0], (right + 0.05) / 1.05 * size[1])
    if box.top >= box.bottom or box.left >= box.right:
        return
    seen = window(box, size)
    tall, wide = seen.bottom - seen.top, seen.right - seen.left
    assert tall / wide == pytest.approx(size[0] / size[1])
    assert seen.top >= -1e-9 and seen.left >= -1e-9 and seen.bottom <= size[0] + 1e-9 and seen.right <= size[1] + 1e-9
    shared = (min(seen.bottom, box.bottom) - max(seen.top, box.top)) * (
        min(seen.right, box.right) - max(seen.left, box.left)
    )
    assert shared / ((box.bottom - box.top) * (box.right - box.left)) == pytest.approx(0.8)


def test_a_turn_goes_counterclockwise_about_the_middle() -> None:
    spot = torch.zeros(1, 1, 81, 121)
    spot[0, 0, 40, 90] = 1  # 30 to the right of the middle
    top, left = divmod(int(turned(spot).argmax()), 121)
    assert (top, left) == (40 - 15, 60 + 26)  # 30 sin 30 up, 30 cos 30 to the right
    square = random_photos(1, size=(40, 40))
    torch.testing.assert_close(turned(square, 90), square.rot90(1, (2, 3)), atol=1e-5, rtol=0)
    oblong = random_photos(1)
    torch.testing.assert_close(turned(oblong, 180), oblong.flip((2, 3)), atol=1e-5, rtol=0)


def test_a_turn_agrees_with_pillow_and_leaves_no_black_corner() -> None:
    image = smooth_photo()
    levels = np.rint(image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    turned_there = Image.fromarray(levels).rotate(30, Image.Resampling.BILINEAR)
    expected = torch.from_numpy(np.array(turned_there).astype(np.float32) / 255).permute(2, 0, 1)
    inside = torch.from_numpy(np.array(Image.new("L", (80, 60), 255).rotate(30))) > 0
    ours = turned(image)[0]
    assert float((ours - expected)[:, inside].abs().mean()) < 0.01
    white = turned(torch.ones(1, 3, 40, 56))
    torch.testing.assert_close(white, torch.ones_like(white))


def test_grey_is_what_the_eye_weighs() -> None:
    colours = torch.eye(3).view(3, 3, 1, 1)
    assert torch.allclose(grey(colours)[:, 0].flatten(), torch.tensor([0.299, 0.587, 0.114]))
    changed = grey(random_photos(2))
    assert torch.equal(changed[:, 0], changed[:, 1]) and torch.equal(changed[:, 0], changed[:, 2])
    assert torch.allclose(grey(changed), changed, atol=1e-6)
    with pytest.raises(UserError, match="images has 1 channels; grey is made of 3"):
        grey(torch.rand(1, 1, 4, 4))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_is_what_pillow_writes_at_that_quality(channels: int) -> None:
    images = random_photos(2, channels)
    for quality in (90, 50):
        changed = as_jpeg(images, quality)
        for image, found in zip(images, changed, strict=True):
            levels = np.rint(image.numpy() * 255).astype(np.uint8)
            written = io.BytesIO()
            picture = Image.fromarray(levels[0] if channels == 1 else levels.transpose(1, 2, 0))
            picture.save(written, "JPEG", quality=quality)
            read = np.atleast_3d(np.array(Image.open(written))).transpose(2, 0, 1)
            assert np.array_equal(np.rint(found.numpy() * 255), read)


def test_a_poorer_jpeg_is_farther_from_the_picture() -> None:
    image = random_photos(1)
    errors = [float((as_jpeg(image, quality) - image).abs().mean()) for quality in (90, 70, 50)]
    assert 0 < errors[0] < errors[1] < errors[2] < 0.2


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_keeps_256_levels(channels: int) -> None:
    images = random_photos(2, channels)
    changed = as_png(images)
    assert torch.equal((changed * 255).round(), (images * 255).round())
    assert 0 < float((changed - images).abs().max()) <= 0.5 / 255 + 1e-6
    assert torch.equal(as_png(changed), changed)


def test_light_stays_in_range() -> None:
    pixels = torch.tensor([[[[0.05, 0.5, 0.95]]]])
    assert lit(pixels, 0.1).flatten().tolist() == pytest.approx([0.15, 0.6, 1.0])
    assert lit(pixels, -0.1).flatten().tolist() == pytest.approx([0.0, 0.4, 0.85])


def test_half_the_size_loses_what_is_finer_than_two_pixels() -> None:
    stripes = torch.tensor([0.0, 1.0]).repeat(28).expand(1, 1, 40, 56)
    assert float((halved(stripes)[..., 4:-4] - 0.5).abs().max()) < 0.13
    image = smooth_photo((41, 57))
    assert float((halved(image) - image).abs().mean()) < 0.01


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("size", [(40, 56), (33, 17), (1, 1), (8, 2)])
def test_every_change_gives_pixels_of_the_same_kind_and_no_image_minds_the_others(
    name: str, size: tuple[int, int]
) -> None:
    change = CHANGES[name]
    before_random = torch.get_rng_state()
    for channels in [3] if name == "grey" else [1, 3]:
        images = random_photos(3, channels, size).double()
        images[0, :, 0, 0], images[1] = 1.0, 0.0
        kept = images.clone()
        changed = change(images)
        assert changed.shape == images.shape and changed.dtype == torch.float64
        assert float(changed.min()) >= 0 and float(changed.max()) <= 1
        assert torch.equal(images, kept) and changed.data_ptr() != images.data_ptr()
        for place in range(3):
            torch.testing.assert_close(change(images[place : place + 1]), changed[place : place + 1], atol=1e-9, rtol=0)
    assert torch.equal(torch.get_rng_state(), before_random)


def test_all_but_the_first_change_something() -> None:
    image = random_photos(1)
    differ = [float((change(image) - image).abs().max()) > 1e-4 for change in CHANGES.values()]
    assert differ == [False] + [True] * (len(CHANGES) - 1)
    assert next(iter(CHANGES)) == "as it is"


def test_without_colours_grey_is_left_out_and_boxes_change_the_crop_alone() -> None:
    assert set(CHANGES) - set(changes_for(1)) == {"grey"}
    image, boxes = random_photos(1), [Box(10, 10, 20, 20)]
    changed = [
        name for name, change in changes_for(3, boxes).items() if not torch.equal(change(image), CHANGES[name](image))
    ]
    assert changed == ["crop 80 %"]
    torch.testing.assert_close(changes_for(3, boxes)["crop 80 %"](image), partial(cropped, boxes=boxes)(image))
