from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seethrough import datasets
from seethrough.errors import UserError

GREY = np.arange(3 * 40 * 56).reshape(3, 40, 56).astype(np.uint8)
COLOUR = np.stack([GREY, GREY + 1, GREY + 2], axis=3)
LABELS = np.array([0, 2, 1])


def saved(folder: Path, **content: Any) -> Path:
    np.savez(folder / "some.npz", **content)
    return folder / "some.npz"


def test_colour_pictures_come_channels_first(tmp_path: Path) -> None:
    data = datasets.load(saved(tmp_path, images=COLOUR, labels=LABELS, classes=["cat", "dog", "fox"]))
    assert data.pixels is not None
    assert data.pixels.shape == (3, 3, 40, 56)
    assert data.pixels[2, 1, 39, 55] == COLOUR[2, 39, 55, 1]
    assert (data.name, data.classes, data.labels.tolist()) == ("some", ("cat", "dog", "fox"), [0, 2, 1])
    torch.testing.assert_close(data[1][2, 3, 4], torch.tensor(COLOUR[1, 3, 4, 2] / 255, dtype=torch.float32))


@pytest.mark.parametrize("grey", [GREY, GREY[..., None]], ids=["NHW", "NHW1"])
def test_grey_pictures_have_one_channel(tmp_path: Path, grey: np.ndarray) -> None:
    data = datasets.load(saved(tmp_path, images=grey, labels=LABELS))
    assert data.pixels is not None
    assert data.pixels.shape == (3, 1, 40, 56)
    assert data.pixels[:, 0].numpy().tolist() == GREY.tolist()


def test_classes_without_names_are_numbered(tmp_path: Path) -> None:
    assert datasets.load(saved(tmp_path, images=GREY, labels=[0, 4, 1])).classes == ("0", "1", "2", "3", "4")
    assert datasets.load(saved(tmp_path, images=GREY, labels=[-1, -1, -1])).classes == ()


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.uint64])
def test_labels_of_any_whole_number_are_taken(tmp_path: Path, kind: type) -> None:
    data = datasets.load(saved(tmp_path, images=GREY, labels=LABELS.astype(kind)))
    assert data.labels.dtype == torch.long
    assert data.labels.tolist() == [0, 2, 1]


def test_a_folder_of_two_has_parts(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", images=GREY, labels=LABELS)
    np.savez(tmp_path / "test.npz", images=GREY[:2], labels=[2, 2], classes=["0", "1", "2"])
    train, test, both = (datasets.load(tmp_path, split) for split in ("train", "test", None))
    assert (len(train), len(test), len(both)) == (3, 2, 5)
    assert both.labels.tolist() == [0, 2, 1, 2, 2]
    assert train.name == test.name == both.name == tmp_path.name


BAD = {
    "floats": ({"images": GREY / 255, "labels": LABELS}, r"images of type float64; .*uint8, .*times 255"),
    "16 bits": ({"images": GREY.astype(np.uint16), "labels": LABELS}, "images of type uint16; right would be uint8"),
    "one picture": ({"images": GREY[0], "labels": [1]}, r"images of shape \(40, 56\); right would be \[N, H, W\]"),
    "five sides": ({"images": COLOUR[None], "labels": LABELS}, r"images of shape \(1, 3, 40, 56, 3\)"),
    "channels first": ({"images": COLOUR.transpose(0, 3, 1, 2), "labels": LABELS}, r"shape \(3, 3, 40, 56\); right"),
    "no pictures": ({"images": GREY[:0], "labels": LABELS[:0]}, "holds no pictures"),
    "no images": ({"x": GREY, "labels": LABELS}, "has no 'images', but x, labels; right: images and labels"),
    "no labels": ({"images": GREY}, "has no 'labels', but images"),
    "too few labels": ({"images": GREY, "labels": LABELS[:2]}, r"labels of shape \(2,\); right: \(3,\)"),
    "one-hot labels": ({"images": GREY, "labels": np.eye(3, dtype=int)}, r"labels of shape \(3, 3\); right: \(3,\)"),
    "float labels": ({"images": GREY, "labels": LABELS / 2}, "labels of type float64; right would be whole numbers"),
    "a label too high": (
        {"images": GREY, "labels": LABELS, "classes": ["a", "b"]},
        "labels from 0 to 2; right: 0 to 1",
    ),
    "a label below -1": ({"images": GREY, "labels": [-2, 0, 0]}, "labels from -2 to 0; right: 0 and up, or -1"),
    "numbers for classes": ({"images": GREY, "labels": LABELS, "classes": [1, 2, 3]}, "classes of type int64"),
    "objects": ({"images": np.array([{}, {}], dtype=object), "labels": [0, 1]}, "Python objects, which are never read"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_meant_is_said_in_one_line(tmp_path: Path, case: str) -> None:
    content, line = BAD[case]
    with pytest.raises(UserError, match=line) as caught:
        datasets.load(saved(tmp_path, **content))
    assert str(tmp_path / "some.npz") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_cut_off_anywhere_is_found(tmp_path: Path, share: float, save: Any) -> None:
    save(tmp_path / "some.npz", images=COLOUR, labels=LABELS)
    whole = (tmp_path / "some.npz").read_bytes()
    (tmp_path / "some.npz").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match=r"is damaged, cut off or no \.npz file"):
        datasets.load(tmp_path / "some.npz")


def test_changed_bytes_are_found(tmp_path: Path) -> None:
    file = saved(tmp_path, images=COLOUR, labels=LABELS)
    content = bytearray(file.read_bytes())
    content[5000] ^= 255
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"is damaged, cut off or no \.npz file"):
        datasets.load(file)


def test_a_plain_array_and_a_text_are_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", GREY)
    with pytest.raises(UserError, match=r"one plain array; right: an \.npz"):
        datasets.load(tmp_path / "some.npy")
    (tmp_path / "text.npz").write_text("images, labels")
    with pytest.raises(UserError, match=r"is no \.npz file"):
        datasets.load(tmp_path / "text.npz")
