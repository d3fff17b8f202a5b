from pathlib import Path

import pytest
import torch

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.study.thumbnails import small_pictures, thumbnails
from tests.nets import random_photos, small_cnn


def test_a_pixel_is_the_mean_of_those_it_stands_for() -> None:
    images = random_photos(2, size=(40, 56))
    found = thumbnails(images, 28)
    assert found.dtype == torch.uint8 and found.shape == (2, 3, 20, 28)
    means = images.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5))
    assert (found.float() / 255 - means).abs().max() <= 0.5 / 255 + 1e-6


def test_small_pictures_are_not_enlarged() -> None:
    images = (random_photos(1, 1, size=(8, 5)) * 255).round() / 255
    assert torch.equal(thumbnails(images, 28).float() / 255, images)


def test_the_pictures_of_some_places_come_in_the_order_asked_for() -> None:
    network = small_cnn(size=(8, 12))
    pixels = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1).expand(5, 3, 8, 12) * 10
    data = Dataset("five", ("a",), torch.zeros(5, dtype=torch.long), pixels=pixels)
    found = run(small_pictures(network, data, torch.tensor([4, 0, 3]), 6, 2))
    assert found.shape == (3, 3, 4, 6) and found[:, 0, 0, 0].tolist() == [40, 0, 30]


def test_a_picture_that_was_lost_meanwhile_is_named(tmp_path: Path) -> None:
    from seethrough.images import save_image

    files = tuple(tmp_path / f"{name}.png" for name in "ab")
    for file in files:
        save_image(random_photos(1)[0], file)
    data = Dataset("two", ("a",), torch.zeros(2, dtype=torch.long), files=files, root=tmp_path)
    files[1].write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"'two' has changed: .*b\.png"):
        run(small_pictures(small_cnn(), data, torch.tensor([0, 1]), 6, 1))
