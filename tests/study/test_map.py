import sys
from pathlib import Path

import pytest
import torch

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.study import laid_out, principal
from seethrough.study import map as function
from seethrough.study.features import features
from seethrough.study.thumbnails import thumbnails
from tests.nets import linear_network, small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.study.sets import in_files, in_memory, pixels_of

MODULE = sys.modules["seethrough.study.map"]
lay = function


def test_principal_components_are_those_of_the_features(tmp_path: Path) -> None:
    network, data = small_cnn(), in_files(tmp_path, 14, broken=(3, 9))
    found = lay(network, data, how="pca", batch=5)
    rows = features(network, data)
    points, shares = principal.principal_components(rows.values, 2)
    torch.testing.assert_close(found.points, points.float())
    torch.testing.assert_close(found.shares, shares)
    assert torch.equal(found.labels, rows.labels) and found.names == rows.names and len(found) == 12
    assert found.line().endswith("; 2 pictures could not be read: 03.png, 09.png")


def test_each_picture_stands_in_a_cell_of_its_own(tmp_path: Path) -> None:
    network, data = small_cnn(), in_files(tmp_path, 14, broken=(3, 9))
    found = lay(network, data, how="pca")
    rows, columns = found.grid
    assert len(set(found.cells.tolist())) == 12 and int(found.cells.max()) < rows * columns
    assert torch.equal(found.cells, laid_out.laid_out(found.points, rows, columns))
    paper = found.picture()
    for place, cell, picture in zip(found.places.tolist(), found.cells.tolist(), found.pictures, strict=True):
        assert torch.equal(picture, thumbnails(network.frame(data[place]), 64)[0])
        height, width = picture.shape[1:]
        top, left = cell // columns * (height + 1) + 1, cell % columns * (width + 1) + 1
        assert torch.equal(paper[:, top : top + height, left : left + width], picture.float() / 255)
    # About as high as wide.
    assert 0.6 < paper.shape[1] / paper.shape[2] < 1.7


def test_groups_that_the_features_tell_apart_lie_apart() -> None:
    pixels = pixels_of(in_memory(60))
    labels = torch.arange(60) % 3
    tinted = (pixels * 0.2 + 0.4 * labels[:, None, None, None]).clamp(0, 1)
    data = Dataset("tinted", ("a", "b", "c"), labels, pixels=(tinted * 255).round().to(torch.uint8))
    network = linear_network()[0]
    found = lay(network, data)
    assert found.settings["perplexity"] == pytest.approx(59 / 3) and found.shares is None
    nearest = torch.cdist(found.points, found.points).fill_diagonal_(torch.inf).argmin(1)
    assert torch.equal(labels[nearest], labels)
    assert lay(network, data) == found


def test_features_that_are_ready_are_taken_and_held_against_the_data() -> None:
    network, data = small_cnn(), in_memory(10)
    ready = features(network, data, layer="relu")
    found = lay(network, data, ready=ready, how="pca")
    assert found.layer == "relu" and torch.equal(found.points, lay(network, data, layer="relu", how="pca").points)
    with pytest.raises(UserError, match="ready holds features of random, not of the pictures of random"):
        lay(network, in_memory(11), ready=ready)


def test_of_very_many_pictures_some_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "MOST_SHOWN", 7)
    network, data = small_cnn(), in_memory(20)
    found, other = (lay(network, data, how="pca", seed=seed) for seed in (0, 1))
    assert len(found.points) == 20 and len(found.shown) == len(found.cells) == len(found.pictures) == 7
    assert found.shown.tolist() == sorted(set(found.shown.tolist())) != other.shown.tolist()
    for row, picture in zip(found.shown.tolist(), found.pictures, strict=True):
        assert torch.equal(picture, thumbnails(network.frame(data[row]), 64)[0])


def test_the_network_and_the_random_state_are_left_as_they_were() -> None:
    network, data = small_cnn(1), in_memory(8, channels=1)
    network.module.train()
    before, state = snapshot(network), torch.random.get_rng_state()
    assert lay(network, data).pictures.shape[1] == 1
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_bad_input_is_answered_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    network, data = small_cnn(), in_memory(6)
    with pytest.raises(UserError, match=r"how is 'umap'; it takes tsne \| pca"):
        lay(network, data, how="umap")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="perplexity is 0"):
        lay(network, data, perplexity=0)
    with pytest.raises(UserError, match="gives 4 pictures; a map takes 5 or more"):
        lay(network, in_memory(4), how="pca")
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(UserError, match=r"pip install 'seethrough\[study\]'"):
        lay(network, data)
