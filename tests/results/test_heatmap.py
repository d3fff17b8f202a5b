from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import seethrough
from seethrough.results.heatmap import Heatmap, Target


def heatmap(values: Tensor, **named: Any) -> Heatmap:
    """Return a heat map of random photos."""
    count, height, width = values.shape
    known: dict[str, Any] = {
        "images": torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(0)),
        "targets": tuple(Target(f"class {place}", place, 0.25) for place in range(count)),
    }
    return Heatmap(network="net", method="see.test", values=values, **(known | named))


def titles(found: Heatmap) -> list[str]:
    figure = found.figure()
    figure.canvas.draw()
    return [ax.get_title().replace("\n", " ") for ax in figure.axes if ax.get_title()]


def test_it_says_itself_in_one_line_with_all_that_is_odd() -> None:
    values = torch.rand(2, 8, 8)
    assert heatmap(values).line() == "see.test of class 0 25.0 %; class 1 25.0 % (net)"
    values[1] = 3
    assert heatmap(values).line().endswith("(net); says nothing: map 2")
    values[0, :4] = float("nan")
    assert heatmap(values).line().endswith("says nothing: map 2; not a number: 25.0 %")
    named = heatmap(torch.rand(2, 8, 8), photos=("cat", "dog"), gap=torch.tensor([0.01, -0.12]))
    assert named.line() == "see.test of cat: class 0 25.0 %; dog: class 1 25.0 % (net); adds up to within 12.0 %"


def test_flat_maps_are_those_without_differences_among_their_numbers() -> None:
    values = torch.zeros(4, 5, 6)
    values[1, 2, 3] = 1e-30
    values[2, :2] = float("nan")
    values[3] = float("nan")
    assert heatmap(values).flat() == [0, 2, 3]


def test_each_photo_stands_beside_its_map_and_several_maps_of_one_photo_beside_it_once() -> None:
    assert titles(heatmap(torch.rand(2, 20, 20), photos=("cat", "dog"))) == [
        "cat",
        "class 0 25.0 %",
        "dog",
        "class 1 25.0 %",
    ]
    one = torch.rand(1, 3, 20, 20).expand(5, -1, -1, -1)
    shown = titles(heatmap(torch.rand(5, 20, 20), images=one, photos=("cat",) * 5))
    assert shown == ["cat", *(f"class {place} 25.0 %" for place in range(5))]


def test_an_attribution_of_colours_is_shown_as_a_picture_about_grey_too() -> None:
    raw = torch.zeros(1, 3, 40, 40)
    raw[0, 0, :, 20:], raw[0, 2, :, :20] = 2.0, -2.0
    found = heatmap(raw.abs().amax(1), raw=raw)
    assert "as a picture about grey" in titles(found)
    picture = found.about_grey(0)
    assert picture[:, 5, 30].tolist() == [1.0, 0.5, 0.5] and picture[:, 5, 5].tolist() == [0.5, 0.5, 0.0]
    assert "as a picture about grey" not in titles(heatmap(torch.rand(1, 20, 20), raw=torch.rand(1, 5, 20, 20)))
    assert heatmap(torch.rand(1, 20, 20), raw=torch.zeros(1, 3, 20, 20)).about_grey(0).unique().tolist() == [0.5]


def test_a_grid_that_is_something_else_has_its_own_panel() -> None:
    found = heatmap(torch.rand(2, 20, 20), grid=torch.rand(2, 4, 4), grid_is="probability by the block's place")
    assert titles(found).count("probability by the block's place") == 2


def test_one_pixel_far_out_does_not_darken_the_others() -> None:
    values = torch.rand(1, 50, 50)
    values[0, 0, 0] = 1e6
    found = heatmap(values, raw=torch.rand(1, 5, 50, 50))
    limits = found.limits(values[0])
    assert limits is not None and 0.9 < limits[1] <= 1 and limits[0] == 0
    signed = heatmap(values - 0.5, raw=torch.rand(1, 5, 50, 50), signed=True).limits(values[0] - 0.5)
    assert signed is not None and signed[0] == -signed[1]
    assert found.limits(torch.zeros(50, 50)) is None


@pytest.mark.parametrize("size", [(40, 56), (56, 40), (8, 200)])
def test_it_is_drawn_saved_and_loaded_whatever_its_shape(size: tuple[int, int], tmp_path: Path) -> None:
    values = torch.rand(2, *size)
    values[1, 0] = float("nan")
    found = heatmap(values, grid=torch.rand(2, 5, 7), signed=True, photos=("a", "b"), settings={"layer": "conv5"})
    assert found.save(tmp_path / "map.png").stat().st_size > 3000
    found.save(tmp_path / "map.safetensors")
    assert seethrough.load_result(tmp_path / "map.safetensors") == found
