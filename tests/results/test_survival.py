from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.colors import to_hex

import seethrough
from seethrough.errors import UserError
from seethrough.plots import OKABE_ITO
from seethrough.results.guesses import Guess
from seethrough.results.survival import Survival
from tests.plots.drawn import outside, overlapping

WAYS = ("as it is", "mirror", "grey", "half size and back")
CUP, FISH, BOWL = (Guess(index, name, None, 0.75) for index, name in enumerate(("cup", "goldfish", "soup bowl")))


def survival(count: int = 2, size: tuple[int, int] = (40, 56), channels: int = 3, **named: Any) -> Survival:
    """Return images of cups: one read as a goldfish, a cup, a bowl and a goldfish; and others never misread."""
    rows = ((FISH, CUP, BOWL, FISH), *[(CUP, BOWL, CUP, CUP)] * (count - 1))
    known: dict[str, Any] = {
        "images": torch.rand(count, 4, channels, *size, generator=torch.Generator().manual_seed(0)),
        "changes": WAYS,
        "guesses": rows,
        "lasts": torch.tensor([[guess is not CUP for guess in row] for row in rows]),
        "shows": ("cup",) * count,
    }
    return Survival(network="net", method="fool.survival", **(known | named))


def test_one_image_says_what_it_lasts_through_and_what_not() -> None:
    assert survival(1, photos=("coffee",)).line() == (
        "survival: coffee: goldfish 75.0 %, still misread after 2 of 3 changes, after 1 as goldfish; "
        "not after mirror (cup 75.0 %) (net)"
    )
    before = survival(1, lasts=torch.tensor([[True, False, False, True]]), shows=())
    assert before.line() == (
        "survival: image 1: goldfish 75.0 %, still read as before after 1 of 3 changes; "
        "not after mirror (cup 75.0 %), grey (soup bowl 75.0 %) (net)"
    )


def test_of_several_those_that_mislead_are_counted_by_change() -> None:
    found = survival(6)
    assert found.misleads.tolist() == [True] + [False] * 5
    assert found.line() == (
        "survival: image 1: goldfish 75.0 %, still misread after 2 of 3 changes, after 1 as goldfish; "
        "image 2: cup 75.0 %, NOT misread as it is; image 3: cup 75.0 %, NOT misread as it is; "
        "image 4: cup 75.0 %, NOT misread as it is; and 2 more; "
        "still misread of 1: mirror 0, grey 1, half size and back 1 (net)"
    )
    assert "NOT misread" in survival(1, guesses=((CUP,) * 4,), lasts=torch.zeros(1, 4, dtype=torch.bool)).line()


def test_the_table_has_a_row_for_every_image_and_change() -> None:
    rows = survival(2, photos=("coffee", "mug")).table()
    assert len(rows) == 8
    assert rows[2] == {
        "photo": "coffee",
        "shows": "cup",
        "change": "grey",
        "index": 2,
        "label": "soup bowl",
        "probability": 0.75,
        "lasts": True,
        "same": False,
    }
    assert [row["lasts"] for row in rows] == [True, False, True, True, False, True, False, False]
    assert [row["same"] for row in rows][:4] == [True, False, False, True]
    assert survival(1, shows=()).table()[0]["shows"] is None
    mixed = survival(2, shows=("", "cup"))
    assert [row["shows"] for row in mixed.table()][::4] == [None, "cup"]
    assert mixed.say(0).startswith("image 1: goldfish 75.0 %, still read as before after ")


def test_edges_and_titles_tell_what_lasts() -> None:
    figure = survival(2, photos=("coffee", "mug")).figure()
    figure.canvas.draw()
    panels = [axes for axes in figure.axes if axes.images]
    titles = [axes.get_title().replace("\n", " ") for axes in panels]
    assert titles[:4] == [
        "coffee, as it is goldfish 75.0 %",
        "mirror: lost cup 75.0 %",
        "grey: other soup bowl 75.0 %",
        "half size and back goldfish 75.0 %",
    ]
    assert titles[4] == "mug, as it is: not misread cup 75.0 %"
    edges = [to_hex(axes.spines["left"].get_edgecolor()).upper() for axes in panels]
    orange, yellow, blue = OKABE_ITO[1], OKABE_ITO[4], OKABE_ITO[0]
    assert edges == [orange, blue, yellow, orange, blue, yellow, blue, blue]


@pytest.mark.parametrize("size", [(40, 56), (56, 40), (12, 90)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 3])
def test_words_stay_apart_and_it_comes_back_from_a_file(
    size: tuple[int, int], channels: int, count: int, tmp_path: Path
) -> None:
    found = survival(count, size, channels, photos=("a long name of a photo", "b", "c"))
    for figure in (found.figure(), found.summary()):
        assert not overlapping(figure) and not outside(figure)
    assert seethrough.load_result(found.save(tmp_path / "x.safetensors")) == found


def test_the_first_eight_are_drawn_and_the_others_counted() -> None:
    figure = survival(9).figure()
    assert len([axes for axes in figure.axes if axes.images]) == 8 * 4
    assert figure._suptitle.get_text().replace("\n", " ") == "Does it last? (net): the first 8 of 9"  # type: ignore[attr-defined]


def test_the_bars_are_the_shares_of_those_that_mislead() -> None:
    rows = ((FISH, FISH, FISH, FISH), (FISH, CUP, BOWL, FISH), (CUP, BOWL, BOWL, BOWL))
    lasts = torch.tensor([[guess is not CUP for guess in row] for row in rows])
    panel = survival(3, guesses=rows, lasts=lasts).summary().axes[0]
    said = [text.get_text() for text in panel.texts]
    assert said == ["mirror", "1 of 2", "grey", "2 of 2, 1 as the same class", "half size and back", "2 of 2"]
    assert [bar.get_width() for bar in panel.patches[1::2]] == [0.5, 1, 1]


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(UserError, match="survival needs images"):
        survival(2, lasts=torch.zeros(2, 3, dtype=torch.bool))
    with pytest.raises(UserError, match="survival needs images"):
        survival(2, changes=WAYS[:3])
