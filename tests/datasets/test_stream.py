import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from seethrough import datasets
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import AHEAD, Batch, stream
from seethrough.errors import UserError
from seethrough.images.photo import photo
from seethrough.networks.frame import Frame
from tests.datasets.layouts import picture_file

FRAME = Frame((40, 56), 3, resize=56)


def noise_folder(folder: Path, count: int, seed: int = 0) -> Path:
    """Write pictures of noise in many sizes."""
    generator = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    for number in range(count):
        sides = generator.integers(30, 90, 2)
        Image.fromarray(generator.integers(0, 256, (*sides, 3), dtype=np.uint8)).save(folder / f"{number:03}.png")
    return folder


def in_memory(count: int, channels: int = 1, size: tuple[int, int] = (40, 56)) -> Dataset:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, channels, *size), generator=generator, dtype=torch.uint8)
    return Dataset("noise", ("a",), torch.zeros(count, dtype=torch.long), pixels)


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("seethrough-reader")]


def whole(batches: list[Batch]) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.cat([one.places for one in batches]), torch.cat([one.images for one in batches])


@pytest.mark.parametrize("batch", [1, 4, 9, 10, 11])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_those_framed_one_by_one_in_their_order(tmp_path: Path, batch: int, channels: int) -> None:
    data = datasets.load(noise_folder(tmp_path / "noise", 10))
    frame = Frame((40, 56), channels, resize=56)
    batches = list(stream(data, frame, batch=batch))
    assert [len(one.images) for one in batches] == [batch] * (10 // batch) + [10 % batch] * (10 % batch > 0)
    places, images = whole(batches)
    assert places.tolist() == list(range(10))
    assert images.equal(torch.cat([frame(photo(file)) for file in data.files]))


@pytest.mark.parametrize("size", [(40, 56), (20, 28)])
def test_pictures_in_memory_are_those_framed_one_by_one(size: tuple[int, int]) -> None:
    data = in_memory(10, channels=1, size=size)
    places, images = whole(list(stream(data, FRAME, batch=4)))
    assert places.tolist() == list(range(10))
    torch.testing.assert_close(images, torch.cat([FRAME(data[place]) for place in range(10)]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("first", [0, 3, 9, 10])
def test_it_begins_where_it_is_told(tmp_path: Path, memory: bool, first: int) -> None:
    data = in_memory(10) if memory else datasets.load(noise_folder(tmp_path / "noise", 10))
    places = [place for one in stream(data, FRAME, batch=4, first=first) for place in one.places.tolist()]
    assert places == list(range(first, 10))


def broken_among(folder: Path, good: str) -> Dataset:
    """Write a picture a letter, `.` for a good one, `x` for a broken one, and load them."""
    for place, letter in enumerate(good):
        file = picture_file(folder / f"{place}.png", place)
        if letter == "x":
            file.write_bytes(file.read_bytes()[: 40 if place % 2 else 0])
    return datasets.load(folder)


@pytest.mark.parametrize(
    ("good", "batch", "places", "broken"),
    [
        (".x..", 2, [[0, 2], [3]], [[1], []]),
        ("x...", 2, [[1, 2], [3]], [[0], []]),
        ("..xx", 2, [[0, 1]], [[2, 3]]),
        ("..xx.", 2, [[0, 1], [4]], [[2, 3], []]),
        (".xxxxxxx.", 1, [[0], [8]], [[1, 2, 3, 4, 5, 6, 7], []]),
        ("xxxxxxx.x", 3, [[7]], [[0, 1, 2, 3, 4, 5, 6, 8]]),
    ],
)
def test_broken_pictures_are_left_out_and_named_and_the_batch_is_filled_up(
    tmp_path: Path, good: str, batch: int, places: list[list[int]], broken: list[list[int]]
) -> None:
    data = broken_among(tmp_path / "some", good)
    batches = list(stream(data, FRAME, batch=batch))
    assert [one.places.tolist() for one in batches] == places
    assert [[place for place, _ in one.broken] for one in batches] == broken
    for one in batches:
        torch.testing.assert_close(one.images[:, 0, 0, 0], one.places / 255)
        for place, line in one.broken:
            assert f"{place}.png" in line
            assert "\n" not in line


def test_the_end_of_a_batch_is_where_to_begin_again(tmp_path: Path) -> None:
    data = broken_among(tmp_path / "some", ".x..xx.x..")
    batches = list(stream(data, FRAME, batch=2))
    assert [one.end for one in batches] == [3, 8, 10]
    for number, one in enumerate(batches):
        again = list(stream(data, FRAME, batch=2, first=one.end))
        assert [each.places.tolist() for each in again] == [each.places.tolist() for each in batches[number + 1 :]]
        assert [each.broken for each in again] == [each.broken for each in batches[number + 1 :]]


def test_where_no_picture_can_be_read_that_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none of the 3 pictures of data 'some' can be read; photo .*0\.png"):
        list(stream(broken_among(tmp_path / "some", "xxx"), FRAME, batch=2))


@pytest.mark.parametrize("batch", [1, 3])
def test_it_reads_ahead_and_not_far(tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = datasets.load(noise_folder(tmp_path / "noise", 30))
    begun: list[int] = []
    read = Dataset.__getitem__
    monkeypatch.setattr(Dataset, "__getitem__", lambda self, place: begun.append(place) or read(self, place))
    pictures = stream(data, FRAME, batch=batch)
    assert begun == []
    for number in range(1, 4):
        next(pictures)
        # The batches given out, the picture that told one that it was full, and those ahead.
        ahead = number * batch + 1 + AHEAD * batch
        until = time.monotonic() + 5
        while len(begun) < ahead and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(begun) == ahead
    pictures.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("memory", [False, True])
def test_closing_early_ends_the_threads(tmp_path: Path, memory: bool) -> None:
    data = in_memory(40) if memory else datasets.load(noise_folder(tmp_path / "noise", 40))
    before = threading.active_count()
    pictures = stream(data, FRAME, batch=2)
    next(pictures)
    assert readers()
    pictures.close()  # type: ignore[attr-defined]
    assert not readers()
    assert threading.active_count() == before


def test_letting_go_of_it_ends_the_threads(tmp_path: Path) -> None:
    data = datasets.load(noise_folder(tmp_path / "noise", 20))
    for _ in stream(data, FRAME, batch=2):
        break
    assert not readers()


@pytest.mark.parametrize("memory", [False, True])
def test_a_bug_in_a_thread_is_raised_to_the_caller(tmp_path: Path, memory: bool) -> None:
    def frame(pictures: torch.Tensor) -> torch.Tensor:
        raise ZeroDivisionError("bug")

    data = in_memory(4) if memory else datasets.load(noise_folder(tmp_path / "noise", 4))
    with pytest.raises(ZeroDivisionError, match="bug"):
        list(stream(data, frame, batch=2))  # type: ignore[arg-type]
    assert not readers()


def test_a_network_that_takes_other_channels_is_no_broken_picture(tmp_path: Path) -> None:
    data = datasets.load(noise_folder(tmp_path / "noise", 3))
    with pytest.raises(UserError, match="photo has 3 channels; this network takes 2"):
        list(stream(data, Frame((40, 56), 2, resize=56), batch=2))


@pytest.mark.parametrize("memory", [False, True])
def test_gradients_can_be_taken_of_what_is_read_inside_inference_mode(tmp_path: Path, memory: bool) -> None:
    data = in_memory(2, channels=3) if memory else datasets.load(noise_folder(tmp_path / "noise", 2))
    with torch.inference_mode():
        batch = next(iter(stream(data, FRAME, batch=2)))
    images = batch.images.requires_grad_()
    images.sum().backward()
    assert images.grad is not None


@pytest.mark.parametrize(("batch", "first"), [(0, 0), (-1, 0), (1, -1), (1, 5)])
def test_bad_numbers_are_refused_at_once(batch: int, first: int) -> None:
    with pytest.raises(UserError, match=r"^(batch|first) is -?\d; "):
        stream(in_memory(4), FRAME, batch=batch, first=first)
