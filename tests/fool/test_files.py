import csv
from dataclasses import replace
from pathlib import Path

import torch

from seethrough import fool
from seethrough.fool.files import save_images
from seethrough.images import photo
from seethrough.results.fooling import Fooling
from tests.fool.calls import others, straight_network
from tests.nets import random_photos


def fooled(photos: tuple[str, ...] = ()) -> Fooling:
    network, pixels = straight_network(), random_photos(3, size=(20, 28))
    found = fool.pgd(network, pixels, to=others(network, pixels), eps=0.1, steps=5, eight_bit=True)
    return replace(found, photos=photos)


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_image_is_a_file_that_holds_its_very_levels_and_the_list_says_what_it_shows(tmp_path: Path) -> None:
    found = fooled(("cat", "dog", "cat"))
    folder = save_images(found, tmp_path / "new" / "folder")
    assert sorted(path.name for path in folder.iterdir()) == ["cat-2.png", "cat.png", "dog.png", "labels.csv"]
    for name, image in zip(("cat", "dog", "cat-2"), found.images, strict=True):
        assert torch.equal(photo(folder / f"{name}.png"), image)
    assert listed(folder) == [
        {"file": f"{name}.png", "class": str(found.before[place].index), "read_as": found.after[place].label}
        for place, name in enumerate(("cat", "dog", "cat-2"))
    ]


def test_images_without_a_name_are_numbered(tmp_path: Path) -> None:
    save_images(fooled(), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["image-1.png", "image-2.png", "image-3.png"]
    assert [row["file"] for row in listed(tmp_path)] == ["image-1.png", "image-2.png", "image-3.png"]


def test_what_the_list_says_of_other_files_stays_and_what_is_made_again_is_said_anew(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,class,note\nold.png,7,kept\ncat.png,9,stale\n")
    found = fooled(("cat", "dog", "bird"))
    save_images(found, tmp_path)
    rows = {row["file"]: row for row in listed(tmp_path)}
    assert list(rows) == ["old.png", "cat.png", "dog.png", "bird.png"]
    assert rows["old.png"]["class"] == "7" and rows["cat.png"]["class"] == str(found.before[0].index)
    save_images(found, tmp_path)
    assert [row["file"] for row in listed(tmp_path)] == list(rows)
