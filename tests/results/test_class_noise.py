from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure

import seethrough
from seethrough.results.class_noise import MOST_DRAWN, ClassNoise
from seethrough.results.guesses import Guess
from tests.plots.drawn import outside, overlapping


def class_noise(many: int = 2, count: int = 3, size: tuple[int, int] = (40, 56), **named: Any) -> ClassNoise:
    """Return noises of which the last fails; under each the first photo becomes the class, the others stay what they are."""
    stream = torch.Generator().manual_seed(0)
    guesses = [Guess(place, f"class {place}", None, 0.75) for place in range(many + count)]
    shown = guesses[many:]
    known: dict[str, Any] = {
        "learned_on": torch.rand(1, 3, *size, generator=stream),
        "noises": torch.rand(many, 3, *size, generator=stream) * 0.2 - 0.1,
        "classes": tuple(guess.label for guess in guesses[:many]),
        "learned": (*guesses[: many - 1], shown[0]),
        "probabilities": torch.full((many,), 0.75),
        "images": torch.rand(count, 3, *size, generator=stream),
        "true": tuple(guess.label for guess in shown),
        "before": tuple(shown),
        "after": tuple((guesses[noise], *shown[1:]) for noise in range(many)),
        "trace": torch.rand(many, 4, generator=stream),
        "method": "fool.noise_for_class",
    }
    return ClassNoise(network="net", **(known | named))


def titles(figure: Figure) -> list[str]:
    figure.canvas.draw()
    return [panel.get_title().replace("\n", " ") for panel in figure.axes if panel.get_title()]


def test_it_counts_what_becomes_the_class_and_what_is_wrong() -> None:
    found = class_noise()
    assert len(found) == 2 and [found.taken(noise) for noise in (0, 1)] == [1, 1]
    assert [found.misread(noise) for noise in (0, 1)] == [1, 1]
    assert found.line() == (
        "noise for class: 1 of 2 noises make their own image read as their class; "
        "on 3 photos 2 of 6 readings become the class, 2 are wrong (net)"
    )


def test_the_table_has_a_row_for_every_noise_and_photo() -> None:
    rows = class_noise(photos=("a", "b", "c")).table()
    assert len(rows) == 6
    assert rows[3] == {
        "noise": "class 1",
        "photo": "a",
        "true": "class 2",
        "before": "class 2",
        "after": "class 1",
        "probability": 0.75,
    }
    assert rows[5]["photo"] == "c" and class_noise().table()[0]["photo"] == ""


def test_the_figure_stars_what_becomes_the_class() -> None:
    found = class_noise()
    assert titles(found.figure()) == [
        "learned on", "class 2", "class 3", "class 4",
        "noise: class 0", "class 0", "*class 0", "class 3", "class 4",
        "noise: class 1", "class 2", "*class 1", "class 3", "class 4",
    ]  # fmt: skip
    assert found.figure().get_suptitle().replace("\n", " ") == "A noise for each class (net); * marks the noise's class"


@pytest.mark.parametrize(("many", "count", "size"), [(1, 1, (40, 56)), (4, 6, (28, 28)), (3, 2, (60, 24))])
def test_no_word_lies_on_another_or_outside(many: int, count: int, size: tuple[int, int]) -> None:
    figure = class_noise(many, count, size).figure()
    assert overlapping(figure) == [] and outside(figure) == []


def test_many_are_drawn_in_part_and_it_says_so() -> None:
    figure = class_noise(MOST_DRAWN + 1, MOST_DRAWN + 2, (8, 8)).figure()
    assert f"the first {MOST_DRAWN} of {MOST_DRAWN + 1}, on the first {MOST_DRAWN} of {MOST_DRAWN + 2} photos" in (
        figure.get_suptitle().replace("\n", " ")
    )
    assert sum(bool(panel.get_title()) for panel in figure.axes) == 1 + MOST_DRAWN + MOST_DRAWN * (MOST_DRAWN + 2)


def test_noises_that_are_nothing_are_drawn_as_grey() -> None:
    found = class_noise(noises=torch.zeros(2, 3, 40, 56))
    shown = next(panel for panel in found.figure().axes if panel.get_title().startswith("noise:"))
    assert torch.from_numpy(shown.images[0].get_array().astype("float32")).std() < 0.01


def test_it_has_a_picture_a_curve_and_is_saved_and_loaded_whole(tmp_path: Path) -> None:
    found = class_noise()
    assert found.picture().shape[-1] > 56
    figure = found.curve()
    assert len(figure.axes[0].lines) == 2 and overlapping(figure) == [] and outside(figure) == []
    found.save(tmp_path / "found.safetensors")
    assert seethrough.load_result(tmp_path / "found.safetensors") == found
