from pathlib import Path

import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.fool.full_size import at_full_size
from seethrough.images import photo, save_image
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(70, 64), (24, 50), (20, 17)])
def test_the_photo_is_seen_through_the_frame_and_slopes_go_back_to_its_own_pixels(
    channels: int, size: tuple[int, int]
) -> None:
    network = small_cnn(channels, size=(24, 33))
    whole = random_photos(1, channels, size=size)[0]
    framed, pixels = at_full_size(network, whole)
    assert pixels.shape == (1, channels, *size) and framed.size == size and framed.channels == channels
    assert torch.equal(pixels[0], whole) and framed.name == network.name
    torch.testing.assert_close(framed(pixels), network(network.frame(whole)))
    slope = framed.score_gradient(pixels, torch.tensor([2]))
    asked = whole.clone().requires_grad_()
    (expected,) = torch.autograd.grad(network(network.frame(asked))[0, 2], asked)
    torch.testing.assert_close(slope[0], expected)


def test_the_file_at_the_photos_own_size_is_misread(tmp_path: Path) -> None:
    network = small_cnn(size=(24, 33))
    whole = photo(save_image(random_photos(1, size=(50, 70))[0], tmp_path / "photo.png"))
    to = (int(network(network.frame(whole)).argmax()) + 1) % 5
    before = snapshot(network)
    framed, pixels = at_full_size(network, whole)
    found = fool.pgd(framed, pixels, to=to, eps="40/255", step="4/255", eight_bit=True)
    assert_same(before, snapshot(network))
    back = photo(save_image(found.images[0], tmp_path / "fooled.png"))
    assert back.shape == (3, 50, 70) and found.success.all()
    assert int(network(network.frame(back)).argmax()) == to
    assert (found.linf <= 40 / 255 * (1 + 1e-6)).all()


def test_a_real_photo_at_its_own_size_is_misread_from_its_file(tmp_path: Path) -> None:
    network = seethrough.load()
    framed, pixels = at_full_size(network, photo("coffee"))
    assert pixels.shape == (1, 3, 400, 600) and framed.labels is network.labels
    found = fool.pgd(framed, pixels, to="goldfish", eps="4/255", steps=10, random_start=False, eight_bit=True)
    back = photo(save_image(found.images[0], tmp_path / "coffee.png"))
    assert back.shape == (3, 400, 600)
    assert network.classify(network.frame(back))[0][0].label == "goldfish"
    # What the frame does not show is left as it is.
    box = network.frame.box(back)
    left = int(box.left) - 3
    assert left > 0 and torch.equal(back[..., :left], photo("coffee")[..., :left])
