import math
from pathlib import Path

import pytest
import torch

from seethrough.results import load_result
from seethrough.results.sanity import Sanity
from tests.plots.drawn import outside, overlapping, words
from tests.results.test_comparison import maps


def sanity(stages: int = 3, images: int = 2) -> Sanity:
    falling = torch.linspace(1, -0.2, stages + 1, dtype=torch.float64)[:, None].expand(-1, images).clone()
    return Sanity(
        network="net",
        method="see.sanity_check",
        heatmap=maps(1, images)[0],
        layers=tuple(f"blocks.{place}.a_long_name.conv_pwl" for place in range(stages)),
        depths=tuple(range(1, stages + 1)),
        weighted=99,
        maps=torch.rand(stages + 1, images, 40, 56),
        rank=falling,
        structure=falling,
    )


def test_the_line_says_what_is_left_of_the_map() -> None:
    assert str(sanity()) == (
        "sanity check of method_0 (net): with 3 of 99 layers random, rank correlation -0.20, SSIM -0.20"
    )


@pytest.mark.parametrize(("stages", "images"), [(0, 1), (1, 1), (3, 2), (10, 1)])
def test_every_map_stands_above_its_point_of_the_curve_and_no_words_collide(stages: int, images: int) -> None:
    figure = sanity(stages, images).figure()
    assert overlapping(figure) == []
    assert outside(figure) == []
    curve = next(panel for panel in figure.axes if panel.lines)
    pictures = [panel for panel in figure.axes if panel.images]
    assert len(pictures) == images * (stages + 2)
    for stage, panel in enumerate(pictures[1 : stages + 2]):
        middle = panel.get_window_extent()
        x, _ = curve.transData.transform((stage, 0))
        assert abs((middle.x0 + middle.x1) / 2 - x) < 0.1 * middle.width
    assert [line.get_ydata().tolist() for line in curve.lines] == [
        pytest.approx(sanity(stages).rank[:, 0].tolist())
    ] * 2
    said = [text.replace("\n", "") for text, _ in words(figure)]
    assert all(f"{name}{depth} of 99" in said for name, depth in zip(sanity(stages).layers, range(1, 99), strict=False))


def test_a_stage_without_numbers_leaves_a_gap() -> None:
    found = sanity()
    found.rank[1] = torch.nan
    curve = next(panel for panel in found.figure().axes if panel.lines)
    assert [math.isnan(value) for value in curve.lines[0].get_ydata()] == [False, True, False, False]


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    found = sanity()
    assert load_result(found.save(tmp_path / "x.safetensors")) == found
