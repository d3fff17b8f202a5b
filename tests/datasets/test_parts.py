from pathlib import Path

import numpy as np
import pytest
import torch

from seethrough import datasets
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.parts import drawn, gathered, parted, parts
from seethrough.errors import UserError
from tests.datasets.layouts import picture_file


def unequal() -> Dataset:
    """Return pictures of one pixel, their number, of classes of 50, 9, 2 and 1."""
    labels = torch.tensor([0] * 50 + [1] * 9 + [2] * 2 + [3])
    return Dataset("unequal", ("a", "b", "c", "d"), labels, torch.arange(62, dtype=torch.uint8).view(-1, 1, 1, 1))


def numbers(data: Dataset) -> list[int]:
    assert data.pixels is not None
    return data.pixels.flatten().tolist()


def folders(root: Path, *names: str, each: int = 3) -> Path:
    for name in names:
        for place in range(each):
            file = root / name / f"{place}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            picture_file(file, 10 * place)
    return root


def test_a_share_of_every_class_is_for_testing_and_at_least_one_where_there_are_two() -> None:
    learn, test = parted(unequal(), 0.2, 0)
    assert torch.bincount(test.labels, minlength=4).tolist() == [10, 2, 1, 0]
    assert sorted(numbers(learn) + numbers(test)) == list(range(62))
    assert numbers(learn) == sorted(numbers(learn)) and numbers(test) == sorted(numbers(test))
    assert (learn.name, test.name, test.classes) == ("unequal train", "unequal test", unequal().classes)
    for part in (learn, test):
        assert torch.equal(part.labels, unequal().labels[numbers(part)])


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_both_parts_have_some_of_a_class_of_two_or_more(share: float) -> None:
    for part in parted(unequal(), share, 0):
        assert set(part.labels.tolist()) >= {0, 1, 2}


def test_the_seed_says_which_and_leaves_the_global_state() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (numbers(parted(unequal(), 0.3, seed)[1]) for seed in (0, 0, 1))
    assert first == again != other
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_of_nothing_or_all_is_refused(share: float) -> None:
    with pytest.raises(UserError, match=r"share is .*; the test part takes more than 0 and less than 1"):
        parted(unequal(), share, 0)


def test_one_picture_a_class_cannot_be_parted() -> None:
    with pytest.raises(UserError, match="has one picture a class; a test part takes classes of two or more"):
        parted(unequal().part([0, 55, 61]), 0.5, 0)


def test_parts_that_are_there_are_taken_as_they_are(tmp_path: Path) -> None:
    folders(tmp_path / "set" / "train", "cat", "dog")
    folders(tmp_path / "set" / "test", "cat", "dog", each=1)
    learn, test = parts(tmp_path / "set", share=0.9)
    assert (len(learn), len(test)) == (6, 2)
    learn, test = parts("digits")
    assert (len(learn), len(test)) == (1437, 360)


def test_where_there_is_one_part_a_share_is_drawn(tmp_path: Path) -> None:
    learn, test = parts(folders(tmp_path / "set", "cat", "dog", each=5), share=0.4, seed=3)
    assert (len(learn), len(test)) == (6, 4) and test.labels.tolist() == [0, 0, 1, 1]
    assert not {learn.name_of(place) for place in range(6)} & {test.name_of(place) for place in range(4)}
    np.savez(tmp_path / "a.npz", images=np.zeros((8, 4, 5), np.uint8), labels=[0, 1] * 4)
    assert [len(part) for part in parts(tmp_path / "a.npz", share=0.5)] == [4, 4]


def test_a_name_that_is_not_known_is_said_before_anything_is_parted() -> None:
    with pytest.raises(UserError, match="'digit' is not known; closest: digits"):
        parts("digit")


def test_pictures_are_drawn_by_seed_and_stay_in_order() -> None:
    data = unequal()
    before = torch.random.get_rng_state()
    chosen = drawn(data, 20, 0)
    assert len(set(numbers(chosen))) == 20 and numbers(chosen) == sorted(numbers(chosen))
    assert torch.equal(chosen.labels, data.labels[numbers(chosen)])
    assert numbers(drawn(data, 20, 0)) == numbers(chosen) != numbers(drawn(data, 20, 1))
    assert drawn(data, None, 0) is data and drawn(data, 62, 0) is data and drawn(data, 100, 0) is data
    assert torch.equal(torch.random.get_rng_state(), before)


def test_classes_of_one_name_are_one_and_a_folder_of_photos_is_a_class_by_itself(tmp_path: Path) -> None:
    one = folders(tmp_path / "one", "cat", "dog", each=2)
    two = folders(tmp_path / "two", "dog", "eel", each=1)
    owls = folders(tmp_path, "owls", each=3) / "owls"
    data = gathered([one, two, owls], None, None)
    assert data.classes == ("cat", "dog", "eel", "owls") and data.name == "one + two + owls"
    assert data.labels.tolist() == [0, 0, 1, 1, 1, 2, 3, 3, 3]
    shown = [data.files[place].parent.name for place in range(9)]
    assert [data.classes[label] for label in data.labels] == shown


def test_one_alone_is_as_it_is_and_what_is_in_memory_does_not_mix(tmp_path: Path) -> None:
    whole = gathered(["digits"], "test", None)
    assert len(whole) == 360 and whole.pixels is not None
    assert torch.equal(whole.labels, datasets.load("digits", "test").labels)
    with pytest.raises(UserError, match=r"data: digits, .* cannot be taken together; several have to be folders"):
        gathered(["digits", folders(tmp_path / "one", "cat", "dog")], None, None)
