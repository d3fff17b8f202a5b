import itertools

import pytest
import torch

from seethrough.study.scene_grid import SceneGrid
from seethrough.study.scenes import Scene, backgrounds, drawn, factors_named, pictures


def grid(factors: str = "scale,contrast", levels: int = 3, size: tuple[int, int] = (40, 56)) -> SceneGrid:
    return SceneGrid(drawn(3, size), factors_named(factors), levels, backgrounds(levels, 3, size, 0))


def test_all_combinations_are_there_the_last_factor_the_fastest() -> None:
    found = grid()
    places = found.places()
    assert places == list(itertools.product(range(3), range(3), range(3))) and found.each == 9
    assert places[1] == (0, 0, 1)


def test_a_place_stands_for_its_object_and_levels() -> None:
    found = grid()
    scales, contrasts = (factor.values(3) for factor in found.factors)
    (shown,) = found.pictures([(2, 0, 1)])
    (right,) = pictures(found.objects, [2], [Scene(scale=scales[0], contrast=contrasts[1])], found.behind)
    assert torch.equal(shown, right)


@pytest.mark.parametrize(("size", "small"), [((40, 56), (40, 56)), ((192, 96), (96, 48))])
def test_examples_change_one_thing_at_a_time_and_are_small(size: tuple[int, int], small: tuple[int, int]) -> None:
    found = grid("background,contrast", 4, size)
    shape, background, contrast = found.examples()
    assert shape.shape == (3, 3, *small) and background.shape == contrast.shape == (4, 3, *small)
    # What changes nothing is nearest to: no pattern behind, and all of the contrast.
    assert torch.equal(shape[0], background[0]) and torch.equal(shape[0], contrast[-1])
