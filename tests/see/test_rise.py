"""RISE against a mask-by-mask computation, an exact expectation, and linear networks, whose terms are known."""

import itertools
import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.streams import image_streams
from seethrough.see.rise import random_masks
from tests.nets import linear_network, random_photos, small_cnn


def slow_mask(
    stream: torch.Generator, height: int, width: int, rows: int, columns: int, keep: float
) -> NDArray[np.float64]:
    """Draw one mask: cells, enlarged line by line in each direction, and cut out at the shift."""
    tall, wide = math.ceil(height / rows), math.ceil(width / columns)
    drawn = torch.rand(2 + rows * columns, generator=stream).numpy().astype(float)
    cells = (drawn[2:] < keep).reshape(rows, columns).astype(float)
    top, left = int(drawn[0] * tall), int(drawn[1] * wide)
    # Where a pixel's centre lies, counted in cells from the centre of the first.
    y = (np.arange(top, top + height) + 0.5) * rows / ((rows + 1) * tall) - 0.5
    x = (np.arange(left, left + width) + 0.5) * columns / ((columns + 1) * wide) - 0.5
    across = np.stack([np.interp(x, np.arange(columns), line) for line in cells])
    return np.stack([np.interp(y, np.arange(rows), line) for line in across.T], axis=1)


def correlation(one: Tensor, other: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


def test_it_is_the_mean_of_masks_weighted_by_probability_that_a_slow_loop_computes() -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.rise(network, images, [1, 4], masks=23, cells=5, keep=0.3, seed=3, batch=4)
    for place, (stream, label) in enumerate(zip(image_streams(3, 2), [1, 4], strict=True)):
        expected = np.zeros((40, 56))
        for _ in range(23):
            mask = slow_mask(stream, 40, 56, 5, 7, 0.3)  # 5 x 7 cells: 40 x 56 in squares
            pixels = images[place : place + 1] * torch.from_numpy(mask).float()
            expected += network(pixels).detach().softmax(1)[0, label].item() * mask
        torch.testing.assert_close(
            found.values[place].double(), torch.from_numpy(expected / (23 * 0.3)), rtol=1e-4, atol=1e-5
        )
    assert found.settings == {
        "masks": 23, "cells": 5, "keep": 0.3, "seed": 3, "classes": [1, 4], "on": "probability",
    }  # fmt: skip


def test_its_mean_over_many_masks_is_the_expectation_counted_out_over_all_masks() -> None:
    # With 2 x 2 cells on 2 x 2 pixels a cell is one pixel and nothing is shifted: 16 masks are all there are.
    network, weights, bias = linear_network(1, (2, 2), 3)
    image = torch.tensor([[[[0.9, 0.2], [0.5, 0.7]]]])
    keep, expected = 0.3, torch.zeros(2, 2)
    for bits in itertools.product([0.0, 1.0], repeat=4):
        cells = torch.tensor(bits).view(1, 1, 2, 2)
        mask = functional.interpolate(cells, (3, 3), mode="bilinear")[0, 0, :2, :2]
        chance = math.prod(keep if bit else 1 - keep for bit in bits)
        expected += chance * mask * ((weights[2, 0] * image[0, 0] * mask).sum() + bias[2]) / keep
    found = see.rise(network, image, 2, masks=20_000, cells=2, keep=keep, batch=1000, on="logit")
    torch.testing.assert_close(found.values[0], expected, rtol=0, atol=0.05)
    assert float(expected.max() - expected.min()) > 0.4  # the tolerance could not hide a wrong pattern


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_a_linear_network_it_follows_the_terms_of_the_sum(seed: int) -> None:
    network, weights, _ = linear_network(3, (40, 56), 2, seed=seed)
    rough = torch.randn(1, 3, 4, 5, generator=torch.Generator().manual_seed(seed))
    smooth = functional.interpolate(rough, (40, 56), mode="bicubic")
    weights[0] = smooth[0]
    network.module[1].weight.data[0] = smooth.flatten()
    images = random_photos(1, seed=seed)
    terms = (smooth * images).sum(1)
    found = see.rise(network, images, 0, masks=1500, cells=6, on="logit", batch=100)
    assert correlation(found.values, functional.avg_pool2d(terms, 7, 1, 3)) > 0.8


def test_a_mask_leaves_its_share_everywhere_and_lies_between_nothing_and_all() -> None:
    masks = random_masks([torch.Generator().manual_seed(5)] * 4000, (23, 31), 4, 0.3)
    assert masks.shape == (4000, 23, 31)
    assert float(masks.min()) == 0 and float(masks.max()) == pytest.approx(1)
    torch.testing.assert_close(masks.mean(0), torch.full((23, 31), 0.3), rtol=0, atol=0.04)
    # Shifts blur where cells meet: no pixel is always at the middle of a cell, where a mask is 0 or 1.
    assert ((masks > 0.05) & (masks < 0.95)).float().mean(0).amin() > 0.2


@pytest.mark.parametrize("size", [(40, 56), (56, 40), (20, 61)])
def test_cells_are_as_square_as_they_can_be(size: tuple[int, int]) -> None:
    # Without neighbours left, one cell makes one hill; its width at half its height is the side of a cell.
    sides = {"rows": 0, "columns": 0}
    masks = random_masks([torch.Generator().manual_seed(place) for place in range(200)], size, 5, 0.03)
    assert len(masks) == 200
    whole = masks > 0.5
    for mask in whole[whole.any((1, 2))]:
        rows, columns = mask.any(1).sum(), mask.any(0).sum()
        sides = {"rows": sides["rows"] + int(rows), "columns": sides["columns"] + int(columns)}
    assert sides["rows"] / sides["columns"] == pytest.approx(1, abs=0.25)


def test_an_image_is_explained_alike_alone_and_in_a_batch_of_any_size() -> None:
    network, images = small_cnn(), random_photos(3).double()
    network.module.double()
    together = see.rise(network, images, [0, 1, 2], masks=20, cells=4, batch=7)
    assert together.values.dtype == torch.float64
    alone = see.rise(network, images[:1], 0, masks=20, cells=4, batch=20)
    torch.testing.assert_close(alone.values[0], together.values[0], rtol=0, atol=1e-13)
    # The second place has a stream of its own: the same photo there is met by other masks.
    twice = see.rise(network, images[[0, 0]], 0, masks=20, cells=4)
    assert not torch.allclose(twice.values[0], twice.values[1], rtol=0.01)


def test_a_job_asked_to_stop_returns_the_mean_over_the_masks_done() -> None:
    network, image = small_cnn(), random_photos(1)
    part = run(see.rise.job(network, image, 2, masks=500, cells=4, batch=5), lambda step: step.done == 3)
    torch.testing.assert_close(part.values, see.rise(network, image, 2, masks=15, cells=4).values)
    # No image is left without a mask: the third is met in the second pass.
    early = run(see.rise.job(network, random_photos(3), 2, masks=500, cells=4, batch=2), lambda step: True)
    assert early.values.isfinite().all()


def test_a_unit_is_explained_by_its_own_number_and_has_no_probability() -> None:
    network, images = small_cnn(), random_photos(1)
    found = see.rise(network, images, unit="conv2:3", masks=10, cells=4)
    masks = random_masks(image_streams(0, 1) * 10, (40, 56), 4, 0.5)
    with torch.no_grad():
        numbers = network.read(images * masks[:, None], "conv2")["conv2"][:, 3].mean((1, 2))
    torch.testing.assert_close(found.values[0], (masks * numbers[:, None, None]).mean(0) / 0.5)
    with pytest.raises(UserError, match="on='probability' is for classes; unit has none"):
        see.rise(network, images, unit="conv2:3", on="probability")


def test_wrong_settings_are_answered_in_one_line() -> None:
    network, images = small_cnn(), random_photos(1)
    for given, words in [
        ({"masks": 0}, "masks is 0; it takes 1 or more"),
        ({"cells": 0}, "cells is 0; for images of 40 x 56 it takes 1 to 40"),
        ({"cells": 41}, "cells is 41; for images of 40 x 56 it takes 1 to 40"),
        ({"keep": 0.0}, "keep is 0.0; it takes a share between 0 and 1"),
        ({"keep": 1.0}, "keep is 1.0"),
        ({"on": "loss"}, "on is 'loss'"),
    ]:
        with pytest.raises(UserError, match=words):
            see.rise(network, images, **given)
