"""A sweep is single dreams side by side, and nothing else."""

from typing import Any

import pytest
import torch

import seethrough
from seethrough import dream
from seethrough.errors import UserError
from seethrough.jobs import run
from tests.nets import random_photos, small_cnn


def test_every_cell_is_exactly_the_single_dream_with_its_settings() -> None:
    network, photo = small_cnn(), random_photos(1)
    named: dict[str, Any] = {"recipe": "natural", "steps": 4, "start": photo, "seed": 5}
    found = dream.sweep(network, 3, rows="rate=0.01,0.05", columns="noise=0,0.1,0.2", **named)
    assert found.images.shape == (6, 3, 40, 56)
    assert found.reached.shape == found.probabilities.shape == (2, 3)
    for row, rate in enumerate((0.01, 0.05)):
        for column, noise in enumerate((0.0, 0.1, 0.2)):
            alone = dream.class_(network, 3, rate=rate, noise=noise, **named)
            assert torch.equal(found.images[row * 3 + column], alone.images[0])
            assert found.reached[row, column] == alone.reached[0]
            assert found.probabilities[row, column] == alone.probabilities[0]
    assert found.rows == ("rate", ("0.01", "0.05"))
    assert found.columns == ("noise", ("0", "0.1", "0.2"))
    assert found.wish == network.labels.names[3]


def test_words_and_whole_numbers_are_swept_too() -> None:
    network = small_cnn()
    found = dream.sweep(network, 1, rows="canvas=pixels, fourier", columns="norm-power=1,2", steps=2)
    assert found.rows == ("canvas", ("pixels", "fourier")) and found.columns == ("norm_power", ("1", "2"))
    begun = dream.sweep(network, 1, rows="start=black,mean", columns="each=1,2", steps=0, canvas="pixels")
    assert begun.images[0].amax() == 0 and float(begun.images[2].mean()) == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": "ratte=1,2"}, "setting in rows 'ratte' is not known; closest: rate"),
        ({"rows": "rate"}, "rows: 'rate' does not fit; it takes a setting and its values, as in rate=0.01,0.03,0.1"),
        ({"columns": "steps=1.5"}, "columns: 'steps=1.5' does not fit"),
        ({"rows": "rate=a,b"}, "rows: 'rate=a,b' does not fit"),
        ({"rows": "rate=0.1,,0.2"}, "rows: 'rate=0.1,,0.2' does not fit"),
        ({"columns": "canvas=oil"}, "canvas: 'oil' does not fit; it takes pixels | fourier | phase"),
        ({"columns": "steps=3,-1"}, "steps: -1 does not fit; it takes 0 to"),
        ({"rows": "noise=0,0.1"}, "rows and columns are both noise; a sweep takes two settings"),
        ({"rows": "size=20,40"}, "rows: the images of a sweep are all of one size"),
        ({"rate": 0.1}, "rate is given, and swept over too; leave one of them"),
        ({"rows": "start=mean,black", "start": random_photos(1)}, "start is given, and swept over too"),
        ({"start": random_photos(2)}, "start: 2 photos; a sweep takes one"),
        ({"recipe": "lucit"}, "closest: lucid"),
    ],
)
def test_wrong_axes_are_refused_in_one_line_before_any_work(changes: dict[str, Any], words: str) -> None:
    steps: list[object] = []
    with pytest.raises(UserError) as caught:
        axes = {"rows": "rate=0.01,0.05", "columns": "noise=0,0.1", **changes}
        run(dream.sweep.job(small_cnn(), 1, **axes), steps.append)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert not steps


def test_cells_that_were_not_come_to_are_no_numbers_and_are_left_blank(tmp_path: Any) -> None:
    network = small_cnn()
    work = dream.sweep.job(network, 1, rows="rate=0.01,0.05", columns="noise=0,0.1", steps=3)
    found = run(work, lambda step: step.done >= 30)
    finished = found.reached.isfinite().flatten().tolist()
    assert finished == [True, True, False, False]
    assert found.probabilities.isfinite().flatten().tolist() == finished
    assert [bool(image.isfinite().all()) for image in found.images] == finished
    drawn = [axes for axes in found.figure().axes if axes.images]
    assert len(drawn) == 2
    picture = found.picture()
    assert picture.isfinite().all() and (picture[:, 50:, :] == 1).all()
    assert "\n" not in found.line() and "nan" not in found.line()
    assert seethrough.load_result(found.save(tmp_path / "part.safetensors")) == found


def test_progress_counts_once_through_all_cells() -> None:
    seen: list[tuple[int, int]] = []
    work = dream.sweep.job(small_cnn(), 1, rows="rate=0.01,0.05", columns="steps=1,3")
    run(work, lambda step: seen.append((step.done, step.total)))
    assert len(seen) == 8 and seen == sorted(seen)
    assert {total for _, total in seen} == {100} and seen[-1] == (100, 100)
