import math
from pathlib import Path
from typing import Any

import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

import seethrough
from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.images.save import save_image
from seethrough.jobs import run
from seethrough.study import rank
from seethrough.study.rank import apart, area
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def numbers(count: int, levels: int, seed: int) -> Tensor:
    """Return numbers [count, 7] with many ties."""
    return torch.randint(0, levels, (count, 7), generator=torch.Generator().manual_seed(seed)).double()


def pictures(count: int = 24, size: tuple[int, int] = (40, 56)) -> Dataset:
    """Return dark, bright and other pictures in turn."""
    noise = torch.randint(0, 80, (count, 3, *size), generator=torch.Generator().manual_seed(0))
    labels = torch.arange(count) % 3
    pixels = noise + labels.view(-1, 1, 1, 1) * 80
    return Dataset("light", ("dark", "middle", "bright"), labels, pixels=pixels.to(torch.uint8))


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_the_area_is_scikit_learns_ties_and_all(levels: int) -> None:
    a, b = numbers(31, levels, 0), numbers(17, levels, 1)
    found = area(a, b)
    truth = torch.cat([torch.ones(31), torch.zeros(17)])
    right = [roc_auc_score(truth, torch.cat([a, b])[:, unit]) for unit in range(7)]
    torch.testing.assert_close(found, torch.tensor(right, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_unit_that_is_always_the_same_tells_nothing() -> None:
    a, b = torch.full((4, 2), 3.0), torch.full((6, 2), 3.0)
    assert area(a, b).tolist() == [0.5, 0.5] and apart(a, b).tolist() == [0, 0]


def test_what_is_no_number_has_no_area() -> None:
    a = torch.tensor([[1.0, torch.nan], [2.0, 0.0]])
    found = area(a, torch.zeros(2, 2))
    assert found[0] == 1 and found[1].isnan()


def test_apart_by_hand() -> None:
    a, b = torch.tensor([[4.0], [6.0]]).double(), torch.tensor([[0.0], [0.0]]).double()
    # Means 5 and 0, variances 2 and 0: 5 / sqrt(1).
    assert apart(a, b).item() == pytest.approx(5)
    assert apart(b, a).item() == pytest.approx(-5)
    assert apart(torch.ones(2, 1), torch.zeros(2, 1)).item() == math.inf


def test_every_unit_is_ranked_by_its_own_mean_over_the_map() -> None:
    network, data = small_cnn(), pictures()
    found = rank(network, data, "bright", "dark", layer="conv2", batch=5)
    images = torch.stack([data[place] for place in range(len(data))])
    with torch.no_grad():
        rows = network.read(images, "conv2")["conv2"].mean((2, 3)).double()
    bright, dark = rows[data.labels == 2], rows[data.labels == 0]
    assert found.counts == (8, 8) and found.classes == ("bright", "dark") and found.layer == "conv2"
    torch.testing.assert_close(found.means, torch.stack([bright.mean(0), dark.mean(0)]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.spreads, torch.stack([bright.std(0), dark.std(0)]), rtol=1e-3, atol=1e-5)
    truth = (data.labels[data.labels != 1] == 2).int()
    for unit in range(12):
        assert float(found.auc[unit]) == pytest.approx(roc_auc_score(truth, rows[data.labels != 1, unit]))
    # Several units tell the two apart without fail: the farthest apart comes first.
    assert found.auc.max() == 1 and found.best(1) == [int(found.apart.where(found.auc == 1, -1.0).argmax())]


def test_the_other_way_round_is_the_mirror_image() -> None:
    one, other = (rank(small_cnn(), pictures(), *pair, layer="conv1") for pair in (("bright", 0), ("dark", "bright")))
    torch.testing.assert_close(one.auc, 1 - other.auc)
    torch.testing.assert_close(one.apart, -other.apart)
    assert one.best(of=0) == other.best(of=1)


def test_the_layer_before_the_scores_is_taken_if_none_is_named() -> None:
    assert rank(seethrough.load(), pictures(6), "bright", "dark").layer == "bn2"


def test_a_fully_connected_layer_and_double_precision_work() -> None:
    network = small_cnn()
    network.module.double()
    found = rank(network, pictures(), 0, 2, layer="head")
    assert len(found) == 5 and found.means.dtype == torch.float64


def test_stopped_it_ranks_by_pictures_of_both_classes() -> None:
    found = run(rank.job(small_cnn(), pictures(60), "bright", "dark", layer="conv1", batch=3), lambda step: True)
    assert sum(found.counts) == 6 and min(found.counts) == 3


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    files = [save_image(photo, tmp_path / f"{place}.png") for place, photo in enumerate(random_photos(8))]
    files[3].write_bytes(b"")
    data = Dataset("folder", ("a", "b"), torch.arange(8) % 2, files=tuple(files), root=tmp_path)
    found = rank(small_cnn(), data, "a", "b", layer="conv1")
    assert found.counts == (4, 3) and found.line().endswith("; 1 picture could not be read: 3.png")
    for place in (1, 5):
        files[place].write_bytes(b"")
    with pytest.raises(UserError, match="data 'folder': 4 and 1 pictures of 'a' and 'b' could be read"):
        rank(small_cnn(), data, "a", "b", layer="conv1")


@pytest.mark.parametrize("how", [torch.no_grad, torch.inference_mode])
def test_nothing_is_left_behind(how: Any) -> None:
    network = small_cnn()
    network.module.train()
    before, state = snapshot(network), torch.random.get_rng_state()
    with how():
        found = rank(network, pictures(), "bright", "dark", layer="conv2")
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert found == rank(network, pictures(), "bright", "dark", layer="conv2")


@pytest.mark.parametrize(
    ("classes", "named", "words"),
    [
        (("brigt", "dark"), {}, "class 'brigt' is not known; closest: bright"),
        (("dark", 0), {}, "class_a and class_b are both 'dark'; give two classes"),
        (("dark", 3), {}, "class 3 is out of range; data 'light' has classes 0 to 2"),
        (("dark", "bright"), {"layer": "conv9"}, "layer of small-cnn 'conv9' is not known"),
    ],
)
def test_bad_input_gets_one_clear_line(classes: tuple[Any, Any], named: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        rank(small_cnn(), pictures(), *classes, **named)


def test_a_class_of_one_picture_is_refused() -> None:
    with pytest.raises(UserError, match="class_b: data 'light' has 1 pictures of 'bright'; 2 are needed"):
        rank(small_cnn(), pictures(4).part([0, 1, 2, 3]), "dark", "bright", layer="conv1")


def test_data_of_which_nothing_is_known_is_refused() -> None:
    data = Dataset("photos", (), torch.full((3,), -1), pixels=pictures(3).pixels)
    with pytest.raises(UserError, match="data 'photos' has no classes to tell apart"):
        rank(small_cnn(), data, "a", "b")
