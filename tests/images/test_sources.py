from pathlib import Path

import pytest

from seethrough.errors import UserError
from seethrough.images.samples import SAMPLES, sample_path
from seethrough.images.sources import expand, locate, photo_name, shown


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a few files; what is in them does not matter here."""
    names = "photos/img10.jpg photos/img9.JPG photos/img1.png photos/.hidden.jpg photos/notes.txt photos/in/deep.webp"
    for name in [*names.split(), "one.jpg", "empty/x.txt", "odd[1].jpg"]:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_gives_its_own_images_in_the_order_people_count(here: Path) -> None:
    assert expand(["photos"]) == [Path("photos/img1.png"), Path("photos/img9.JPG"), Path("photos/img10.jpg")]


def test_a_glob_gives_its_images_in_the_order_people_count(here: Path) -> None:
    assert expand(["photos/*"]) == [Path("photos/img1.png"), Path("photos/img9.JPG"), Path("photos/img10.jpg")]
    assert expand(["photos/*.jpg"]) == [Path("photos/img10.jpg")]
    assert expand([str(here / "photos" / "img?.*")]) == [here / "photos/img1.png", here / "photos/img9.JPG"]


def test_two_stars_reach_into_folders(here: Path) -> None:
    assert set(expand(["photos/**"])) == {*expand(["photos"]), Path("photos/in/deep.webp")}


def test_order_is_kept_and_what_comes_twice_is_given_once(here: Path) -> None:
    sources = ["moped", "one.jpg", "photos", "./one.jpg", here / "one.jpg", "cat", "moped", "photos/../one.jpg"]
    assert expand(sources) == ["moped", Path("one.jpg"), *expand(["photos"]), "cat"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(here: Path) -> None:
    assert expand(["odd[1].jpg"]) == [Path("odd[1].jpg")]


def test_what_exists_wins_over_a_sample(here: Path) -> None:
    assert expand(["cat"]) == ["cat"]
    assert locate("cat") == sample_path("cat")
    (here / "cat").write_bytes(b"")
    assert expand(["cat"]) == [Path("cat")]
    assert locate("cat") == Path("cat")


def test_a_sample_is_found_by_a_path_of_that_name(here: Path) -> None:
    assert expand([Path("coffee")]) == ["coffee"]
    assert locate(Path("coffee")) == sample_path("coffee")


def test_one_source_alone_is_not_taken_letter_by_letter(here: Path) -> None:
    assert expand("one.jpg") == [Path("one.jpg")]
    assert expand(here / "one.jpg") == [here / "one.jpg"]


def test_home_is_understood(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    assert expand(["~/one.jpg", "~/photos/*1.png"]) == [here / "one.jpg", here / "photos/img1.png"]


def test_no_sources_give_no_photos() -> None:
    assert expand([]) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("cofee", "'cofee' does not exist; closest: coffee"),
        ("one.jpeg", "'one.jpeg' does not exist; closest: one.jpg"),
        ("photos/img11.jpg", "'photos/img11.jpg' does not exist; closest: photos/img10.jpg"),
        ("zzz", f"'zzz' does not exist; right: an image file, or a sample: {', '.join(SAMPLES)}"),
        ("nowhere/a.jpg", "'nowhere/a.jpg' does not exist: there is no folder 'nowhere'"),
        ("one.jpg/a.jpg", "'one.jpg/a.jpg' does not exist; right"),
        ("photos/*.bmp", r"'photos/\*.bmp' matches no image file"),
        ("empty", r"folder 'empty' holds no image file of its own; with the folders inside: 'empty/\*\*'"),
        ("empty/*", "matches no image file"),
        ("", "'' does not exist"),
        ("a\0b", "does not exist"),
        ("two\nlines", r"'two\\nlines' does not exist"),
        ("x" * 5000, "x{69}...x{69}' does not exist"),
        ("~nobody-of-that-name/a.jpg", "no folder"),
        ("https://example.org/a.jpg", "web address; download"),
    ],
)
def test_nothing_found_is_one_line_that_names_the_source(here: Path, source: str, line: str) -> None:
    with pytest.raises(UserError, match=line) as caught:
        expand(["cat", source])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_missing_photo_is_called_by_the_argument_s_name() -> None:
    with pytest.raises(UserError, match=r"^second 'cofee' does not exist"):
        locate("cofee", "second")


def test_a_folder_that_cannot_be_read_is_one_line(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UserError, match=r"^folder 'photos' cannot be read: Permission denied$"):
        expand(["photos"])


@pytest.mark.parametrize(
    ("source", "name"), [("a/b/cat.jpg", "cat"), (Path("x.y.png"), "x.y"), ("coffee", "coffee"), (".jpg", ".jpg")]
)
def test_a_caption_has_the_file_s_name_alone(source: str | Path, name: str) -> None:
    assert photo_name(source) == name


def test_a_source_is_shown_on_one_line_and_not_at_length() -> None:
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 10_000)) < 160
