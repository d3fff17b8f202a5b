import pytest
import torch

from seethrough.dream.starts import no_photos, planned
from seethrough.errors import UserError
from tests.nets import random_photos, small_cnn


def test_every_wish_is_dreamt_as_often_as_asked_for() -> None:
    network = small_cnn()
    assert planned(network, [3]) == ([3], None)
    assert planned(network, ["a", "b"], 3) == (["a", "a", "a", "b", "b", "b"], None)
    assert planned(network, ["a"], 2, "black") == (["a", "a"], None)


@pytest.mark.parametrize(
    ("wishes", "photos", "each", "expected_wishes", "expected_photos"),
    [
        ("a", 1, 1, "a", [0]),
        ("a", 3, 1, "aaa", [0, 1, 2]),
        ("abc", 1, 1, "abc", [0, 0, 0]),
        ("abc", 3, 1, "abc", [0, 1, 2]),
        ("ab", 2, 2, "aabb", [0, 0, 1, 1]),
        ("a", 2, 2, "aaaa", [0, 0, 1, 1]),
        ("ab", 1, 2, "aabb", [0, 0, 0, 0]),
    ],
)
def test_wishes_and_photos_are_paired(
    wishes: str, photos: int, each: int, expected_wishes: str, expected_photos: list[int]
) -> None:
    given = random_photos(photos)
    found, begun = planned(small_cnn(), list(wishes), each, given)
    assert found == list(expected_wishes)
    assert begun is not None and torch.equal(begun, given[expected_photos])


def test_what_cannot_be_paired_is_refused_in_one_line() -> None:
    network = small_cnn()
    for named, words in (
        ({"wanted": []}, "nothing is named to dream of"),
        ({"wanted": ["a"], "diversity": 0}, "diversity is 0; it takes 1 or more"),
        ({"wanted": ["a", "b"], "start": random_photos(3)}, "start: 3 photos for 2 wishes; give one, or one for each"),
        ({"wanted": ["a"], "start": [random_photos(1)]}, "start is a list; it takes a word, or photos"),
        ({"wanted": ["a"], "start": random_photos(1, 1)}, "1 channels"),
        ({"wanted": ["a"], "start": random_photos(1)[0]}, "B, C, H, W"),
    ):
        with pytest.raises(UserError) as caught:
            planned(network, **named)  # type: ignore[arg-type]
        assert words in str(caught.value) and "\n" not in str(caught.value)


def test_where_no_photos_are_taken_words_still_are() -> None:
    no_photos(None, "")
    no_photos("black", "")
    with pytest.raises(UserError, match="start: no photos are taken here; because"):
        no_photos(random_photos(1), "because")
