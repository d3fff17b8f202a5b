import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import InterpolationMode, center_crop, resize

from seethrough.errors import UserError
from seethrough.networks.frame import Box, Frame


def smooth_photo(height: int, width: int) -> Tensor:
    """Return a photo without fine detail, so that two resizers differ by rounding alone."""
    y, x = torch.meshgrid(torch.linspace(0, 6, height), torch.linspace(0, 6, width), indexing="ij")
    return torch.stack([y.sin(), x.cos(), (x + y).sin()]) * 0.4 + 0.5


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("shape", [(300, 451), (451, 300), (100, 80), (256, 256)])
def test_a_photo_is_framed_as_torchvision_frames_it_in_training(shape: tuple[int, int], interpolation: str) -> None:
    photo = (smooth_photo(*shape) * 255).round() / 255
    framed = Frame((224, 224), 3, 256, interpolation)(photo)[0]
    picture = Image.fromarray((photo * 255).round().byte().permute(1, 2, 0).numpy())
    expected = center_crop(resize(picture, [256], InterpolationMode(interpolation)), [224, 224])
    assert (framed - torch.from_numpy(np.array(expected)).permute(2, 0, 1) / 255).abs().max() < 1.5 / 255


def test_a_picture_of_the_networks_size_passes_untouched() -> None:
    photo = torch.rand(3, 40, 56)
    frame = Frame((40, 56), 3, 64)
    assert torch.equal(frame(photo)[0], photo)
    assert frame.box(photo) == frame.box(torch.rand(1, 3, 40, 56))
    assert (frame.box(photo).bottom, frame.box(photo).right) == (40, 56)


@pytest.mark.parametrize("shape", [(300, 451), (451, 300), (97, 203), (500, 500)])
def test_the_box_is_the_part_of_the_photo_that_is_seen(shape: tuple[int, int]) -> None:
    height, width = shape
    frame = Frame((40, 56), 2, 64)
    rows = torch.linspace(0, 1, height)[:, None].expand(height, width)
    columns = torch.linspace(0, 1, width)[None].expand(height, width)
    seen = frame(torch.stack([rows, columns]))[0]
    box = frame.box(torch.empty(3, *shape))
    assert 0 <= box.top < box.bottom <= height and 0 <= box.left < box.right <= width
    # A pixel's value is its place: the first and last that are seen lie half a step inside the box.
    step_y, step_x = (box.bottom - box.top) / 40, (box.right - box.left) / 56
    assert seen[0, 0, 0] * (height - 1) == pytest.approx(box.top + step_y / 2 - 0.5, abs=0.3)
    assert seen[0, -1, 0] * (height - 1) == pytest.approx(box.bottom - step_y / 2 - 0.5, abs=0.3)
    assert seen[1, 0, 0] * (width - 1) == pytest.approx(box.left + step_x / 2 - 0.5, abs=0.3)
    assert seen[1, 0, -1] * (width - 1) == pytest.approx(box.right - step_x / 2 - 0.5, abs=0.3)


def test_a_pair_of_sides_squeezes_the_whole_photo_in() -> None:
    frame = Frame((40, 56), 3, (40, 56))
    photo = smooth_photo(200, 100)
    assert frame(photo).shape == (1, 3, 40, 56)
    assert (frame.box(photo).bottom, frame.box(photo).right) == (200, 100)


def test_grey_becomes_colour_and_colour_becomes_grey_as_the_network_needs() -> None:
    grey = torch.rand(1, 40, 56)
    assert torch.equal(Frame((40, 56), 3, 40)(grey)[0], grey.expand(3, -1, -1))
    colour = torch.rand(3, 40, 56)
    expected = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    torch.testing.assert_close(Frame((40, 56), 1, 40)(colour)[0, 0], expected)
    with pytest.raises(UserError, match="photo has 5 channels; this network takes 3"):
        Frame((40, 56), 3, 40)(torch.rand(5, 40, 56))


def test_many_photos_of_many_sizes_make_one_batch_in_range() -> None:
    frame = Frame((40, 56), 3, 64)
    photos = [torch.rand(3, 90, 70), torch.rand(1, 33, 200), (torch.rand(3, 400, 400) > 0.5).float()]
    batch = frame(photos)
    assert batch.shape == (3, 3, 40, 56)
    assert batch.min() >= 0 and batch.max() <= 1
    assert torch.equal(batch[1], frame(photos[1])[0])
    with pytest.raises(UserError, match="none given"):
        frame([])
    with pytest.raises(UserError, match=r"a photo is \[channels, height, width\]"):
        frame(torch.rand(40, 56))


@pytest.mark.parametrize("shape", [(300, 451), (451, 300), (97, 203), (40, 56)])
def test_a_box_of_the_photo_is_brought_to_where_the_network_sees_it(shape: tuple[int, int]) -> None:
    frame = Frame((40, 56), 1, 64)
    seen = frame.box(torch.zeros(1, *shape))
    # A bright box, a little inside what is seen, lights up its own place in the pixels and nothing beside it.
    down, across = (seen.bottom - seen.top) / 8, (seen.right - seen.left) / 8
    top, bottom = round(seen.top + 2 * down), round(seen.top + 5 * down)
    left, right = round(seen.left + 3 * across), round(seen.left + 7 * across)
    photo = torch.zeros(1, *shape)
    photo[:, top:bottom, left:right] = 1
    found = frame.to_frame(Box(top, left, bottom, right), photo)
    lit = frame(photo)[0, 0]
    rows, columns = (lit.amax(1) > 0.5).nonzero(), (lit.amax(0) > 0.5).nonzero()
    edges = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
    for edge, expected in zip(edges, (found.top, found.left, found.bottom, found.right), strict=True):
        assert abs(float(edge) - expected) <= 1


def test_a_box_is_cut_where_the_networks_view_ends_and_refused_beyond() -> None:
    frame, photo = Frame((40, 40), 3, 40), torch.zeros(3, 80, 160)  # it sees columns 40 to 120, at half the size
    assert frame.to_frame(Box(20, 0, 999, 60), photo) == Box(10, 0, 40, 10)
    with pytest.raises(UserError, match="nothing of it lies in what the network sees"):
        frame.to_frame(Box(0, 0, 80, 40), photo)


def test_black_and_white_keep_their_slope_where_a_photo_is_enlarged() -> None:
    photo = torch.zeros(1, 10, 10)
    photo[:, :, 5:] = 1
    photo.requires_grad_()
    Frame((20, 20), 1, 20)(photo).sum().backward()
    assert photo.grad is not None
    # Away from the edge every pixel stands for four.
    assert float(photo.grad[0, 5, 1]) == pytest.approx(4, abs=0.1)
    assert float(photo.grad[0, 5, 8]) > 1
