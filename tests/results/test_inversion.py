import math
from pathlib import Path

import pytest
import torch

from seethrough.results import load_result
from seethrough.results.guesses import Guess
from seethrough.results.inversion import Inversion
from tests.plots.drawn import outside, overlapping, words


def inversion(
    photos: int = 1,
    layers: tuple[str, ...] = ("conv1",),
    priors: tuple[str, ...] = ("both",),
    starts: int = 1,
    size: tuple[int, int] = (40, 56),
    names: tuple[str, ...] = ("coffee", "cat"),
) -> Inversion:
    """Return pictures of grey that grows from one to the next, in the order in which they are made."""
    sought = [
        (photo, prior, start, layer)
        for photo in range(photos)
        for prior in priors
        for start in range(starts)
        for layer in layers
    ]
    count = len(sought)
    greys = torch.arange(1, count + 1) / (2 * count)
    return Inversion(
        network="net",
        method="dream.invert",
        images=torch.rand(photos, 3, *size),
        pictures=greys.view(-1, 1, 1, 1).expand(-1, 3, *size).clone(),
        of=tuple(one[0] for one in sought),
        layers=tuple(one[3] for one in sought),
        priors=tuple(one[1] for one in sought),
        starts=tuple(one[2] for one in sought),
        code_error=torch.full((count,), 0.012),
        pixel_error=torch.full((count,), 1.168),
        guesses=tuple(Guess(967, "espresso", "n07920052", 0.95) for _ in sought),
        photo_guesses=tuple(Guess(968, "cup", "n03147509", 0.5) for _ in range(photos)),
        trace=torch.rand(count, 7),
        photos=names[:photos],
    )


def greys_of(found: Inversion) -> list[list[float]]:
    """Return the grey at the middle of every cell of the contact sheet, row by row."""
    height, width = found.pictures.shape[-2:]
    sheet = found.picture()[0]
    return sheet[2 + height // 2 :: height + 2, 2 + width // 2 :: width + 2].tolist()


def test_the_line_says_the_errors_and_the_class() -> None:
    assert str(inversion()) == (
        "dream.invert of coffee at conv1: code off by 1.2 %, pixels by 116.8 %, read as espresso 95.0 % (net)"
    )
    many = str(inversion(layers=tuple(f"conv{place}" for place in range(9))))
    assert "conv1:" in many and "; 6 more; coffee at conv8:" in many and "conv2" not in many


@pytest.mark.parametrize(
    ("made", "label"),
    [
        ({}, "conv1"),
        ({"priors": ("none", "tv1")}, "conv1, TV, exponent 1"),
        ({"starts": 3}, "conv1, start 3"),
        ({"layers": ("conv1", "fc"), "priors": ("none", "alpha"), "starts": 2}, "fc, alpha norm, start 2"),
    ],
)
def test_a_label_says_what_differs_between_the_pictures(made: dict[str, object], label: str) -> None:
    found = inversion(**made)
    assert found.label(len(found) - 1) == label


def test_the_sheet_of_several_layers_and_priors_has_a_line_for_each_prior() -> None:
    found = inversion(layers=("a", "b", "c"), priors=("none", "both"))
    torch.testing.assert_close(torch.tensor(greys_of(found)), torch.arange(1, 7).view(2, 3) / 12)


def test_the_sheet_of_several_starts_at_one_layer_has_a_line_for_each_prior() -> None:
    found = inversion(priors=("none", "both"), starts=2)
    torch.testing.assert_close(torch.tensor(greys_of(found)), torch.tensor([[1, 2], [3, 4]]) / 8)


def test_a_line_too_long_goes_on_below_and_the_rest_is_white() -> None:
    found = inversion(layers=tuple(f"l{place}" for place in range(7)))
    greys = torch.tensor(greys_of(found))
    torch.testing.assert_close(greys[0], torch.arange(1, 6) / 14)
    torch.testing.assert_close(greys[1], torch.tensor([6 / 14, 7 / 14, 1, 1, 1]))


def test_one_picture_is_the_picture_itself() -> None:
    found = inversion()
    assert torch.equal(found.picture(), found.pictures[0])


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"photos": 2, "layers": tuple(f"blocks.{place}.conv_pwl" for place in range(10))},
        {"layers": ("conv1", "fc"), "priors": ("none", "tv1", "tv2", "alpha", "both"), "starts": 2},
        {"photos": 2, "starts": 4, "names": ()},
        {"layers": ("a", "b", "c"), "size": (90, 30)},
    ],
)
def test_the_figure_shows_every_photo_once_and_every_picture_and_no_words_collide(made: dict[str, object]) -> None:
    found = inversion(**made)
    figure = found.figure()
    assert overlapping(figure) == []
    assert outside(figure) == []
    assert sum(bool(panel.images) for panel in figure.axes) == len(found) + len(found.images)
    said = " ".join(" ".join(text.split()) for text, _ in words(figure))
    assert said.count("code off by 1.2 % pixels off by 116.8 %") == len(found)
    assert said.count("espresso 95.0 %") == len(found)
    assert said.count("cup 50.0 %") == len(found.images)


def test_a_figure_of_very_many_says_that_it_shows_the_first() -> None:
    found = inversion(photos=61, priors=("none",), names=())
    said = [text for text, _ in words(found.figure())]
    assert any("the first 60 of 61 rows" in " ".join(text.split()) for text in said)


def test_the_curve_is_the_best_so_far() -> None:
    found = inversion()
    found.trace[0] = torch.tensor([-3.0, -1, -2, -5, -0.5, torch.nan, torch.nan])
    line = next(panel for panel in found.curve().axes if panel.lines).lines[0]
    drawn = line.get_ydata().tolist()
    assert drawn[:5] == [-3, -1, -1, -1, -0.5]
    assert all(math.isnan(value) for value in drawn[5:])


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    found = inversion(photos=2, layers=("a", "b"), priors=("none", "both"))
    assert load_result(found.save(tmp_path / "x.safetensors")) == found
