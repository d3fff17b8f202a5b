from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.landscape import Landscape
from tests.plots.drawn import outside, overlapping, words


def landscape(
    count: int = 12, classes: int = 3, size: tuple[int, int] = (40, 56), channels: int = 3, **named: Any
) -> Landscape:
    """Return points along a line, all of their pictures shown in the order they come in, each of one level."""
    columns = 4
    levels = torch.arange(count).view(count, 1, 1, 1).to(torch.uint8)
    known: dict[str, Any] = {
        "how": "tsne",
        "layer": "fc7",
        "data": "pets",
        "points": torch.stack([torch.arange(float(count)), torch.arange(float(count)) ** 2], 1),
        "shares": None,
        "places": torch.arange(count),
        "labels": torch.arange(count) % classes,
        "classes": tuple(f"american_staffordshire_{index}" for index in range(classes)),
        "names": tuple(f"p{place}.jpg" for place in range(count)),
        "shown": torch.arange(count),
        "cells": torch.arange(count),
        "grid": (-(-count // columns), columns),
        "pictures": levels.expand(count, channels, *size),
        "settings": {"perplexity": 30.0},
    }
    return Landscape(network="net", method="study.map", **(known | named))


def test_one_line_says_what_is_laid_out_and_how() -> None:
    assert landscape().line() == "map: 12 pictures of 3 classes of pets by fc7, t-SNE, perplexity 30 (net)"
    pca = landscape(how="pca", shares=torch.tensor([0.5, 0.25]), labels=torch.full((12,), -1), broken=("a.jpg: why",))
    assert pca.line() == (
        "map: 12 pictures of pets by fc7, PCA, 75.0 % of the variance (net); 1 picture could not be read: a.jpg"
    )
    assert landscape().table()[2] == {"photo": "p2.jpg", "class": "american_staffordshire_2", "x": 2.0, "y": 4.0}


def test_pictures_stand_where_their_cells_are_and_empty_cells_are_white() -> None:
    found = landscape(5, size=(2, 3), cells=torch.tensor([5, 0, 3, 6, 2]), grid=(2, 4))
    paper = found.picture()
    assert paper.shape == (3, 2 * 3 + 1, 4 * 4 + 1)
    assert torch.allclose(paper[:, 4:6, 5:8], torch.tensor(0 / 255))  # the first, in the second row
    assert torch.allclose(paper[:, 1:3, 13:16], torch.tensor(2 / 255))  # the third, at the end of the first row
    assert paper[:, 1:3, 5:8].min() == 1  # nobody's


@pytest.mark.parametrize(
    ("classes", "size", "channels"), [(1, (8, 8), 1), (3, (40, 56), 3), (37, (56, 40), 3), (70, (8, 8), 1)]
)
def test_the_figure_can_be_read(classes: int, size: tuple[int, int], channels: int) -> None:
    figure = landscape(2 * classes + 3, classes, size, channels).figure()
    assert not overlapping(figure) and not outside(figure)
    said = [text for text, _ in words(figure)]
    assert any(text.startswith("american_") for text in said) == (1 < classes <= 64)


def test_each_class_has_a_look_of_its_own() -> None:
    figure = landscape(74, 37).figure()
    drawn = [one for panel in figure.axes for one in panel.collections if len(one.get_offsets())]
    looks = {(tuple(one.get_facecolor()[0]), one.get_paths()[0].vertices.tobytes()) for one in drawn}
    assert len(drawn) == len(looks) == 37
    assert sorted(tuple(point) for one in drawn for point in one.get_offsets().tolist()) == [
        (float(x), float(x * x)) for x in range(74)
    ]


def test_pictures_of_which_nothing_is_known_are_drawn_too() -> None:
    figure = landscape(12, labels=torch.full((12,), -1)).figure()
    assert sum(len(one.get_offsets()) for panel in figure.axes for one in panel.collections) == 12


def test_where_only_some_are_shown_it_is_said() -> None:
    few = landscape(shown=torch.tensor([1, 4]), cells=torch.tensor([0, 3]), pictures=landscape().pictures[:2])
    said = " ".join(" ".join(text.split()) for text, _ in words(few.figure()))
    assert "the grid shows 2 of the 12 pictures" in said


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    for found in (landscape(), landscape(how="pca", shares=torch.tensor([0.5, 0.25]))):
        assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_two_in_one_cell_are_refused() -> None:
    with pytest.raises(UserError, match="12 rows as 12 pictures in 11 cells"):
        landscape(cells=torch.tensor([0, 0, *range(2, 12)]))
