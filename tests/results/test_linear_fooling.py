from pathlib import Path
from typing import Any

import torch

import seethrough
from seethrough.results.linear_fooling import LinearFooling
from tests.plots.drawn import outside, overlapping


def fooled(**named: Any) -> LinearFooling:
    known: dict[str, Any] = {
        "labels": ("no", "yes"),
        "inputs": torch.tensor([[1.0, -2.0, 0.5], [0.0, 1.0, 2.0]]),
        "moved": torch.tensor([[1.5, -1.5, 1.0], [0.0, 1.0, 2.0]]),
        "goals": ("yes", "yes"),
        "before": ("no", "no"),
        "after": ("yes", "no"),
        "success": torch.tensor([True, False]),
        "scores_before": torch.tensor([[-3.0], [-2.0]]),
        "scores_after": torch.tensor([[2.0], [-2.0]]),
        "probabilities_before": torch.tensor([[0.9526, 0.0474], [0.88, 0.12]]),
        "probabilities_after": torch.tensor([[0.12, 0.88], [0.88, 0.12]]),
        "norm": "linf",
        "distance": torch.tensor([0.5, 0.0]),
    }
    return LinearFooling(network="LogisticRegression", method="fool.linear", **(known | named))


def test_one_score_is_that_of_the_second_class() -> None:
    assert fooled().line() == (
        "linear: no, score -3, P(yes) 4.7 %, now read as yes, score 2, P(yes) 88.0 %; "
        "no, score -2, P(yes) 12.0 %, still read as no, score -2, P(yes) 12.0 % "
        "(Linf 0.5, 0, LogisticRegression, 1 of 2 as wanted)"
    )


def test_many_scores_are_said_of_the_class_it_is_now_and_probabilities_only_where_there_are_any() -> None:
    scores = torch.tensor([[5.0, 1.0, 3.0], [1.0, 5.0, 3.0]])
    found = fooled(
        labels=("a", "b", "c"),
        before=("a", "b"),
        after=("c", "a"),
        goals=("not a", "c"),
        scores_before=scores,
        scores_after=scores,
        probabilities_before=None,
        probabilities_after=None,
        norm="l2",
    )
    assert found.line() == (
        "linear: a, score of c 3, now read as c, score 3; b, score of a 1, NOT c: read as a, score 1 "
        "(L2 0.5, 0, LogisticRegression, 1 of 2 as wanted)"
    )
    assert found.table()[0]["probabilities_before"] is None


def test_the_table_has_a_row_a_sample() -> None:
    row = fooled().table()[0]
    assert (row["before"], row["after"], row["success"], row["norm"], row["distance"]) == (
        "no",
        "yes",
        True,
        "linf",
        0.5,
    )
    assert row["scores_before"] == [-3] and len(row["probabilities_after"]) == 2


def test_the_numbers_are_drawn_before_and_after_at_the_same_height() -> None:
    figure = fooled().figure()
    figure.canvas.draw()
    assert [axes.get_title() for axes in figure.axes[:2]] == [
        "read as no, score -3, P(yes) 4.7 %",
        "read as yes, score 2, P(yes) 88.0 %",
    ]
    first, second = figure.axes[:2]
    assert [bar.get_height() for bar in first.patches] == [1, -2, 0.5]
    assert [bar.get_height() for bar in second.patches] == [1, -2, 0.5, 1.5, -1.5, 1]
    assert first.get_ylim() == second.get_ylim()
    assert not overlapping(figure) and not outside(figure)


def test_it_is_saved_whole(tmp_path: Path) -> None:
    found = fooled()
    assert seethrough.load_result(found.save(tmp_path / "linear.safetensors")) == found
