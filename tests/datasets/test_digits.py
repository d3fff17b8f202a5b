import gzip
import importlib.util

import pytest
import torch
from sklearn.datasets import load_digits

from seethrough import datasets
from seethrough.datasets.digits_file import digits_file
from seethrough.errors import UserError


def test_they_are_those_of_scikit_learn_enlarged() -> None:
    ours, theirs = datasets.load("digits", None), load_digits()
    assert ours.labels.tolist() == theirs.target.tolist()
    assert ours.pixels is not None
    assert ours.pixels.shape == (1797, 1, 28, 28)
    # Read at the middles of the 8 x 8 squares, each is nearly the original.
    ink = ours.pixels[..., 4:-4, 4:-4].float() / 255
    small = torch.nn.functional.interpolate(ink, (8, 8), mode="bilinear")[:, 0]
    original = torch.tensor(theirs.images, dtype=torch.float32) / 16
    assert (small - original).abs().mean() < 0.03
    assert abs(float(small.mean() / original.mean()) - 1) < 0.03
    both = torch.stack([small.flatten(), original.flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.99


def test_they_stand_in_a_black_border_as_those_of_mnist_do() -> None:
    pixels = datasets.load("digits", None).pixels
    assert pixels is not None
    assert not pixels[..., :4, :].any()
    assert not pixels[..., -4:].any()
    assert pixels[..., 4:-4, 4:-4].flatten(1).amax(1).min() > 200


def test_the_parts_are_apart_balanced_and_always_the_same() -> None:
    state = torch.get_rng_state()
    train, test = datasets.load("digits", "train"), datasets.load("digits", "test")
    assert torch.get_rng_state().equal(state)
    assert test.labels.bincount().tolist() == [36] * 10
    assert train.labels.bincount().tolist() == [142, 146, 141, 147, 145, 146, 145, 143, 138, 144]
    torch.manual_seed(17)
    again = datasets.load("digits", "test")
    assert again.pixels is not None
    assert test.pixels is not None
    assert train.pixels is not None
    assert again.pixels.equal(test.pixels)
    whole = datasets.load("digits", None)
    assert whole.pixels is not None
    seen = sorted(bytes(one.numpy().tobytes()) for one in torch.cat([train.pixels, test.pixels]))
    assert seen == sorted(bytes(one.numpy().tobytes()) for one in whole.pixels)


def test_a_line_of_the_file_is_64_pixels_and_a_label() -> None:
    with gzip.open(digits_file(), "rt") as file:
        assert len(next(file).split(",")) == 65


def test_without_scikit_learn_it_is_said_what_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"'digits' comes with scikit-learn, .*pip install scikit-learn"):
        datasets.load("digits")
