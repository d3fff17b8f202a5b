from pathlib import Path

import torch

from seethrough.results import load_result
from seethrough.results.agreement import Agreement
from seethrough.see.agreement import agreement
from tests.plots.drawn import colour_at, outside, overlapping, words
from tests.results.test_comparison import maps


def marked() -> Agreement:
    return agreement(maps(1, 2)[0], (10, 14, 30, 42))


def test_the_figure_shows_the_numbers_beside_those_of_chance_and_no_words_collide() -> None:
    figure = marked().figure()
    said = [text for text, _ in words(figure)]
    # A quarter of the map: two such parts laid at random share a sixteenth.
    assert sum(text.endswith("(chance 0.25)") for text in said) == 4
    assert sum(text.endswith("(chance 0.14)") for text in said) == 2
    assert said.count("overlap (IoU)") == 2
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_the_outline_is_drawn_where_the_region_ends_also_at_the_edge_of_the_photo() -> None:
    region = torch.zeros(40, 56, dtype=torch.bool)
    region[:20, 10:] = True
    figure = agreement(maps(1, 1)[0], region).figure()
    photo = figure.axes[0]
    white = (255, 255, 255)
    assert colour_at(photo, 10, 9.5) == white
    assert colour_at(photo, 19.5, 30) == white
    assert colour_at(photo, 30, 30) != white
    assert photo.get_xlim() == (-0.5, 55.5)


def test_points_are_drawn_in_the_pixels_they_name() -> None:
    figure = agreement(maps(1, 1)[0], points=[(20.5, 30.5)]).figure()
    assert colour_at(figure.axes[0], 20, 30) == (255, 255, 255)
    assert "points found" in [text for text, _ in words(figure)]


def test_a_flat_map_is_said_to_have_no_number() -> None:
    heatmap = maps(1, 1)[0]
    heatmap.values.zero_()
    said = [text for text, _ in words(agreement(heatmap, (0, 0, 9, 9)).figure())]
    assert sum(text.startswith("not a number") for text in said) == 3


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    for found in (marked(), agreement(maps(1, 2)[0], points=[(1, 2), (30, 40)])):
        assert load_result(found.save(tmp_path / "x.safetensors")) == found
