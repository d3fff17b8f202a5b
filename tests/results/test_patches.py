from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.patches import LayerPatches, Patches
from tests.plots.drawn import outside, overlapping, words


def layer(units: int = 3, top: int = 4, size: tuple[int, int] = (9, 7), name: str = "blocks.2.1") -> LayerPatches:
    """Return patches all at one place, which reaches beyond the border on the left."""
    generator = torch.Generator().manual_seed(units)
    return LayerPatches(
        name,
        torch.arange(units) + 10,
        torch.rand(units, top, generator=generator).sort(dim=1, descending=True).values * 30,
        torch.randint(0, 5, (units, top), generator=generator),
        torch.tensor([2, 1]).expand(units, top, 2).clone(),
        torch.tensor([4, -2, 4 + size[0], -2 + size[1]]).expand(units, top, 4).clone(),
    )


def patches(*layers: LayerPatches, **named: Any) -> Patches:
    known: dict[str, Any] = {
        "data": "photos",
        "seen": 1234,
        "images": torch.randint(0, 256, (5, 3, 40, 56), generator=torch.Generator().manual_seed(0), dtype=torch.uint8),
        "names": tuple(f"{place}.jpg" for place in range(5)),
        "shows": ("cup", "", "dog", "dog", ""),
        "layers": layers or (layer(),),
    }
    return Patches(network="net", method="study.patches", **(known | named))


def test_one_line_says_which_units_and_the_first_ones_strongest() -> None:
    one = layer()
    found = patches(one, broken=("a.jpg: empty", "b.jpg: no picture"))
    best = found.names[int(one.pictures[0, 0])]
    assert found.line() == (
        "patches from 1,234 pictures of photos that excite 3 of blocks.2.1 most (net); "
        f"blocks.2.1:10 reaches {float(one.values[0, 0]):.3g} in {best}; 2 pictures could not be read: a.jpg, b.jpg"
    )


def test_the_table_has_a_row_a_patch() -> None:
    one = layer()
    rows = patches(one).table()
    assert len(rows) == 12
    at = int(one.pictures[1, 2])
    assert rows[6] == {
        "unit": "blocks.2.1:11",
        "rank": 3,
        "activation": pytest.approx(float(one.values[1, 2])),
        "picture": f"{at}.jpg",
        "shows": ("cup", None, "dog", "dog", None)[at],
        "place": [2, 1],
        "box": [4, -2, 13, 5],
    }


def test_patches_of_a_layer_are_of_one_size_white_beyond_the_border() -> None:
    found = patches()
    every = found.patches(0)
    assert every.shape == (3, 4, 3, 9, 7)
    assert (every[..., :2] == 1).all()
    at = int(found.layers[0].pictures[2, 1])
    assert torch.equal(every[2, 1, :, :, 2:], found.images[at, :, 4:13, :5].float() / 255)
    assert torch.equal(found.patch(0, 2, 1), every[2, 1])


def test_where_there_were_fewer_pictures_places_stay_free() -> None:
    one = layer()
    one.pictures[:, 2:] = -1
    found = patches(one)
    assert len(found.table()) == 6 and (found.patches(0)[:, 2:] == 1).all()
    assert len([axes for axes in found.figure().axes if axes.images]) == 6
    with pytest.raises(UserError, match=r"place is 3; blocks.2.1:10 has 2 patches"):
        found.patch(0, 0, 3)


def test_the_activation_stands_under_each_patch_and_the_unit_beside() -> None:
    one = layer(2, 3)
    found = words(patches(one).figure())
    said = [text for text, _ in found]
    assert "blocks.2.1:10" in said and "blocks.2.1:11" in said
    for value in one.values.flatten().tolist():
        assert f"{value:.3g}" in said


def test_many_units_take_several_sheets() -> None:
    found = patches(layer(30, 2), layer(5, 2, name="fc"))
    assert len(found) == 35 and len(found.sheets()) == 3
    drawn = [text for text, _ in words(found.figure()) if ":" in text]
    assert sum(text.startswith("blocks") for text in drawn) == 10 and sum(text.startswith("fc") for text in drawn) == 5
    assert "15 of 35 units" in found.figure().get_suptitle().replace("\n", " ")


def test_guided_backprop_is_drawn_about_grey_under_its_patch() -> None:
    one = layer(2, 3)
    slopes = torch.randn(2, 3, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    slopes[1, 2] = 0
    figure = patches(replace(one, guided=slopes)).figure()
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert len(pictures) == 12
    assert float(pictures[-1].min()) == float(pictures[-1].max()) == 0.5
    # Of 189 numbers the two largest are cut.
    most = slopes[0, 0].abs().flatten().sort().values[186]
    right = (0.5 + slopes[0, 0] / (2 * most)).clamp(0, 1).permute(1, 2, 0)
    torch.testing.assert_close(torch.from_numpy(pictures[3].copy()).float(), right)


@pytest.mark.parametrize("size", [(9, 7), (40, 56), (56, 40)])
def test_it_is_drawn_saved_and_read_back(size: tuple[int, int], tmp_path: Path) -> None:
    found = patches(layer(2, 7, size, "features.denseblock4.denselayer16.conv2"))
    assert not overlapping(found.figure()) and not outside(found.figure())
    assert found.save(tmp_path / "found.png").stat().st_size > 5000
    assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(UserError, match="a name and a class for each image, not 2 and 5 for 5"):
        patches(names=("a", "b"))
    with pytest.raises(UserError, match=r"patches of blocks.2.1: values, pictures and boxes should be of \[3, 4\]"):
        patches(replace(layer(), boxes=torch.zeros(3, 2, 4)))
