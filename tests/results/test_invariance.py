from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.invariance import Invariance, LayerShares
from tests.plots.drawn import outside, overlapping, words

NAN = float("nan")


def layer(name: str = "conv1", network: str = "net", shares: tuple[float, ...] = (0.5, 0.3, 0.2)) -> LayerShares:
    generator = torch.Generator().manual_seed(len(name))
    return LayerShares(
        network,
        name,
        numbers=392,
        pictures=15,
        variance=0.0 if shares[0] != shares[0] else 7.0,
        shares=torch.tensor(shares),
        dimensions=torch.tensor([1.0, 2.5, NAN]),
        axes=torch.tensor([1, 3, 0]),
        spectra=(torch.rand(3, generator=generator), torch.rand(5, generator=generator), torch.rand(15)),
        paths=(torch.randn(3, 2, generator=generator), torch.randn(5, 2, generator=generator)),
    )


def invariance(*layers: LayerShares, size: tuple[int, int] = (40, 56), **named: Any) -> Invariance:
    known: dict[str, Any] = {
        "factors": ("shape", "position"),
        "values": (("ellipse", "rectangle", "triangle"), ("-0.40", "-0.20", "+0.00", "+0.20", "+0.40")),
        "examples": (torch.rand(3, 3, *size), torch.rand(5, 3, *size)),
        "layers": layers or (layer(), layer("conv2", shares=(0.1, 0.2, 0.7))),
    }
    return Invariance(network="net", method="study.invariance", **(known | named))


def test_one_line_says_the_shares_at_the_last_layer_of_each_network() -> None:
    assert invariance().line() == (
        "variance of features by factor, conv2 (net): shape 10.0 %, position 20.0 %, residual 70.0 %"
    )
    two = invariance(layer(), layer("fc", "other", (NAN, NAN, NAN)), broken=("a.jpg: empty",))
    assert two.line() == (
        "variance of features by factor, conv1 (net): shape 50.0 %, position 30.0 %, residual 20.0 %; "
        "fc (other): nothing moves them; 1 picture could not be read: a.jpg"
    )


def test_the_table_has_a_row_a_layer_and_component() -> None:
    rows = invariance().table()
    assert len(rows) == 6
    assert rows[1] == {
        "network": "net",
        "layer": "conv1",
        "component": "position",
        "share": pytest.approx(0.3),
        "dimension": 2.5,
        "axes_90": 3,
        "pictures": 15,
        "numbers": 392,
    }
    assert rows[2]["component"] == "residual" and rows[2]["dimension"] is None


def test_a_path_is_drawn_for_each_layer_and_factor_joined_where_levels_have_an_order() -> None:
    found = invariance()
    panels = [axes for axes in found.figure().axes if axes.collections]
    assert len(panels) == 4
    for panel, (one, place) in zip(panels, [(0, 0), (0, 1), (1, 0), (1, 1)], strict=True):
        path = found.layers[one].paths[place]
        torch.testing.assert_close(torch.from_numpy(panel.collections[0].get_offsets().data).float(), path)
        # Beside the two axes through zero there is a line where the levels come in an order.
        assert len(panel.lines) == (3 if place == 1 else 2)
    assert panels[1].get_title() == "30.0 %, dim 2.5"


def test_the_levels_of_each_factor_are_shown_above() -> None:
    said = [text for text, _ in words(invariance().figure())]
    assert "ellipse, rectangle, triangle" in said and "-0.40 to +0.40" in said
    assert len([axes for axes in invariance().figure().axes if axes.images]) == 2


def test_shares_by_depth_have_a_panel_for_each_network() -> None:
    found = invariance(layer(), layer("conv2", shares=(0.1, 0.2, 0.7)), layer("conv1", "other"))
    figure = found.curve()
    assert [axes.get_title() for axes in figure.axes] == ["net", "other"]
    torch.testing.assert_close(torch.tensor(figure.axes[0].lines[0].get_ydata()).float(), torch.tensor([0.5, 0.1]))
    assert not outside(figure)


@pytest.mark.parametrize("size", [(40, 56), (56, 40), (224, 224)])
def test_it_is_drawn_saved_and_read_back(size: tuple[int, int], tmp_path: Path) -> None:
    found = invariance(*[layer(f"features.{place}.conv") for place in range(12)], size=size)
    figure = found.figure()
    assert not overlapping(figure) and not outside(figure)
    assert "10 of 12 layers" in figure.get_suptitle().replace("\n", " ")
    assert found.save(tmp_path / "found.png").stat().st_size > 5000
    assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_a_layer_that_nothing_moves_is_drawn() -> None:
    still = layer(shares=(NAN, NAN, NAN))
    figure = invariance(still).figure()
    assert any("?" in text for text, _ in words(figure))


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(UserError, match="invariance of conv1 has 3 shares and 2 paths; 1 factors take one more share"):
        invariance(factors=("position",))
