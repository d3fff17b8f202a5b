from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.results import Guess, Guesses, load_result
from tests.plots.drawn import outside, overlapping, words

ROW = (
    Guess(967, "espresso", "n07920052", 0.9524),
    Guess(809, "soup bowl, and a name that goes on for longer than any panel is wide", "n04263257", 0.02),
    Guess(3, "$x^2$", None, 0.0001),
)


def guesses(*photos: str, size: tuple[int, int, int] = (3, 40, 56), row: tuple[Guess, ...] = ROW) -> Guesses:
    count = len(photos)
    return Guesses(
        network="efficientnet-lite0",
        method="see.guesses",
        settings={"top": 3},
        images=torch.rand(count, *size, generator=torch.Generator().manual_seed(0)),
        rows=(row,) * count,
        photos=photos,
    )


@pytest.mark.parametrize(
    ("photos", "line"),
    [
        (("coffee",), "coffee: espresso 95.2 % (efficientnet-lite0)"),
        (("",), "espresso 95.2 % (efficientnet-lite0)"),
        (("coffee", ""), "coffee: espresso 95.2 %; photo 2: espresso 95.2 % (efficientnet-lite0)"),
        (
            ("a", "b", "c", "d", "e"),
            "a: espresso 95.2 %; b: espresso 95.2 %; c: espresso 95.2 %; and 2 more (efficientnet-lite0)",
        ),
        (("two\nlines",), "two lines: espresso 95.2 % (efficientnet-lite0)"),
        ((), "no photos (efficientnet-lite0)"),
    ],
)
def test_the_line_says_the_first_guesses(photos: tuple[str, ...], line: str) -> None:
    assert guesses(*photos).line() == line


def test_a_row_without_guesses_is_said_to_have_none() -> None:
    assert guesses("a", row=()).line() == "a: no guess (efficientnet-lite0)"


def test_rows_are_reached_by_the_photos_place() -> None:
    found = guesses("a", "b")
    assert len(found) == 2
    assert found[1][0].label == "espresso"
    assert found[-1] == ROW
    with pytest.raises(IndexError):
        found[2]


def test_guesses_come_back_from_a_file(tmp_path: Path) -> None:
    found = guesses("a", "")
    assert load_result(found.save(tmp_path / "x.safetensors")) == found


def test_rows_and_names_must_be_as_many_as_images() -> None:
    with pytest.raises(UserError, match=r"\[1, 3, 2, 2\], 0 and 1"):
        Guesses(network="n", method="m", images=torch.zeros(1, 3, 2, 2), rows=(), photos=("a",))


@pytest.mark.parametrize("size", [(3, 40, 56), (1, 28, 28), (3, 300, 30)])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_figure_shows_every_photo_and_guess_and_no_words_collide(count: int, size: tuple[int, int, int]) -> None:
    figure = guesses(*(f"{place}-a-file-name-that-is-long-enough-to-break.jpeg" for place in range(count)), size=size)
    drawn = figure.figure()
    said = [text for text, _ in words(drawn)]
    assert said.count("espresso") == said.count("95.2 %") == said.count("$x^2$") == said.count("<0.1 %") == count
    assert sum(len(panel.images) for panel in drawn.axes) == count
    assert overlapping(drawn) == []
    assert outside(drawn) == []


def test_twenty_guesses_are_given_the_height_they_need() -> None:
    row = tuple(Guess(place, f"class {place}", None, 0.05) for place in range(20))
    figure = guesses("photo", row=row).figure()
    assert overlapping(figure) == []


def test_of_very_many_photos_the_first_are_drawn_and_it_is_said() -> None:
    figure = guesses(*[""] * 70, size=(3, 4, 4), row=ROW[:1]).figure()
    assert sum(len(panel.images) for panel in figure.axes) == 64
    assert figure.get_suptitle() == "efficientnet-lite0: the first 64 of 70 photos"


def test_a_row_without_guesses_is_drawn_all_the_same() -> None:
    assert guesses("a", row=()).figure().axes


def test_no_photos_cannot_be_drawn() -> None:
    with pytest.raises(UserError, match="no photos"):
        guesses().figure()
