from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.ranking import Ranking
from tests.plots.drawn import outside, overlapping, words

NAN = float("nan")


def ranking(**named: Any) -> Ranking:
    known: dict[str, Any] = {
        "data": "pets",
        "layer": "fc7",
        "classes": ("Abyssinian", "pug"),
        "counts": (52, 49),
        "auc": torch.tensor([0.5, 0.875, 0.125, 0.875, NAN, 0.25]).double(),
        "apart": torch.tensor([0.0, 1.5, -2.0, 1.75, NAN, -0.5]).double(),
        "means": torch.arange(12.0, dtype=torch.float64).view(2, 6),
        "spreads": torch.ones(2, 6, dtype=torch.float64),
    }
    return Ranking(network="net", method="study.rank", **(known | named))


def test_units_are_in_order_of_auc_then_of_distance_for_either_class() -> None:
    found = ranking()
    assert found.best() == [3, 1] and found.best(of=1) == [2, 5] and found.best(1, of=1) == [2]


def test_one_line_says_the_best_unit_for_each_class() -> None:
    assert ranking(broken=("a.jpg: empty",)).line() == (
        "units of fc7 that tell Abyssinian (52 pictures) from pug (49): Abyssinian: unit 3, AUC 0.875, d' 1.75; "
        "pug: unit 2, AUC 0.875, d' 2.00 (net, pets); 1 picture could not be read: a.jpg"
    )
    nothing = ranking(auc=torch.full((6,), 0.5), apart=torch.zeros(6))
    assert "Abyssinian: none; pug: none" in nothing.line()


def test_the_table_has_a_row_a_unit_the_surest_first() -> None:
    rows = ranking().table()
    assert [row["unit"] for row in rows] == [f"fc7:{unit}" for unit in (1, 2, 3, 5, 0, 4)]
    assert rows[1] == {
        "unit": "fc7:2",
        "for": "pug",
        "auc": 0.125,
        "d_prime": -2.0,
        "mean_Abyssinian": 2.0,
        "mean_pug": 8.0,
    }
    assert rows[4]["for"] is None and rows[5]["auc"] is None and rows[5]["for"] is None


def test_both_directions_are_drawn_with_the_class_means_beside() -> None:
    figure = ranking().figure()
    said = [text for text, _ in words(figure)]
    assert "for Abyssinian" in said and "for pug" in said
    assert [text for text in said if text.startswith("unit ")] == ["unit 3", "unit 1", "unit 2", "unit 5"]
    heights = [bar.get_height() for bars in figure.axes[1].containers for bar in bars]
    assert heights == [3, 1, 9, 7]
    assert [text.get_text() for text in figure.axes[1].get_xticklabels()] == ["3", "1"]


def test_it_is_drawn_saved_and_read_back(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    many = ranking(
        auc=torch.rand(300, generator=generator, dtype=torch.float64),
        apart=torch.randn(300, generator=generator, dtype=torch.float64),
        means=torch.rand(2, 300, generator=generator, dtype=torch.float64),
        spreads=torch.rand(2, 300, generator=generator, dtype=torch.float64),
        classes=("German shorthaired pointer", "American Staffordshire terrier"),
    )
    none = ranking(auc=torch.full((6,), 0.5), apart=torch.zeros(6))
    for found in (ranking(), many, none):
        assert not overlapping(found.figure()) and not outside(found.figure())
        assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found
    assert many.save(tmp_path / "found.png").stat().st_size > 5000


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(UserError, match=r"ranking of 6 units has 5 apart, means \[2, 6\]"):
        ranking(apart=torch.zeros(5))
