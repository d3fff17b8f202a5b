from pathlib import Path
from typing import Any

import pytest
import torch

from seethrough.results import load_result
from seethrough.results.feature_maps import FeatureMaps
from seethrough.results.layers_strip import LayerMaps, LayersStrip
from tests.plots.drawn import colour_at, outside, overlapping, words


def feature_maps(images: int = 1, count: int = 5, size: tuple[int, int] = (10, 14), **changes: Any) -> FeatureMaps:
    generator = torch.Generator().manual_seed(0)
    held: dict[str, Any] = {
        "network": "tiny",
        "method": "see.feature_maps",
        "images": torch.rand(images, 3, 40, 56, generator=generator),
        "layer": "blocks.1",
        "total": 24,
        "units": (tuple(range(count)),) * images,
        "maps": torch.randn(images, count, *size, generator=generator),
    }
    return FeatureMaps(**(held | changes))


def strip(images: int = 1) -> LayersStrip:
    return LayersStrip(
        network="tiny",
        method="see.layers_strip",
        images=torch.rand(images, 3, 40, 56),
        layers=tuple(
            LayerMaps(depth, layer, 64, (tuple(range(3)),) * images, torch.randn(images, 3, 5, 7))
            for depth, layer in (
                ("early", "features.3.expand1x1_activation"),
                ("middle", "relu"),
                ("", "a.very.long" * 6),
            )
        ),
        photos=("cat",),
    )


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (feature_maps(count=3), "3 of 24 maps (10 x 14) of blocks.1 (tiny): units 0, 1, 2"),
        (feature_maps(count=1), "1 of 24 maps (10 x 14) of blocks.1 (tiny): unit 0"),
        (feature_maps(count=9), "9 of 24 maps (10 x 14) of blocks.1 (tiny): units 0, 1, 2, 3, 4, 5, 6, 7, ..."),
        (
            feature_maps(2, count=2, units=((0, 1), (1, 0))),
            "2 of 24 maps (10 x 14) of blocks.1 (tiny) for each of 2 photos",
        ),
    ],
)
def test_the_line_says_which_maps_of_what(result: FeatureMaps, line: str) -> None:
    assert result.line() == line


@pytest.mark.parametrize("count", [1, 6, 7, 16])
@pytest.mark.parametrize("images", [1, 2])
def test_every_map_is_drawn_once_with_its_unit_and_range(count: int, images: int) -> None:
    found = feature_maps(images, count)
    figure = found.figure()
    said = [text for text, _ in words(figure)]
    for unit in range(count):
        assert said.count(f"unit {unit}") == images
    assert sum(" to " in text for text in said) == count * images
    assert overlapping(figure) == [] and outside(figure) == []


def test_each_map_is_drawn_over_its_own_range_and_a_dead_one_flat() -> None:
    maps = torch.stack([torch.tensor([[0.0, 1.0]]), torch.tensor([[1000.0, 3000.0]]), torch.tensor([[7.0, 7.0]])])[None]
    figure = feature_maps(count=3, maps=maps).figure()
    panels = [ax for ax in figure.axes if ax.get_title().startswith("unit")]
    colours = [[colour_at(panel, 0, place) for place in (0, 1)] for panel in panels]
    assert colours[0] == colours[1]
    assert colours[0][0] != colours[0][1]
    assert colours[2] == [colours[0][0]] * 2
    assert [panel.get_xlabel() for panel in panels] == ["0 to 1", "1000 to 3000", "flat: 7"]


def test_a_map_that_is_no_number_is_drawn_and_said_to_be_none() -> None:
    maps = torch.full((1, 1, 3, 4), torch.nan)
    assert "not a number" in [text for text, _ in words(feature_maps(count=1, maps=maps).figure())]


def test_only_the_first_of_many_photos_are_drawn_and_the_title_says_so() -> None:
    figure = feature_maps(20, count=1).figure()
    assert any("the first 16 of 20 photos" in text.replace("\n", " ") for text, _ in words(figure))
    assert sum(text == "unit 0" for text, _ in words(figure)) == 16


@pytest.mark.parametrize("result", [feature_maps(2, photos=("a", "b")), strip(2)], ids=["maps", "strip"])
def test_they_come_back_from_a_file(result: FeatureMaps | LayersStrip, tmp_path: Path) -> None:
    assert load_result(result.save(tmp_path / "kept.safetensors")) == result


def test_a_strip_says_and_draws_each_layer_with_its_size() -> None:
    found = strip(2)
    figure = found.figure()
    said = [text.replace("\n", "") for text, _ in words(figure)]
    for text in ("early", "middle", "features.3.expand1x1_activation", "a.very.long" * 6):
        assert said.count(text) == 2, text
    assert sum(text.replace(" ", "") == "64mapsof5x7" for text in said) == 6
    assert said.count("cat") == 1
    assert overlapping(figure) == [] and outside(figure) == []
    assert found.line().startswith("features.3.expand1x1_activation (64 maps of 5 x 7); relu (64 maps of 5 x 7); ")
