from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.features import Features
from tests.plots.drawn import outside, overlapping, words


def features(**named: Any) -> Features:
    """Return two numbers of five pictures, in two shards; of the last it is not known what it shows."""
    known: dict[str, Any] = {
        "shards": (torch.tensor([[3.0, 4], [1, 0], [0, 2]]), torch.tensor([[1.0, 0], [0, 5]])),
        "layer": "fc7 after its ReLU",
        "data": "pets",
        "places": torch.tensor([0, 1, 2, 4, 5]),
        "labels": torch.tensor([0, 1, 0, 1, -1]),
        "classes": ("cat", "dog", "cow"),
        "names": tuple("abdef"),
        "total": 6,
        "broken": ("c: photo 'c' is empty",),
        "settings": {"normalise": False},
    }
    return Features(network="net", method="study.features", **(known | named))


def test_one_line_says_of_what_they_are() -> None:
    assert features().line() == (
        "features: 5 pictures of pets, 2 numbers each, fc7 after its ReLU, 2 classes (net); 1 picture could not be read: c"
    )
    part = features(broken=(), total=9, settings={"normalise": True}, labels=torch.full((5,), -1))
    assert part.line() == "features: 5 of 9 pictures of pets, 2 numbers each, fc7 after its ReLU, L2-normalised (net)"
    maps = features(shards=(torch.zeros(5, 4, 2, 3),))
    assert ", 4 x 2 x 3 numbers each, fc7" in maps.line() and maps.shape == (4, 2, 3)


def test_all_rows_are_there_in_one() -> None:
    assert features().values.tolist() == [[3, 4], [1, 0], [0, 2], [1, 0], [0, 5]]
    whole = features(shards=(features().values,))
    assert whole.values is whole.shards[0]
    assert features().table()[0] == {"photo": "a", "class": "cat", "length": 5.0}
    assert [row["class"] for row in features().table()] == ["cat", "dog", "cat", "dog", None]


def test_the_means_drawn_are_those_of_the_classes() -> None:
    rows, names, _ = features()._drawn()
    assert rows.tolist() == [[1.5, 3], [1, 0]] and names == ["cat", "dog"]
    single, names, what = features(labels=torch.zeros(5, dtype=torch.long))._drawn()
    assert single.tolist() == features().values.tolist() and names == [] and what == "Down: pictures"


@pytest.mark.parametrize("classes", [2, 37, 80])
def test_the_figure_can_be_read(classes: int) -> None:
    stream = torch.Generator().manual_seed(0)
    count = 2 * classes
    figure = features(
        shards=(torch.rand(count, 300, generator=stream),),
        places=torch.arange(count),
        labels=torch.arange(count) % classes,
        classes=tuple(f"quite_long_name_{index}" for index in range(classes)),
        names=tuple(map(str, range(count))),
        total=count + 1,
    ).figure()
    assert not overlapping(figure) and not outside(figure)
    said = [text for text, _ in words(figure)]
    assert ("quite_long_name_1" in said) == (classes <= 60)
    assert any("1 picture could not be read: c" in " ".join(text.split()) for text in said)


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    found = features()
    assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_rows_without_a_name_are_refused() -> None:
    with pytest.raises(UserError, match="5 rows, 5 places, 5 labels and 4 names"):
        features(names=tuple("abde"))
