from pathlib import Path
from typing import Any

import pytest
import torch

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.study.features import features
from seethrough.study.neighbors import neighbors
from tests.nets import linear_network, small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.study.sets import in_files, in_memory, pixels_of


@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_they_are_the_nearest_of_all_in_both_spaces(metric: Any) -> None:
    network, data = small_cnn(size=(20, 28)), in_memory(15, size=(20, 28))
    found = neighbors(network, data, [3, 0], count=4, metric=metric, batch=4)
    pixels, rows = pixels_of(data).flatten(1), features(network, data).values
    for row, query in enumerate((3, 0)):
        by_pixels = (pixels - pixels[query]).square().mean(1).sqrt()
        by_rows = (
            (rows - rows[query]).norm(dim=1) if metric == "l2" else 1 - torch.cosine_similarity(rows, rows[[query]])
        )
        for near, every in ((found.pixels, by_pixels), (found.features, by_rows)):
            every[query] = torch.inf
            assert near.places[row].tolist() == every.argsort()[:4].tolist()
            torch.testing.assert_close(near.distances[row], every[near.places[row]], rtol=1e-4, atol=1e-5)
            assert near.labels[row].tolist() == data.labels[near.places[row]].tolist()
            assert near.names[row] == tuple(f"random {place}" for place in near.places[row].tolist())
            for picture, place in zip(near.pictures[row], near.places[row].tolist(), strict=True):
                assert torch.equal(picture, data.pixels[place])  # type: ignore[index]
    assert found.names == ("random 3", "random 0") and found.settings["queries"] == [3, 0]


def test_pictures_of_their_own_find_even_their_copies() -> None:
    network, data = small_cnn(), in_memory(9)
    own = Dataset("own", ("class 2", "dog"), torch.tensor([0, 1, -1]), pixels=data.pixels[[5, 1, 0]])  # type: ignore[index]
    found = neighbors(network, data, own, count=2)
    for near in (found.pixels, found.features):
        assert near.places[:, 0].tolist() == [5, 1, 0] and near.distances[:, 0].abs().max() < 1e-5
    # What the data set has no class for, is of no class of it.
    assert found.labels.tolist() == [2, -1, -1] and found.names[0] == "own 0" and found.settings["queries"] == "own"


def test_the_share_of_its_class_is_counted_by_hand() -> None:
    # Dark pictures are of one class, bright ones of the other; one dark picture bears the wrong label.
    levels = torch.tensor([10, 20, 30, 200, 210, 220], dtype=torch.uint8)
    labels = torch.tensor([0, 0, 1, 1, 1, 1])
    data = Dataset("two", ("dark", "bright"), labels, pixels=levels.view(6, 1, 1, 1).expand(6, 3, 40, 56))
    found = neighbors(linear_network()[0], data, range(6), count=2, metric="l2")
    assert found.pixels.places.tolist() == [[1, 2], [0, 2], [1, 0], [4, 5], [3, 5], [4, 3]]
    assert found.same_class(found.pixels) == pytest.approx((1 + 1 + 0 + 2 + 2 + 2) / 12)
    assert torch.equal(found.features.places, found.pixels.places)


def test_queries_are_drawn_by_the_seed(tmp_path: Path) -> None:
    network, data = small_cnn(), in_files(tmp_path, broken=(2, 6))
    first, again, other = (neighbors(network, data, count=3, seed=seed) for seed in (1, 1, 2))
    assert first == again and first.settings["queries"] != other.settings["queries"]
    assert len(first) == 6 and not {2, 6} & {*first.settings["queries"], *first.features.places.flatten().tolist()}
    assert first.line().endswith("; 2 pictures could not be read: 02.png, 06.png")
    with pytest.raises(UserError, match=r"picture 2 of files \(02\.png\) was not read"):
        neighbors(network, data, [1, 2], count=3)


@pytest.mark.parametrize("channels", [1, 3])
def test_any_network_works_and_is_left_as_it_was(channels: int) -> None:
    network, data = small_cnn(channels), in_memory(8, channels=channels, size=(33, 70))
    network.module.train()
    before, state = snapshot(network), torch.random.get_rng_state()
    found = neighbors(network, data, layer="relu", count=7)
    assert found.features.places.shape == (6, 7) and found.pictures.shape == (6, channels, 40, 56)
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_bad_input_is_answered_in_one_line() -> None:
    network, data = small_cnn(), in_memory(6)
    with pytest.raises(UserError, match="count is 6; random has 5 pictures to be found"):
        neighbors(network, data, [0], count=6)
    with pytest.raises(UserError, match="count is 0"):
        neighbors(network, data, count=0)
    with pytest.raises(UserError, match="6 is no place in random, which has 0 to 5"):
        neighbors(network, data, [6], count=2)
    with pytest.raises(UserError, match="queries is empty"):
        neighbors(network, data, [], count=2)
    with pytest.raises(UserError, match=r"metric is 'l3'; it takes cosine \| l2"):
        neighbors(network, data, metric="l3")  # type: ignore[arg-type]
