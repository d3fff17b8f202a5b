from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.robust_curve import RobustCurve
from tests.plots.drawn import outside, overlapping

NAN, INF = float("nan"), float("inf")


def curve(**named: Any) -> RobustCurve:
    """Return the curves of two attacks on four photos, one of which is misread as it is."""
    known: dict[str, Any] = {
        "attacks": ("fgsm", "pgd"),
        "norm": "linf",
        "eps": torch.tensor([0, 1, 4], dtype=torch.float64) / 255,
        "words": ("0", "1/255", "4/255"),
        "robust": torch.tensor([[0.75, 0.5, 0.5], [0.75, 0.5, 0.0]]),
        "least": torch.tensor([[0.0, 1, INF, INF], [0.0, 1, 4, 4]]) / 255,
        "gradients": torch.tensor([5, 90]),
        "settings": {"seed": 3},
    }
    return RobustCurve(network="net", method="fool.curve", **(known | named))


def stopped() -> RobustCurve:
    return curve(
        robust=torch.tensor([[0.75, 0.5, NAN], [0.75, NAN, NAN]]),
        least=torch.tensor([[0, 1 / 255, NAN, NAN], [0, NAN, NAN, NAN]]),
    )


def test_one_line_says_what_each_attack_leaves() -> None:
    assert curve().line() == (
        "robust accuracy of 4 photos: 75.0 % as they are; fgsm 50.0 % at 4/255; pgd 0 % at 4/255 (linf, net)"
    )
    assert stopped().line() == (
        "robust accuracy of 4 photos: 75.0 % as they are; fgsm 50.0 % at 1/255, stopped there; "
        "pgd 75.0 % at 0, not come to (linf, net)"
    )
    assert curve(own_reading=4).line().startswith("robust agreement of 4 photos: ")
    assert curve(masking="so it is").line().endswith("(linf, net); gradient masking suspected: so it is")


def test_the_table_has_a_row_for_every_attack_and_distance() -> None:
    rows = curve().table()
    assert len(rows) == 6
    assert rows[4] == {
        "attack": "pgd",
        "norm": "linf",
        "eps": "1/255",
        "distance": pytest.approx(1 / 255),
        "robust": 0.5,
        "right": 2,
        "photos": 4,
        "gradients": 90,
        "seed": 3,
    }
    assert [row["robust"] for row in stopped().table()] == [0.75, 0.5, None, 0.75, None, None]
    assert stopped().table()[2]["right"] is None


def test_every_attack_is_a_line_over_the_distances_as_they_were_given() -> None:
    panel = curve().figure().axes[0]
    assert [line.get_xdata().tolist() for line in panel.lines] == [[0, 1, 4]] * 2
    assert panel.lines[1].get_ydata().tolist() == [0.75, 0.5, 0]
    assert panel.get_xlabel() == "eps, in 1/255 (linf)" and panel.get_ylabel() == "robust accuracy"
    assert [text.get_text() for text in panel.get_xticklabels()] == ["0", "1", "4"]
    assert panel.get_ylim()[0] <= 0 and panel.get_ylim()[1] >= 1
    plain = curve(words=("0", "0.5", "1"), eps=torch.tensor([0, 0.5, 1]), norm="l2").figure().axes[0]
    assert plain.get_xlabel() == "eps (l2)" and plain.lines[0].get_xdata().tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    "found",
    [
        curve(),
        stopped(),
        curve(masking="fgsm misleads 3 photos at 4/255 that pgd does not", own_reading=2, norm="l2"),
        curve(words=("0", "0.1/255", "4/255"), eps=torch.tensor([0, 0.1, 4]) / 255),
        curve(words=("0", "1/255", "4/255"), own_reading=4),
    ],
)
def test_words_stay_apart_and_it_comes_back_from_a_file(found: RobustCurve, tmp_path: Path) -> None:
    assert not overlapping(found.figure()) and not outside(found.figure())
    assert seethrough.load_result(found.save(tmp_path / "x.safetensors")) == found
    assert len(found) == 4


def test_what_does_not_fit_together_is_refused() -> None:
    for wrong in ({"robust": torch.zeros(2, 2)}, {"eps": torch.zeros(2)}, {"least": torch.zeros(1, 4)}):
        with pytest.raises(UserError, match="a robust curve of 2 attacks at 3 distances has robust"):
            curve(**wrong)
