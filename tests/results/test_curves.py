from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.results import load_result
from seethrough.results.curves import Curves
from tests.plots.drawn import outside, overlapping, words
from tests.results.test_comparison import maps


def curves(images: int = 2) -> Curves:
    deletion = torch.tensor([[1.0, 0.5, 0.0], [0.8, 0.8, 0.8]])[:images]
    return Curves(
        network="net",
        method="see.deletion_insertion",
        settings={"on": "probability"},
        heatmap=maps(1, images)[0],
        fractions=torch.tensor([0.0, 0.25, 1.0]),
        deletion=deletion,
        insertion=1 - deletion,
    )


def test_areas_are_by_the_trapezoid_rule_over_uneven_fractions() -> None:
    assert curves().deletion_area.tolist() == pytest.approx([0.75 * 0.25 + 0.25 * 0.75, 0.8])
    assert curves().insertion_area.tolist() == pytest.approx([0.25 * 0.25 + 0.75 * 0.75, 0.2])


def test_the_line_says_both_areas() -> None:
    assert str(curves(1)) == "see.method_0 of class 0 25.0 %: deletion 0.375, insertion 0.625 (net)"


def test_the_figure_shows_photo_map_and_both_curves_with_their_areas() -> None:
    figure = curves().figure()
    said = [text for text, _ in words(figure)]
    for text in ("deletion 0.38", "insertion 0.62", "deletion 0.80", "insertion 0.20", "class 1 25.0 %"):
        assert text in said
    drawn = [panel.lines for panel in figure.axes if panel.lines]
    assert [len(lines) for lines in drawn] == [2, 2]
    assert drawn[0][0].get_ydata().tolist() == [1.0, 0.5, 0.0]
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_curves_come_back_from_a_file(tmp_path: Path) -> None:
    assert load_result(curves().save(tmp_path / "x.safetensors")) == curves()


def test_a_curve_of_other_images_is_refused() -> None:
    with pytest.raises(UserError, match=r"deletion has shape \[1, 3\], not \[2, 3\]"):
        Curves(
            network="n",
            method="m",
            heatmap=maps(1, 2)[0],
            fractions=torch.linspace(0, 1, 3),
            deletion=torch.zeros(1, 3),
            insertion=torch.zeros(2, 3),
        )
