import math
from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.training_comparison import TrainingComparison
from tests.plots.drawn import outside, overlapping, words

COLUMNS = ("loss", "accuracy", "validation loss", "validation accuracy", "rate", "seconds")
NAN = math.nan


def comparison(**named: Any) -> TrainingComparison:
    """Return a run of three epochs, tested and attacked, and one of two, neither tested nor validated."""
    curves = torch.full((2, 3, 6), NAN, dtype=torch.float64)
    curves[0] = torch.tensor(
        [[2.0, 0.4, 1.5, 0.5, 0.1, 9.0], [1.0, 0.7, 0.8, 0.7, 0.2, 2.0], [0.5, 0.9, 0.9, 0.6, 0.1, 3]]
    )
    curves[1, :2] = torch.tensor([[2.5, 0.3, NAN, NAN, 0.1, 1.0], [1.25, 0.5, NAN, NAN, 0.1, 1.5]])
    known: dict[str, Any] = {
        "runs": ("cifar-cnn-bn", "cifar-cnn"),
        "columns": COLUMNS,
        "curves": curves,
        "accuracy": torch.tensor([0.75, NAN]).double(),
        "robust": torch.tensor([0.5, NAN]).double(),
        "parameters": (246_666, 246_026),
        "recipes": ("epochs 3", "epochs 2"),
    }
    return TrainingComparison(network="cifar-cnn-bn, cifar-cnn", method="train.compare", **(known | named))


def test_each_run_is_said_with_how_it_ended() -> None:
    assert comparison().line() == (
        "cifar-cnn-bn: 75.0 % of the test part, 50.0 % under attack, training loss 0.5 after 3 epochs, 3 s an epoch; "
        "cifar-cnn: training loss 1.25 after 2 epochs, 1.5 s an epoch"
    )
    assert len(comparison()) == 2 and comparison().seconds(0) == 3.0


def test_the_table_has_a_row_a_run_without_numbers_that_are_none() -> None:
    assert comparison().table()[1] == {
        "run": "cifar-cnn",
        "test_accuracy": None,
        "robust_accuracy": None,
        "training_loss": 1.25,
        "epochs": 2,
        "seconds_per_epoch": 1.5,
        "parameters": 246_026,
        "recipe": "epochs 2",
    }
    assert comparison().table()[0]["epochs"] == 3 and comparison().table()[0]["test_accuracy"] == 0.75


def test_a_run_that_was_stopped_before_an_epoch_ended_is_said_to_have_none() -> None:
    curves = comparison().curves.clone()
    curves[1] = NAN
    found = comparison(curves=curves)
    assert "cifar-cnn: no epoch" in found.line()
    assert found.table()[1]["training_loss"] is None and found.table()[1]["epochs"] == 0


def test_curves_lie_over_one_another_and_end_where_their_run_ended() -> None:
    figure = comparison().figure()
    lines = figure.axes[0].get_lines()
    assert lines[0].get_ydata().tolist() == [2.0, 1.0, 0.5]
    shorter = [value for value in lines[1].get_ydata().tolist() if not math.isnan(value)]
    assert shorter == [2.5, 1.25]
    said = [text.replace("\n", " ") for text, _ in words(figure)]
    assert {"training loss", "validation loss", "validation accuracy", "test pictures right"} <= set(said)
    assert "75.0 %, 3 s an epoch" in said and "not tested, 1.5 s an epoch" in said


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"runs": ("a", "b")},
        {"runs": ("runs/with batch normalisation and more", "runs/without batch normalisation and less")},
        {"accuracy": torch.full((2,), NAN).double()},
    ],
)
def test_words_stay_apart_and_it_comes_back_from_a_file(named: dict[str, Any], tmp_path: Path) -> None:
    found = comparison(**named)
    figure = found.figure()
    assert not overlapping(figure) and not outside(figure)
    assert seethrough.load_result(found.save(tmp_path / "x.safetensors")) == found


def test_without_validation_there_is_one_panel_of_curves() -> None:
    curves = comparison().curves.clone()
    curves[..., 2:4] = NAN
    panels = [panel for panel in comparison(curves=curves).figure().axes if panel.get_title()]
    assert [panel.get_title().replace("\n", " ") for panel in panels] == ["training loss", "test pictures right"]


def test_curves_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UserError, match=r"2 trainings with 6 columns do not fit curves \[2, 6, 3\]"):
        comparison(curves=torch.zeros(2, 6, 3))
