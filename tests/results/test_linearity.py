from dataclasses import replace
from pathlib import Path

import pytest
import torch

import seethrough
from seethrough.results.heatmap import Target
from seethrough.results.linearity import Linearity
from tests.plots.drawn import outside, overlapping


def linearity(channels: int = 3) -> Linearity:
    way = torch.linspace(-1, 1, 5).expand(2, 5) * 16 / 255
    # Class 2 gives way to class 4 in the first photo; class 0 stays under class 1 in the second.
    lines = torch.tensor([[2.0, 1, 8, 0, 4, 3], [1.0, 6, 3, 0, 2, 4]])
    slopes = torch.tensor([[0.0, 0, -3, 0, 2, 0], [1.0, 0, 0, 0, 0, 0]])
    scores = lines[:, None] + slopes[:, None] * torch.linspace(-1, 1, 5)[None, :, None]
    return Linearity(
        network="net",
        method="fool.linearity",
        originals=torch.rand(2, channels, 40, 56, generator=torch.Generator().manual_seed(0)),
        directions=torch.ones(2, channels, 40, 56),
        targets=(Target("two", 2, 0.95), Target("nought", 0, 0.01)),
        labels=("nought", "one", "two", "one", "a name too long for any panel of this figure", "five"),
        way=way,
        eps=("16/255",),
        scores=scores,
        straightness=torch.tensor([[1.0, 1, 0.5, 1, 0.25, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]),
        top=3,
        photos=("coffee", "cat"),
    )


def test_it_says_how_straight_the_class_and_all_are() -> None:
    found = linearity()
    assert found.line().startswith(
        "linearity: coffee: two 95.0 %, R^2 0.500 (all classes 1.000), at +16/255 read as a name too long"
    )
    assert "cat: nought 1.0 %, R^2 0.100 (all classes 0.300)" in found.line()
    row = found.table()[0]
    assert (row["class"], row["straightness"], row["classes_read"]) == ("two", 0.5, 2)


def test_the_photos_class_is_named_then_those_read_on_the_way_then_the_highest() -> None:
    assert linearity().named(0) == [2, 4, 5]
    assert linearity().named(1) == [0, 1, 5]
    assert replace(linearity(), top=1).named(1) == [0]


@pytest.mark.parametrize("channels", [1, 3])
def test_every_picture_stands_under_its_place_on_the_way(channels: int) -> None:
    found = linearity(channels)
    figure = found.figure()
    figure.canvas.draw()
    pictures = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title().partition("\n")[0] for axes in pictures[:5]] == [
        "-16/255",
        "-8/255",
        "0",
        "+8/255",
        "+16/255",
    ]
    lines = next(axes for axes in figure.axes if axes.lines)
    for picture, step in zip(pictures[:5], (-16, -8, 0, 8, 16), strict=True):
        middle = picture.get_window_extent().x0 / 2 + picture.get_window_extent().x1 / 2
        assert lines.transData.transform((step, 0))[0] == pytest.approx(middle, abs=12)
    assert len(lines.lines) == 6
    assert not overlapping(figure) and not outside(figure)


def test_it_is_saved_whole(tmp_path: Path) -> None:
    found = linearity()
    assert seethrough.load_result(found.save(tmp_path / "linearity.safetensors")) == found
