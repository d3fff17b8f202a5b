from pathlib import Path

import pytest
import torch

import seethrough
from seethrough.results.guesses import Guess
from seethrough.results.mixed import Mixed
from tests.plots.drawn import outside, overlapping


def mixed(shares: tuple[float, float] = (0.2, 0.5), probability: float = 0.5) -> Mixed:
    stream = torch.Generator().manual_seed(0)
    originals = torch.rand(2, 3, 40, 56, generator=stream)
    templates = torch.rand(2, 3, 40, 56, generator=stream) * 2 - 1
    share = torch.tensor(shares)
    return Mixed(
        network="net",
        method="fool.mix",
        originals=originals,
        templates=templates,
        images=(originals + share.view(-1, 1, 1, 1) * templates).clamp(0, 1),
        shares=share,
        goals=("horse", "ship"),
        before=(Guess(6, "frog", None, probability), Guess(3, "cat", None, probability)),
        after=(Guess(7, "horse", None, probability), Guess(3, "cat", None, probability)),
        goal_before=torch.tensor([0.1, probability]),
        goal_after=torch.tensor([0.5, probability]),
        success=torch.tensor([True, False]),
        l2=torch.tensor([1.0, 2.0]),
        linf=torch.tensor([0.2, 0.5]),
        photos=("coffee", "cat"),
    )


def test_it_says_how_much_of_which_template_made_what() -> None:
    assert mixed().line() == (
        "mix: coffee: frog 50.0 %, with 0.2 of horse read as horse 50.0 % (L2 1, Linf 51/255); "
        "cat: cat 50.0 %, with 0.5 of ship NOT ship: read as cat 50.0 % (L2 2, Linf 128/255) (net)"
    )
    without = mixed(probability=float("nan"))
    assert "coffee: frog, with 0.2 of horse read as horse (L2" in without.line()
    assert without.table()[1]["goal_after"] is None and without.table()[1]["after"]["probability"] is None


def test_the_row_reads_as_a_sum() -> None:
    figure = mixed().figure()
    figure.canvas.draw()
    titles = [axes.get_title().replace("\n", " ") for axes in figure.axes]
    assert titles == [
        "coffee frog 50.0 %",
        "+ 0.2 x horse",
        "= horse 50.0 %",
        "cat cat 50.0 %",
        "+ 0.5 x ship",
        "NOT ship = cat 50.0 %",
    ]
    assert not overlapping(figure) and not outside(figure)


def test_it_is_saved_whole(tmp_path: Path) -> None:
    found = mixed()
    assert seethrough.load_result(found.save(tmp_path / "mix.safetensors")) == found
    row = found.table()[0]
    assert row["goal"] == "horse" and row["share"] == pytest.approx(0.2) and row["success"] is True
    assert found.picture().shape[0] == 3
