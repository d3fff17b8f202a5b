from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.results.contact_sheet import ACROSS, contact_sheet
from seethrough.results.dream import CLOSE, LEAST, MOST_DRAWN, Dream
from seethrough.results.guesses import Guess
from tests.plots.drawn import outside, overlapping


def dream(count: int = 2, size: tuple[int, int] = (24, 32), channels: int = 3, **named: Any) -> Dream:
    """Return a dream of random images."""
    stream = torch.Generator().manual_seed(0)
    known: dict[str, Any] = {
        "images": torch.rand(count, channels, *size, generator=stream),
        "wishes": tuple(f"class {place}" for place in range(count)),
        "reached": torch.arange(count) + 10.0,
        "trace": torch.rand(count, 4, generator=stream),
        "guesses": tuple(Guess(place, f"class {place}", None, 0.75) for place in range(count)),
        "method": "dream.class_",
    }
    return Dream(network="net", **(known | named))


def titles(found: Dream) -> list[str]:
    figure = found.figure()
    figure.canvas.draw()
    return [axes.get_title().replace("\n", " ") for axes in figure.axes if axes.get_title()]


def test_it_says_itself_in_one_line() -> None:
    assert dream().line() == (
        "class dream of class 0 10, read as class 0 75.0 %; class 1 11, read as class 1 75.0 % (net)"
    )
    assert str(dream(6).line()).count("read as") == 4 and "; and 2 more (net)" in dream(6).line()
    assert dream(1, photos=("cat",)).say(0) == "cat: class 0 10, read as class 0 75.0 %"
    assert dream(2, photos=("", "dog")).say(0) == "class 0 10, read as class 0 75.0 %"


def test_a_class_that_is_not_what_the_image_is_read_as_says_its_probability() -> None:
    found = dream(2, wishes=("class 0", "goldfish"), probabilities=torch.tensor([0.75, 0.02]))
    assert found.say(0) == "class 0 10, read as class 0 75.0 %"
    assert found.say(1) == "goldfish 11 (2.0 %), read as class 1 75.0 %"
    assert titles(found) == ["class 0 75.0 %", "goldfish 2.0 %"]


def test_how_its_amplitudes_fall_is_said_beside_those_of_photographs() -> None:
    found = dream(falls=torch.tensor([0.5, 0.7]), natural_falls=(1.08, 1.42))
    assert found.line().endswith("(net); amplitudes fall as 1/f^0.60 (photographs: 1.08 to 1.42)")


def test_a_value_that_is_not_met_is_flagged_in_words_and_on_the_figure() -> None:
    wanted = torch.tensor([10.0, 20.0, -10.0, 0.0, 10.0, float("nan")])
    reached = torch.tensor([10.0 + CLOSE * 9.9, 18.9, -10.6, CLOSE * LEAST, float("nan"), 1.0])
    found = dream(6, wanted=wanted, reached=reached)
    assert found.close() == [True, False, False, True, False, False]
    assert ["NOT reached" in found.say(place) for place in range(6)] == [not one for one in found.close()]
    assert found.say(1) == "class 1 18.9 (wanted 20, NOT reached), read as class 1 75.0 %"
    assert titles(found)[:2] == ["class 0 10.5 of 10", "class 1 18.9 of 20: not reached"]
    assert dream().close() == [True, True]


def test_each_image_stands_after_the_photo_it_began_as() -> None:
    assert titles(dream(3)) == ["class 0 at 10", "class 1 at 11", "class 2 at 12"]
    starts = torch.rand(3, 3, 24, 32)
    found = dream(3, starts=starts, photos=("cat", "", "dog"))
    assert titles(found) == ["cat", "class 0 at 10", "it began as this", "class 1 at 11", "dog", "class 2 at 12"]
    assert len(titles(dream(1, starts=starts[:1]))) == 2


def test_the_picture_is_the_image_itself_or_a_sheet_of_all() -> None:
    found = dream(1)
    assert torch.equal(found.picture(), found.images[0])
    for count, across, down in (
        (2, 2, 1),
        (3, 3, 1),
        (4, 4, 1),
        (5, 3, 2),
        (9, 3, 3),
        (12, 4, 3),
        (64, 8, 8),
        (70, 8, 9),
    ):
        found = dream(count)
        assert found.picture().shape == (3, down * 26 + 2, across * 34 + 2), count
        assert torch.equal(found.picture()[:, 2:26, 2:34], found.images[0])
        assert torch.equal(found.picture(), contact_sheet(found.images))
    assert found.picture().shape[2] <= ACROSS * 34 + 2


def test_of_very_many_the_first_are_drawn() -> None:
    found = dream(MOST_DRAWN + 6, size=(4, 6))
    figure = found.figure()
    assert len([axes for axes in figure.axes if axes.images]) == MOST_DRAWN
    assert figure.get_suptitle() == f"Dreams: class (net), the first {MOST_DRAWN} of {MOST_DRAWN + 6}"


@pytest.mark.parametrize("size", [(40, 56), (56, 40), (8, 100)])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_no_words_lie_on_one_another(size: tuple[int, int], count: int) -> None:
    named: dict[str, Any] = {
        "wishes": tuple(f"blocks.4.2.conv_dw:{place}@12,13" for place in range(count)),
        "wanted": torch.linspace(9, 90000, count),
    }
    for more in ({}, {"starts": torch.rand(count, 3, *size), "photos": ("a long name of a photo",) * count}):
        figure = dream(count, size=size, **named, **more).figure()
        assert not overlapping(figure) and not outside(figure)


def test_the_curve_names_each_wish() -> None:
    axes = dream(2, wishes=("espresso", "goldfish")).curve().axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["espresso", "goldfish"]
    assert len(axes.lines) == 2 and axes.get_ylabel() == "wish"
    assert dream(2, trace=torch.zeros(2, 0)).curve().axes


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_saved_and_loaded_with_all_that_belongs_to_it(channels: int, tmp_path: Path) -> None:
    whole = dream(
        2,
        channels=channels,
        wanted=torch.tensor([1.0, 2.0]),
        probabilities=torch.tensor([0.5, 0.25]),
        starts=torch.rand(2, channels, 24, 32),
        falls=torch.tensor([0.5, 0.7]),
        natural_falls=(1.0, 1.4),
        photos=("a", "b"),
        trace=torch.tensor([[1.0, float("nan")], [2.0, 3.0]]),
        settings={"classes": [1, "espresso"], "rate": 0.1},
    )
    for found in (whole, dream(1, channels=channels)):
        assert seethrough.load_result(found.save(tmp_path / "dream.safetensors")) == found
        assert found.save(tmp_path / "dream.png").stat().st_size > 3000
    assert len(whole) == 2
