import math
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.colors import to_hex

import seethrough
from seethrough.errors import UserError
from seethrough.plots import OKABE_ITO
from seethrough.results.guesses import Guess
from seethrough.results.training import Training
from tests.plots.drawn import outside, overlapping, words

COLUMNS = ("loss", "accuracy", "validation loss", "validation accuracy", "rate", "seconds")
NAN = math.nan
CAT, DOG, EEL = (
    Guess(index, name, None, 0.75) for index, name in enumerate(("cat", "dog", "a very long name of a class"))
)


def training(count: int = 3, size: tuple[int, int] = (40, 56), channels: int = 3, **named: Any) -> Training:
    """Return a training of three epochs, tested on 20 pictures, of which 15 are read rightly."""
    known: dict[str, Any] = {
        "columns": COLUMNS,
        "curves": torch.tensor(
            [[2.0, 0.4, 1.5, 0.5, 0.1, 1.5], [1.0, 0.7, 0.8, 0.75, 0.2, 2.0], [0.5, 0.9, 0.9, 0.7, 0.1, 1.75]],
            dtype=torch.float64,
        ),
        "best": 2,
        "labels": (CAT.label, DOG.label, EEL.label),
        "confusion": torch.tensor([[9, 1, 0], [2, 6, 2], [0, 0, 0]]),
        "images": torch.rand(count, channels, *size, generator=torch.Generator().manual_seed(0)),
        "truths": torch.arange(count) % 2,
        "guesses": tuple((CAT, EEL)[place % 2] for place in range(count)),
        "layers": (("conv1", "Conv2d", "3 x 40 x 56", "8 x 40 x 56", 224, 17920),),
        "counts": {"total": {"parameters": 1234, "neurons": 99}},
        "weights": {"conv1.weight": torch.ones(2, 2, dtype=torch.float16)},
        "card": {"arch": "x", "curves": {"loss": [2.0, None]}, "size": [40, 56]},
    }
    return Training(network="net", method="train.fit", settings={"data": "pets"}, **(known | named))


UNTESTED: dict[str, Any] = {
    "confusion": torch.zeros(3, 3).long(),
    "images": torch.zeros(0, 3, 40, 56),
    "truths": torch.zeros(0).long(),
    "guesses": (),
}
NO_EPOCH: dict[str, Any] = {"curves": torch.zeros(0, 6).double(), "best": 0}


def unvalidated() -> torch.Tensor:
    curves = training().curves.clone()
    curves[:, 2:4] = NAN
    return curves


def test_numbers_are_those_of_the_confusion_by_hand() -> None:
    found = training()
    assert (found.tested, found.accuracy, len(found), found.seconds) == (20, 0.75, 3, 5.25)
    torch.testing.assert_close(found.per_class, torch.tensor([0.9, 0.6, NAN]).double(), equal_nan=True)
    assert found.column("validation accuracy").tolist() == [0.5, 0.75, 0.7]
    assert math.isnan(training(**UNTESTED).accuracy)


def test_the_line_says_how_good_it_is_and_what_that_took() -> None:
    tested = "75.0 % of 20 test pictures right (mean of the classes 75.0 %)"
    end = "1,234 parameters, 3 epochs in 5 s, epoch 2 kept"
    assert training().line() == f"net: {tested}; {end}"
    assert training(best=3).line() == f"net: {tested}; {end.partition(', epoch')[0]}"
    assert training(robust=0.5, attack="PGD-40 within 0.3 (5 restarts, 20 pictures)").line() == (
        f"net: {tested}, 50.0 % under PGD-40 within 0.3 (5 restarts, 20 pictures); {end}"
    )
    assert training(**UNTESTED).line() == f"net: 75.0 % of the validation part right; {end}"
    assert training(**UNTESTED, curves=unvalidated(), best=3).line().startswith("net: not tested; ")
    assert training(**UNTESTED, **NO_EPOCH).line() == "net: not tested; 1,234 parameters, 0 epochs in 0 s"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "; 1 picture could not be read: 0.jpg"),
        (2, "; 2 pictures could not be read: 0.jpg, 1.jpg"),
        (6, "; 6 pictures could not be read: 0.jpg, 1.jpg, 2.jpg, 3.jpg and 2 more"),
    ],
)
def test_pictures_that_could_not_be_read_are_counted_and_named(count: int, said: str) -> None:
    assert training(broken=tuple(f"{place}.jpg: it is empty" for place in range(count))).line().endswith(said)


def test_the_table_has_a_row_an_epoch() -> None:
    rows = training(curves=unvalidated()).table()
    assert len(rows) == 3
    assert rows[1] == {
        "epoch": 2,
        "loss": 1.0,
        "accuracy": 0.7,
        "validation loss": None,
        "validation accuracy": None,
        "rate": 0.2,
        "seconds": 2.0,
    }


def test_the_curves_and_the_counts_are_drawn() -> None:
    figure = training().figure()
    loss, accuracy = figure.axes[:2]
    assert [line.get_ydata().tolist() for line in loss.get_lines()[:2]] == [[2.0, 1.0, 0.5], [1.5, 0.8, 0.9]]
    assert loss.get_lines()[0].get_xdata().tolist() == [1, 2, 3]
    assert accuracy.get_lines()[1].get_ydata().tolist() == [0.5, 0.75, 0.7]
    said = [text.replace("\n", " ") for text, _ in words(figure)]
    assert "loss: training 0.5, validation 0.9" in said and "accuracy: training 90.0 %, validation 70.0 %" in said
    assert "20 test pictures" in said and {"read as", "what they show", "9", "1", "2", "6"} <= set(said)
    assert {"60.0 %", "90.0 %"} <= set(said), "the class without test pictures is left out"


@pytest.mark.parametrize(
    "named",
    [
        {},
        UNTESTED,
        {"curves": unvalidated(), "best": 3},
        UNTESTED | NO_EPOCH,
        NO_EPOCH,
        {"curves": training().curves[:1]},
    ],
    ids=["whole", "untested", "without validation", "nothing yet", "no epoch", "one epoch"],
)
def test_words_stay_apart_and_it_comes_back_from_a_file(named: dict[str, Any], tmp_path: Path) -> None:
    found = training(broken=("x.jpg: it is empty",), **named)
    figure = found.figure()
    assert not overlapping(figure) and not outside(figure)
    assert seethrough.load_result(found.save(tmp_path / "x.safetensors")) == found


@pytest.mark.parametrize(("count", "channels", "size"), [(24, 1, (28, 28)), (1, 3, (40, 56)), (9, 3, (60, 20))])
def test_the_sheet_of_test_pictures_says_of_each_what_it_is_and_is_read_as(
    count: int, channels: int, size: tuple[int, int]
) -> None:
    figure = training(count, size, channels).samples()
    assert not overlapping(figure) and not outside(figure)
    panels = [panel for panel in figure.axes if panel.images]
    assert len(panels) == count
    assert panels[0].get_title().replace("\n", " ") == "is cat read as cat"
    edges = [to_hex(panel.spines["left"].get_edgecolor()).upper() for panel in panels]
    assert all((edge == OKABE_ITO[1]) == bool(place % 2) for place, edge in enumerate(edges))
    assert "drawn by chance (net)" in figure._suptitle.get_text().replace("\n", " ")  # type: ignore[attr-defined]


def test_many_classes_show_the_worst() -> None:
    count = 37
    right = torch.arange(count) + 1
    confusion = torch.diag(right) + torch.diag(count - right[:-1], 1)
    found = training(labels=tuple(f"class {place}" for place in range(count)), confusion=confusion)
    figure = found.figure()
    assert not outside(figure)
    said = " ".join(text.replace("\n", " ") for text, _ in words(figure))
    assert "the 12 worst of 37" in said and "class 0" in said


def test_without_a_test_part_there_is_no_sheet() -> None:
    with pytest.raises(UserError, match="no test picture was kept: there was no test part"):
        training(**UNTESTED).samples()


def test_curves_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UserError, match=r"training has curves \[3, 5\] for 6 columns"):
        training(curves=torch.zeros(3, 5))
