from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from seethrough.study.invariance import invariance
from seethrough.study.scene_grid import SceneGrid
from seethrough.study.scenes import backgrounds, drawn, factors_named
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def averaging(channels: int = 3, size: tuple[int, int] = (40, 56)) -> Network:
    """Return a network whose first layer is the mean colour, and whose second turns it into two scores."""
    module = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 2))
    return Network(module, size=size, channels=channels, name="averaging")


def share(found: Any, component: str, layer: str, network: str = "") -> float:
    (row,) = [
        row
        for row in found.table()
        if (row["component"], row["layer"]) == (component, layer) and network in row["network"]
    ]
    return float(row["share"])


def test_a_mean_colour_minds_the_light_and_not_where_things_are() -> None:
    found = invariance(averaging(), factors="position,brightness", levels=3, layers="1")
    assert found.factors == ("shape", "position", "brightness")
    assert share(found, "position", "1") < 1e-3
    assert share(found, "brightness", "1") > 0.9
    assert found.layers[0].numbers == 3 and found.layers[0].pictures == 27
    assert float(found.layers[0].dimensions[2]) == pytest.approx(1, abs=0.05)


def test_shares_are_those_of_the_pixels_where_the_layer_is_the_pixels() -> None:
    network, _, _ = linear_network()
    found = invariance(network, factors="scale,colour", levels=3, layers="0")
    grid = SceneGrid(drawn(3, (40, 56)), factors_named("scale,colour"), 3, backgrounds(3, 3, (40, 56), 0))
    rows = grid.pictures(grid.places()).flatten(1).double().view(3, 3, 3, -1)
    rows = rows - rows.mean((0, 1, 2))
    shape, scale, colour = rows.mean((1, 2)), rows.mean((0, 2)), rows.mean((0, 1))
    rest = rows - shape[:, None, None] - scale[None, :, None] - colour[None, None, :]
    parts = [part.square().sum(-1).mean() for part in (shape, scale, colour, rest)]
    shares = torch.stack(parts) / rows.square().sum(-1).mean()
    torch.testing.assert_close(found.layers[0].shares, shares, rtol=1e-4, atol=1e-6)
    assert found.layers[0].numbers == 3 * 40 * 56
    assert found.layers[0].paths[1].shape == (3, 2) and len(found.layers[0].spectra) == 4


@pytest.mark.parametrize("factors", ["position", "scale,rotation", "brightness,contrast,background"])
def test_shares_sum_to_one_at_every_layer(factors: str) -> None:
    found = invariance(small_cnn(), factors=factors, levels=2)
    assert len(found) > 1
    for one in found.layers:
        assert float(one.shares.sum()) == pytest.approx(1, abs=1e-6)
        assert (one.shares >= 0).all() and one.variance > 0


def test_batch_size_changes_nothing_but_by_rounding() -> None:
    one, other = (invariance(small_cnn(), factors="position,scale", levels=3, batch=batch) for batch in (4, 27))
    for first, second in zip(one.layers, other.layers, strict=True):
        torch.testing.assert_close(first.shares, second.shares, rtol=1e-4, atol=1e-6)


def test_maps_are_averaged_down_to_cells() -> None:
    fine, coarse = (
        invariance(small_cnn(), factors="position", levels=2, layers="conv1", cells=cells) for cells in (0, 5)
    )
    assert fine.layers[0].numbers == 8 * 40 * 56 and coarse.layers[0].numbers == 8 * 5 * 5


def test_several_networks_stand_in_one_table_and_see_the_photos_at_their_own_size() -> None:
    networks = [small_cnn(), small_cnn(1, (28, 28), seed=1)]
    photos = [*random_photos(1, size=(50, 60)), *random_photos(1, size=(64, 64), seed=1)]
    found = invariance(networks, photos, factors="scale", levels=2, layers="conv1")
    assert found.network == "small-cnn, small-cnn" and found.factors == ("photo", "scale")
    assert [one.numbers for one in found.layers] == [8 * 49] * 2
    alone = invariance(networks[1], photos, factors="scale", levels=2, layers="conv1")
    assert torch.equal(found.layers[1].shares, alone.layers[0].shares)


def test_one_photo_is_no_factor() -> None:
    found = invariance(small_cnn(), random_photos(1), factors="position", levels=3)
    assert found.factors == ("position",) and found.values == (("-0.40", "+0.00", "+0.40"),)
    assert len(found.layers[0].shares) == 2 and found.examples[0].shape[0] == 3
    # One factor alone: nothing is left over.
    assert all(float(one.shares[0]) == pytest.approx(1, abs=1e-6) for one in found.layers)


def test_of_a_photo_its_mask_is_shown() -> None:
    photos = torch.ones(1, 3, 40, 56)
    masks = torch.zeros(1, 40, 56)
    masks[:, 10:30, 14:42] = 1
    found = invariance(small_cnn(), photos, factors="scale", levels=2, masks=masks)
    assert found.examples[0][1, 0].sum() == pytest.approx(0.5 * 40 * 56 + 0.5 * 0.81 * 20 * 28, rel=0.01)
    with pytest.raises(UserError, match=r"masks has shape \[1, 8, 8\]; 1 photos for small-cnn take \[1, 40, 56\]"):
        invariance(small_cnn(), photos, factors="scale", masks=torch.ones(1, 8, 8))


def test_photos_of_a_data_set_that_cannot_be_read_are_left_out_and_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    good = seethrough.save_image(random_photos(1)[0], tmp_path / "good.png")
    data = Dataset("two", (), torch.tensor([-1, -1]), files=(bad, good), root=tmp_path)
    found = invariance(small_cnn(), data, factors="position", levels=2)
    assert [line.partition(": ")[0] for line in found.broken] == ["bad.png"]
    assert found.line().endswith("; 1 picture could not be read: bad.png")
    with pytest.raises(UserError, match=r"photos: none of 1 can be read; bad\.png: "):
        invariance(small_cnn(), data.part([0]), factors="position")


def test_stopped_it_gives_what_the_objects_done_give() -> None:
    whole = invariance(small_cnn(), factors="position,scale", levels=2, layers="conv1", batch=2)
    work = invariance.job(small_cnn(), factors="position,scale", levels=2, layers="conv1", batch=2)
    part = run(work, lambda step: step.done > 60)
    assert part.layers[0].pictures == 8 and whole.layers[0].pictures == 12
    assert float(part.layers[0].shares.sum()) == pytest.approx(1, abs=1e-6)
    first = run(
        # It goes on to the sixth picture, of which two are not of the first object.
        invariance.job(small_cnn(), factors="position,scale", levels=2, layers="conv1", batch=3),
        lambda step: True,
    )
    assert first.layers[0].pictures == 4
    assert first.layers[0].shares[0].isnan() and float(first.layers[0].shares[1:].sum()) == pytest.approx(1, abs=1e-6)
    assert "shape ?" in first.line()


def test_a_layer_that_nothing_moves_says_so() -> None:
    network = small_cnn()
    with torch.no_grad():
        network.module.conv1.weight.zero_()  # type: ignore[union-attr, operator]
    found = invariance(network, factors="position", levels=2, layers="conv1")
    assert found.layers[0].shares.isnan().all() and "nothing moves them" in found.line()
    assert found.figure() is not None


@pytest.mark.parametrize("how", [torch.no_grad, torch.inference_mode])
def test_nothing_is_left_behind(how: Any) -> None:
    network, photos = small_cnn(), random_photos(2)
    network.module.train().double()
    before, state, pixels = snapshot(network), torch.random.get_rng_state(), photos.clone()
    with how():
        found = invariance(network, photos, factors="colour,background", levels=2)
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state) and torch.equal(photos, pixels)
    assert found == invariance(network, photos, factors="colour,background", levels=2)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"factors": "size"}, "factor 'size' is not known"),
        ({"levels": 1}, "levels is 1; it takes 2 or more"),
        ({"cells": -1}, "cells is -1; it takes 0 or more"),
        ({"batch": 0}, "batch is 0; it takes 1 or more"),
        ({"levels": 9}, "the grid has 2187 pictures, more than 2048"),
        ({"layers": "conv7"}, "layer of small-cnn 'conv7' is not known"),
        ({"photos": []}, "photos: none of 0 can be read"),
    ],
)
def test_bad_input_gets_one_clear_line(named: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        invariance(small_cnn(), **named)


def test_networks_that_cannot_do_it_are_refused() -> None:
    with pytest.raises(UserError, match="networks: none given"):
        invariance([])
    with pytest.raises(UserError, match="factors: colour is one of three channels; small-cnn takes 1"):
        invariance(small_cnn(1), factors="colour")
    network = small_cnn()
    with torch.no_grad():
        network.module.conv1.weight.fill_(torch.nan)  # type: ignore[union-attr, operator]
    with pytest.raises(UserError, match="conv1 of small-cnn gives what is not a number"):
        invariance(network, layers="conv1", factors="scale", levels=2)


def test_a_later_layer_of_the_bundled_network_minds_position_less() -> None:
    found = invariance(seethrough.load(), factors="position,scale", levels=3, layers="blocks.2.0,classifier")
    early, late = (share(found, "position", layer) for layer in ("blocks.2.0", "classifier"))
    assert late < early / 3 and share(found, "shape", "classifier") > 0.4


def test_examples_show_each_factor_from_end_to_end() -> None:
    found = invariance(small_cnn(), factors="brightness,scale", levels=3, layers="conv1")
    by_name: dict[str, Tensor] = dict(zip(found.factors, found.examples, strict=True))
    assert by_name["shape"].shape == (3, 3, 40, 56)
    means = by_name["brightness"].mean((1, 2, 3))
    assert means[0] < means[1] < means[2]
