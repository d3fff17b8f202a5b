import pytest
import torch
from torch import Tensor

from seethrough.ascent.tiles import Tiles
from seethrough.networks.streams import image_streams
from tests.nets import random_photos


def shown(tiles: Tiles, images: Tensor, seed: int = 0) -> Tensor:
    return tiles(images, image_streams(seed, len(images)), tiles.size)


def test_one_tile_without_a_shift_is_the_image() -> None:
    images, tiles = random_photos(2), Tiles((40, 56), (40, 56))
    assert tiles.still and tiles.views == 1
    assert torch.equal(shown(tiles, images), images)


def test_a_shifted_image_goes_on_from_its_other_side() -> None:
    images, tiles = random_photos(1), Tiles((40, 56), (40, 56), shift=7)
    found = shown(tiles, images)
    moves = [(down, across) for down in range(-7, 8) for across in range(-7, 8)]
    fitting = [move for move in moves if torch.equal(images.roll(move, (2, 3)), found)]
    assert len(fitting) == 1 and fitting != [(0, 0)]
    assert not tiles.still


def test_shifts_reach_as_far_as_they_may_and_no_further() -> None:
    column = torch.arange(40.0).view(1, 1, 40, 1).expand(1, 1, 40, 56)
    seen = {float(shown(Tiles((40, 56), (40, 56), shift=2), column, seed)[0, 0, 0, 0]) for seed in range(60)}
    assert seen == {38.0, 39.0, 0.0, 1.0, 2.0}


@pytest.mark.parametrize("held", [(40, 56), (70, 100), (9, 130), (20, 28)])
def test_tiles_show_every_pixel_of_an_image_of_any_size(held: tuple[int, int]) -> None:
    tiles = Tiles(held, (40, 56))
    numbered = torch.arange(held[0] * held[1], dtype=torch.float64).view(1, 1, *held)
    found = shown(tiles, numbered)
    assert found.shape == (tiles.views, 1, 40, 56)
    assert tiles.views == -(-held[0] // 40) * -(-held[1] // 56)
    assert torch.equal(found.unique(), numbered.flatten())


def test_tiles_lie_next_to_one_another() -> None:
    found = shown(Tiles((80, 112), (40, 56)), random_photos(1, size=(80, 112)))
    whole = torch.cat([torch.cat([found[0], found[1]], 2), torch.cat([found[2], found[3]], 2)], 1)
    image = random_photos(1, size=(80, 112))[0]
    assert any(torch.equal(image.roll((down, across), (1, 2)), whole) for down in range(80) for across in range(112))


def test_an_image_is_moved_alike_alone_and_in_a_batch() -> None:
    images, tiles = random_photos(3, size=(50, 60)), Tiles((50, 60), (40, 56), shift=4)
    together = shown(tiles, images)
    for place in range(3):
        alone = tiles(images[place][None], image_streams(0, 1, place), (40, 56))
        assert torch.equal(alone, together[place * 4 : place * 4 + 4])
    assert not torch.equal(
        tiles(images[:1], image_streams(0, 1), (40, 56)), tiles(images[:1], image_streams(1, 1), (40, 56))
    )
