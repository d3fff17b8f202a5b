import pytest

from seethrough.errors import UserError
from seethrough.networks.labels import Labels, imagenet


def test_imagenets_labels_are_those_of_torchvision_and_timm() -> None:
    from timm.data import ImageNetInfo
    from torchvision.models import ResNet18_Weights

    labels = imagenet()
    assert list(labels.names) == ResNet18_Weights.DEFAULT.meta["categories"]
    assert list(labels.wnids) == ImageNetInfo("imagenet-1k").label_names()
    assert len(labels) == 1000 and labels.wnid(967) == "n07920052"


@pytest.mark.parametrize("wanted", [281, "281", "tabby", "Tabby", "tabby cat", "tabby_cat", "n02123045"])
def test_a_class_is_found_by_index_label_other_word_or_wordnet_id(wanted: int | str) -> None:
    assert imagenet().resolve(wanted) == 281


def test_every_label_and_wordnet_id_finds_its_own_class() -> None:
    labels = imagenet()
    assert [labels.resolve(name) for name in labels.names] == list(range(1000))
    assert [labels.resolve(wnid) for wnid in labels.wnids] == list(range(1000))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("ostritch", "class 'ostritch' is not known; closest: ostrich"),
        ("zzzz", "for example tench, or an index"),
        (1000, "class 1000 is out of range; this network has classes 0 to 999"),
        ("-1", "class -1 is out of range"),
        (True, "class True is a bool"),
        (1.5, "class 1.5 is a float"),
    ],
)
def test_an_unknown_class_is_answered_with_what_is_close_or_right(wanted: int | str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        imagenet().resolve(wanted)


def test_an_ambiguous_word_names_the_classes_it_may_mean() -> None:
    labels = Labels(("crane bird", "crane lift"), synonyms=(("crane", "bird"), ("crane",)))
    with pytest.raises(UserError, match=r"class 'crane' is ambiguous; it may be crane bird \(0\), crane lift \(1\)"):
        labels.resolve("crane")


def test_a_label_that_is_a_number_means_the_label() -> None:
    digits = Labels(("9", "8", "7"))
    assert digits.resolve("9") == 0
    assert digits.resolve(1) == 1
