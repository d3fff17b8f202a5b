from pathlib import Path

import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.files import save_images
from seethrough.fool.truths import known_classes, truths
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


@pytest.fixture(scope="module")
def network() -> Network:
    return seethrough.load()


def test_the_list_beside_the_photos_says_what_they_show(shared: Path, network: Network) -> None:
    folder = shared / "data" / "photos"
    names = ["goldfish.jpg", "peppers.png", "cat_dog.png", "none.jpg"]
    assert truths([folder / name for name in names], network) == [1, 945, None, None]
    assert truths(["coffee", folder / "koala.jpg"], network) == [None, 105]


def test_what_was_given_of_each_photo_is_resolved_and_the_rest_is_not_known() -> None:
    few = linear_network(classes=5)[0]
    assert known_classes(few, None, 2) == [None, None]
    assert known_classes(few, "class 3", 2) == [3, 3]
    assert known_classes(few, [None, 0, "1"], 3) == [None, 0, 1]
    assert known_classes(few, torch.tensor([4, 2]), 2) == [4, 2]


def test_folders_are_named_after_classes(network: Network, tmp_path: Path) -> None:
    folders = ["goldfish", "n01518878", "779", "space-shuttle"]
    assert truths([tmp_path / folder / "1.jpg" for folder in folders], network) == [1, 9, 779, 812]
    few = linear_network(classes=5)[0]
    assert truths([Path("data/3/1.png"), Path("data/class 4/x.png"), Path("data/3/2.png")], few) == [3, 4, 3]


def test_of_a_folder_that_is_no_class_nothing_is_known(network: Network) -> None:
    assert truths([Path("holiday/1.jpg"), Path("holiday/2.jpg"), Path("more/1.jpg")], network) == [None] * 3
    assert truths(["cat", "coffee"], network) == [None, None]
    assert truths([], network) == []


def test_a_mistyped_folder_among_classes_is_answered_with_the_closest(network: Network) -> None:
    with pytest.raises(UserError) as caught:
        truths([Path("photos/goldfish/1.jpg"), Path("photos/ostrihc/1.jpg")], network)
    said = str(caught.value)
    assert said.startswith("folder 'photos/ostrihc' is not named after a class, as others are: class 'ostrihc'")
    assert "closest: ostrich" in said and "\n" not in said


def test_a_folder_given_from_inside_has_a_name_too(network: Network, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "goldfish").mkdir()
    monkeypatch.chdir(tmp_path / "goldfish")
    assert truths([Path("1.jpg")], network) == [1]


def test_a_list_for_other_classes_or_of_another_kind_says_nothing(network: Network, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,imagenet_index\na.png,3\nb.png,\nc.png,3|4\n")
    assert truths([tmp_path / "a.png"], linear_network(classes=5)[0]) == [None]
    assert truths([tmp_path / f"{name}.png" for name in "abc"], network) == [3, None, None]
    (tmp_path / "labels.csv").write_text("name,class\na.png,3\n")
    assert truths([tmp_path / "a.png"], network) == [None]
    (tmp_path / "labels.csv").write_text("")
    assert truths([tmp_path / "a.png"], network) == [None]
    (tmp_path / "labels.csv").write_text("\ufefffile,imagenet_index\na.png, 7\n", encoding="utf-8")
    assert truths([tmp_path / "a.png"], network) == [7]


def test_a_list_may_name_classes_of_any_network(network: Network, tmp_path: Path) -> None:
    lines = ["file,class,imagenet_index", "a.png,class 4,9", "b.png,2,", "c.png,,3"]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    photos = [tmp_path / f"{name}.png" for name in "abc"]
    assert truths(photos, linear_network(classes=5)[0]) == [4, 2, None]
    with pytest.raises(UserError, match=r"labels.csv: a.png: class 'class 4' is not known"):
        truths(photos, network)
    (tmp_path / "labels.csv").write_text("file,class,read_as\na.png,goldfish,x\nb.png,n01518878,y\n")
    assert truths(photos, network) == [1, 9, None]


def test_what_was_saved_of_an_attack_says_what_it_shows(tmp_path: Path) -> None:
    small = small_cnn()
    fooled = fool.fgsm(small, random_photos(2), eps="8/255")
    save_images(fooled, tmp_path)
    shown = [guess.index for guess in fooled.before]
    assert truths([tmp_path / "image-1.png", tmp_path / "image-2.png"], small) == shown


@pytest.mark.parametrize("said", ["1000", "-1", "tench", "3|x", "3.5", "|"])
def test_a_wrong_index_is_refused_with_its_place(network: Network, tmp_path: Path, said: str) -> None:
    (tmp_path / "labels.csv").write_text(f"file,imagenet_index\na.png,{said}\n")
    with pytest.raises(UserError) as caught:
        truths([tmp_path / "a.png"], network)
    assert str(caught.value) == f"{tmp_path / 'labels.csv'}: a.png has imagenet_index {said!r}; it takes 0 to 999"


def test_a_list_that_is_no_text_is_refused_in_one_line(network: Network, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"file,imagenet_index\n\xff\xfe,1\n")
    with pytest.raises(UserError, match="cannot be read as a list of classes"):
        truths([tmp_path / "a.png"], network)
