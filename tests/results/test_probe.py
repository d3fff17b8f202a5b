from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.probe import Confusion, Probe, worst_confusions
from tests.plots.drawn import outside, overlapping, words


def probe(**named: Any) -> Probe:
    """Return a probe of three classes, of which the rare one is read best."""
    known: dict[str, Any] = {
        "kind": "softmax",
        "layer": "fc7",
        "data": "pets",
        "classes": ("cat", "dog", "cow"),
        "confusion": torch.tensor([[6, 3, 1], [2, 2, 0], [0, 0, 2]]),
        "weights": torch.zeros(3, 8, dtype=torch.float64),
        "bias": torch.zeros(3, dtype=torch.float64),
        "strength": 1e-3,
        "strengths": torch.tensor([1e-2, 1e-3]),
        "validation": torch.tensor([0.5, 0.625]),
        "confusions": (
            Confusion(1, 0, 2, torch.full((2, 3, 10, 14), 90, dtype=torch.uint8), ("a", "b")),
            Confusion(0, 1, 3, torch.zeros(0, 3, 10, 14, dtype=torch.uint8), ()),
        ),
        "trained": 50,
    }
    return Probe(network="net", method="study.probe", **(known | named))


def many(classes: int) -> Probe:
    confusion = torch.eye(classes, dtype=torch.long) * 4 + torch.eye(classes, dtype=torch.long).roll(1, 1)
    pictures = torch.randint(256, (4, 3, 40, 56), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return probe(
        classes=tuple(f"american_staffordshire_{index}" for index in range(classes)),
        confusion=confusion,
        weights=torch.zeros(classes, 8),
        bias=torch.zeros(classes),
        confusions=tuple(Confusion(row, row + 1, 1, pictures, tuple("abcd")) for row in range(min(6, classes - 1))),
    )


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    found = probe()
    assert found.per_class.tolist() == pytest.approx([0.6, 0.5, 1.0])
    assert found.mean_accuracy == pytest.approx(0.7) and found.accuracy == pytest.approx(10 / 16) and len(found) == 16
    assert found.line() == (
        "probe: mean per-class accuracy 70.0 % of 3 classes (62.5 % of 16 pictures), softmax on fc7, strength 0.001; "
        "worst: dog read as cat, 2 of 4 (net)"
    )
    assert probe(broken=("x.jpg: why",)).line().endswith("; 1 picture could not be read: x.jpg")


def test_the_table_has_a_row_a_class() -> None:
    rows = probe().table()
    assert rows[0] == {
        "class": "cat",
        "pictures": 10,
        "right": 6,
        "accuracy": 0.6,
        "most_read_as": "dog",
        "so_often": 3,
    }
    assert rows[2]["most_read_as"] is None and rows[2]["so_often"] == 0


def test_the_worst_confusions_are_those_of_the_largest_share() -> None:
    assert worst_confusions(probe().confusion, 2) == [(1, 0), (0, 1)]
    assert worst_confusions(probe().confusion, 9) == [(1, 0), (0, 1), (0, 2)]
    assert worst_confusions(torch.eye(3, dtype=torch.long), 9) == []


@pytest.mark.parametrize("classes", [2, 10, 37, 61])
def test_the_figure_can_be_read(classes: int) -> None:
    figure = many(classes).figure()
    # Blanks keep room for the lines above the pictures.
    assert not [pair for pair in overlapping(figure) if " " not in pair] and not outside(figure)
    said = [text for text, _ in words(figure)]
    assert any(text.startswith("80.0 % mean per-class accuracy: softmax on fc7") for text in said)
    assert ("american_staffordshire_1" in said) == (classes <= 60)
    assert ("4" in said) == (classes <= 12)
    assert any("american_staffordshire_0 read as american_staffordshire_1, 1 of 5" in text for text in said)


def test_without_pictures_the_matrix_stands_alone() -> None:
    figure = probe(confusions=()).figure()
    assert not overlapping(figure) and not outside(figure) and len(figure.axes) == 1


def test_the_curve_shows_how_the_strength_was_chosen() -> None:
    (panel,) = probe().curve().axes
    assert panel.lines[0].get_xydata().flatten().tolist() == pytest.approx([1e-2, 0.5, 1e-3, 0.625])
    with pytest.raises(UserError, match="given, not chosen"):
        probe(strengths=torch.empty(0), validation=torch.empty(0)).curve()


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    found = probe()
    assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_a_matrix_of_other_classes_is_refused() -> None:
    with pytest.raises(UserError, match=r"a probe of 2 classes has a confusion \[2, 2\]"):
        probe(classes=("cat", "dog"))
