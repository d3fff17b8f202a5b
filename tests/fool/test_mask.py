"""Where pixels may change: how a mask is read, what a case makes of it, and how a picture becomes one."""

import pytest
import torch
from torch import Tensor

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.bounded import bounds, random_in
from seethrough.fool.case import open_case
from seethrough.fool.full_size import at_full_size
from seethrough.fool.mask import mask_for, mask_of
from seethrough.images import photo
from tests.fool.calls import free_of, masks_of_each
from tests.nets import random_photos, small_cnn


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_random_starts_lie_inside_and_fill_the_ball_of_the_free_pixels(norm: str) -> None:
    network, photos, masks = small_cnn(), random_photos(3), masks_of_each()
    case = open_case(network, photos, mask=masks, batch=5)
    limit = bounds(case, 0.05, norm)
    moved = random_in(case, limit, torch.tensor([2, 0]), case.streams())
    free = free_of(masks, photos)[[2, 0]]
    assert not moved[~free].any() and (moved[free] != 0).float().mean() > 0.99
    # In so many dimensions nearly all of a ball is next to its surface.
    size = moved.abs().flatten(1).amax(1) if norm == "linf" else moved.flatten(1).norm(dim=1)
    assert (size > 0.0499).all() and (size <= 0.05).all()


def test_a_result_with_a_pixel_changed_that_may_not_be_is_never_made() -> None:
    images, mask = random_photos(2), torch.ones(40, 56)
    mask[3, 4] = 0
    case = open_case(small_cnn(), images, mask=mask, batch=5)
    moved = images.clone()
    moved[1, :, 5, 6] += 0.01
    assert case.outcome("test", moved, {}).linf.tolist() == pytest.approx([0, 0.01])
    moved[1, 2, 3, 4] += 1e-6
    with pytest.raises(AssertionError, match="may not be"):
        case.outcome("test", moved, {})


def test_a_real_photo_is_misread_by_a_corner_of_it_alone() -> None:
    network = seethrough.load()
    pixels, mask = network.frame(photo("coffee")), torch.zeros(224, 224)
    mask[:112, :112] = 1
    found = fool.pgd(network, pixels, to="goldfish", mask=mask, eps="8/255", steps=20)
    assert found.success.all() and found.after[0].label == "goldfish" and found.settings["mask"] == 0.25
    assert torch.equal(found.images[..., 112:, :], pixels[..., 112:, :])
    assert torch.equal(found.images[..., 112:], pixels[..., 112:])


def test_a_mask_at_full_size_is_of_the_photo_itself() -> None:
    network, pixels = at_full_size(seethrough.load(), photo("coffee"))
    mask = torch.zeros(400, 600)
    mask[150:300, 200:400] = 1
    found = fool.toward(network, pixels, to="cup", mask=mask, step=0.3, eight_bit=True, steps=60)
    free = free_of(mask, pixels)
    assert found.success.all() and torch.equal(found.images[~free], ((pixels * 255).round() / 255)[~free])


# From a picture to a mask.


def test_a_mask_of_no_tensor_is_none_and_one_for_all_is_for_each() -> None:
    images = random_photos(3)
    assert mask_of(None, images) is None
    found = mask_of(torch.full((40, 56), 0.5), images)
    assert found is not None and found.shape == (3, 1, 40, 56) and found.dtype == torch.bool and found.all()
    assert mask_of(torch.full((40, 56), 0.49), images).any().item() is False  # type: ignore[union-attr]


@pytest.mark.parametrize("scale", [1, 2, 0.5])
def test_a_picture_of_the_photos_shape_lies_where_it_lies_on_the_photo(scale: float) -> None:
    network, coffee = seethrough.load(), photo("coffee")
    drawn = torch.zeros(3, int(400 * scale), int(600 * scale))
    drawn[:, int(100 * scale) : int(300 * scale), int(200 * scale) : int(350 * scale)] = 1
    mask = mask_for(network, drawn, coffee)
    box = network.frame.to_frame(seethrough.networks.frame.Box(100, 200, 300, 350), coffee)
    rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
    edges = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    for edge, expected in zip(edges, (box.top, box.left, box.bottom, box.right), strict=True):
        assert float(edge) == pytest.approx(expected, abs=1)
    assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()


def test_a_picture_of_the_networks_size_is_taken_as_it_is() -> None:
    network = seethrough.load()
    drawn = (torch.rand(1, 224, 224, generator=torch.Generator().manual_seed(0)) > 0.5).float()
    assert torch.equal(mask_for(network, drawn, photo("coffee")), drawn[0] == 1)


def test_at_full_size_it_is_the_photo_that_a_picture_lies_on() -> None:
    whole, _ = at_full_size(seethrough.load(), photo("coffee"))
    drawn = torch.zeros(1, 400, 600)
    drawn[:, 3:50, 7:90] = 1
    assert torch.equal(mask_for(whole, drawn, photo("coffee")), drawn[0] == 1)
    half = mask_for(whole, drawn[..., ::2, ::2], photo("coffee"))
    assert (half != (drawn[0] == 1)).double().mean() < 0.01


def test_a_side_that_was_rounded_still_has_the_photos_shape() -> None:
    network = small_cnn()
    assert mask_for(network, torch.ones(1, 67, 100), torch.rand(3, 400, 600)).all()
    assert mask_for(network, torch.ones(1, 3001, 4502), torch.rand(3, 400, 600)).all()


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (torch.ones(3, 300, 300), "mask is 300 x 300; it takes the shape of the photo, 600 x 400, or the 56 x 40 the"),
        (torch.ones(3, 600, 400), "mask is 400 x 600; it takes the shape of the photo, 600 x 400"),
        (torch.zeros(3, 400, 600), "mask has nothing white in what the network sees of the photo"),
    ],
)
def test_a_picture_that_cannot_be_meant_is_refused(picture: Tensor, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        mask_for(small_cnn(), picture, torch.rand(3, 400, 600))
    assert "\n" not in str(caught.value)
