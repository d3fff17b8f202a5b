"""Occlusion against hand-worked numbers, a loop over every block, and linear networks, whose terms are known."""

import math
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.cone import Cone
from seethrough.networks.network import Network
from seethrough.see.fill import filled
from tests.nets import linear_network, random_photos, small_cnn


def starts(side: int, block: int, stride: int) -> list[int]:
    """Return where the blocks begin, one after the other until the end of the side is covered."""
    found = [0]
    while found[-1] + block < side:
        found.append(min(found[-1] + stride, side - block))
    return found


def by_loop(
    network: Network, images: Tensor, classes: list[int], block: int, stride: int, fill: Any
) -> tuple[Tensor, Tensor]:
    """Cover one image with one block at a time, and return the scores by position and the mean drops by pixel."""
    height, width = images.shape[2:]
    tops, lefts = starts(height, block, stride), starts(width, block, stride)
    grid = torch.zeros(len(images), len(tops), len(lefts), dtype=torch.float64)
    total, count = (torch.zeros(len(images), height, width, dtype=torch.float64) for _ in range(2))
    cover = filled(images, fill)
    for place in range(len(images)):
        clean = network(images[place : place + 1])[0, classes[place]].item()
        for i, top in enumerate(tops):
            for j, left in enumerate(lefts):
                covered = images[place : place + 1].clone()
                here = (slice(top, top + block), slice(left, left + block))
                covered[0][:, *here] = cover[place][:, *here]
                grid[place, i, j] = network(covered)[0, classes[place]].item()
                total[place][here] += clean - grid[place, i, j]
                count[place][here] += 1
    return grid, total / count


def whole_numbers(network: Network) -> Network:
    """Give a network weights whose sums are exact in double precision, whatever the order they are added in."""
    network.module.double()
    for weight in network.module.parameters():
        weight.data = (weight.data * 8).round()
    return network


def test_the_network_worked_out_by_hand_gives_its_numbers() -> None:
    first, second, last = nn.Linear(3, 3, bias=False), nn.Linear(3, 4), nn.Linear(4, 2)
    first.weight.data = torch.eye(3)
    second.weight.data, second.bias.data = torch.ones(4, 3), torch.tensor([-10.0, 1, 1, 1])
    last.weight.data, last.bias.data = torch.ones(2, 4), torch.zeros(2)
    module = nn.Sequential(nn.Flatten(), first, second, nn.ReLU(), last)
    network = Network(module, size=(1, 3), mean=[0.0], std=[1 / 128])
    pixels = torch.tensor([20.0, 50, 30]).view(1, 1, 1, 3) / 128
    found = see.occlusion(network, pixels, 0, block=1, stride=1)
    assert found.values[0, 0].tolist() == [80, 200, 120]
    assert found.grid[0, 0].tolist() == [313, 193, 273]
    assert found.signed


@pytest.mark.parametrize(
    ("size", "block", "stride", "fill"),
    [((13, 17), 5, 3, "mean"), ((17, 13), 4, 4, "grey"), ((9, 14), 9, 2, "zero"), ((12, 10), 3, 1, "blur")],
)
def test_it_is_what_a_loop_over_every_block_computes(size: tuple[int, int], block: int, stride: int, fill: Any) -> None:
    network, images = small_cnn(size=size), random_photos(3, size=size)
    found = see.occlusion(network, images, [2, 0, 4], block=block, stride=stride, fill=fill, batch=7)
    grid, values = by_loop(network, images, [2, 0, 4], block, stride, fill)
    torch.testing.assert_close(found.grid.double(), grid, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.values.double(), values, rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*says nothing")
@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 40))
def test_every_pixel_is_covered_and_the_last_block_ends_with_the_image(
    height: int, width: int, block: int, stride: int, batch: int
) -> None:
    block = min(block, height, width)
    stride = min(stride, block)
    network, weights, _ = linear_network(1, (height, width), 2, seed=height)
    images = random_photos(1, 1, (height, width))
    found = see.occlusion(network, images, 1, block=block, stride=stride, batch=batch)
    assert found.grid.shape == (1, len(starts(height, block, stride)), len(starts(width, block, stride)))
    assert found.values.isfinite().all()
    terms = (weights[1] * images[0]).sum(0)
    clean = network(images)[0, 1].detach()
    for index, there in (
        (0, (slice(block), slice(block))),
        (-1, (slice(height - block, None), slice(width - block, None))),
    ):
        torch.testing.assert_close(clean - found.grid[0, index, index], terms[there].sum(), rtol=1e-4, atol=1e-4)


def test_disjoint_blocks_on_a_linear_network_rebuild_the_terms_of_its_sum() -> None:
    network, weights, bias = linear_network(3, (40, 56), 5)
    images = random_photos(2)
    terms = (weights[[4, 1]] * images).sum(1)
    single = see.occlusion(network, images, [4, 1], block=1, stride=1, batch=512)
    # One term beside the rounding of a sum of 6,720, which is another for every number of images at a time.
    torch.testing.assert_close(single.values, terms, rtol=1e-3, atol=5e-4)
    blocks = see.occlusion(network, images, [4, 1], block=8, stride=8)
    sums = nn.functional.avg_pool2d(terms, 8) * 64
    clean = terms.sum((1, 2)) + bias[[4, 1]]
    torch.testing.assert_close(clean[:, None, None] - blocks.grid, sums, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        blocks.values, sums.repeat_interleave(8, 1).repeat_interleave(8, 2), rtol=1e-4, atol=1e-4
    )


def test_the_batch_size_changes_nothing() -> None:
    exact = whole_numbers(linear_network(3, (11, 14), 5)[0])
    eighths = (random_photos(3, size=(11, 14)) * 8).round().double() / 8
    network, images = small_cnn(size=(11, 14)), random_photos(3, size=(11, 14))
    precise = small_cnn(size=(11, 14))
    precise.module.double()
    once = [
        see.occlusion(network_, images_, 2, block=4, stride=3, batch=1000)
        for network_, images_ in ((exact, eighths), (precise, images.double()), (network, images))
    ]
    for batch in (1, 2, 16):
        again = see.occlusion(exact, eighths, 2, block=4, stride=3, batch=batch)
        assert again.values.dtype == torch.float64
        assert torch.equal(again.values, once[0].values) and torch.equal(again.grid, once[0].grid)
        again = see.occlusion(precise, images.double(), 2, block=4, stride=3, batch=batch)
        torch.testing.assert_close(again.values, once[1].values, rtol=0, atol=1e-13)
        again = see.occlusion(network, images, 2, block=4, stride=3, batch=batch)
        torch.testing.assert_close(again.values, once[2].values, rtol=0, atol=1e-5)


@pytest.mark.parametrize("unit", ["conv1:3", "conv2:2@1,3", "head:1"])
def test_a_unit_goes_by_cone_too(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = small_cnn(), random_photos(2)
    found = see.occlusion(network, images, unit=unit, block=9, stride=6)
    monkeypatch.setattr(sys.modules["seethrough.see.occlusion"], "cone_of", lambda *given, **named: None)
    right = see.occlusion(network, images, unit=unit, block=9, stride=6)
    assert (found.settings["computed"], right.settings["computed"]) == ("by cone", "by full passes")
    torch.testing.assert_close(found.grid, right.grid, rtol=1e-4, atol=1e-5)


def test_no_pass_holds_more_pictures_than_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = small_cnn(size=(12, 16)), random_photos(3, size=(12, 16))
    monkeypatch.setattr(sys.modules["seethrough.see.occlusion"], "cone_of", lambda *given, **named: None)
    seen: list[int] = []
    network.layers  # noqa: B018
    handle = network.module.conv1.register_forward_hook(lambda part, inputs, output: seen.append(len(inputs[0])))
    found = see.occlusion(network, images, unit="conv2:0", block=4, stride=4, batch=7)
    handle.remove()
    assert seen[-6:] == [7] * 5 + [1]
    assert found.settings["computed"] == "by full passes"


def test_no_pass_holds_many_more_windows_than_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = small_cnn(size=(12, 16)), random_photos(2, size=(12, 16))
    seen: list[int] = []
    scores = Cone.scores

    def watched(cone: Cone, patches: Tensor, *rest: Tensor) -> Tensor:
        seen.append(len(patches))
        return scores(cone, patches, *rest)

    monkeypatch.setattr(Cone, "scores", watched)
    found = see.occlusion(network, images, 1, block=4, stride=2, batch=3)
    assert found.settings["computed"] == "by cone"
    assert 9 <= max(seen) <= 18
    assert sum(seen) == 2 * 2 + 2 * 35  # two of each image are held against full passes first


def test_by_cone_and_by_full_passes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = small_cnn(), random_photos(2)
    for fill in ("zero", "grey", "mean", "blur"):
        found = see.occlusion(network, images, 1, block=9, stride=5, fill=fill)
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules["seethrough.see.occlusion"], "cone_of", lambda *given, **named: None)
            full = see.occlusion(network, images, 1, block=9, stride=5, fill=fill)
        assert (found.settings["computed"], full.settings["computed"]) == ("by cone", "by full passes")
        torch.testing.assert_close(found.grid, full.grid, rtol=1e-4, atol=1e-5)


def test_a_tolerance_keeps_near_and_none_is_exact() -> None:
    network, images = small_cnn(), random_photos(1)
    exact = see.occlusion(network, images, 1, block=9, stride=5)
    apart = [
        float((see.occlusion(network, images, 1, block=9, stride=5, tolerance=one).grid - exact.grid).abs().max())
        for one in (1e-6, 1e-2, 1.0)
    ]
    assert apart[0] <= 1e-4 and apart == sorted(apart)
    assert apart[2] > 0


def test_the_grid_on_probabilities_is_the_probability_with_the_block_there() -> None:
    network, images = small_cnn(), random_photos(1)
    found = see.occlusion(network, images, 3, block=20, stride=18, on="probability")
    covered = images.clone()
    covered[0, :, 20:40, 36:56] = 0
    torch.testing.assert_close(found.grid[0, -1, -1], network(covered).detach().softmax(1)[0, 3])
    assert found.settings == {"block": 20, "stride": 18, "fill": "zero", "classes": [3], "on": "probability"} | {
        "tolerance": 0.0,
        "computed": "by cone",
    }


@pytest.mark.filterwarnings("ignore:.*says nothing")
def test_a_unit_or_any_score_can_be_covered_too() -> None:
    network, images = small_cnn(), random_photos(2)
    covered = images.clone()
    covered[:, :, :9, :9] = 0.5
    of_unit = see.occlusion(network, images, unit="conv2:7", block=9, stride=9, fill="grey")
    with torch.no_grad():
        expected = network.read(covered, "conv2")["conv2"][:, 7].mean((1, 2))
    torch.testing.assert_close(of_unit.grid[:, 0, 0], expected)
    # A score may count: whole numbers are scores too.
    counted = see.occlusion(network, images, score=lambda output: (output > 0).sum(1), block=9, stride=9, fill="grey")
    assert counted.grid[:, 0, 0].tolist() == (network(covered) > 0).sum(1).tolist()


@pytest.mark.filterwarnings("ignore:.*says nothing")
def test_a_job_asked_to_stop_keeps_what_it_has_visited_and_says_nothing_of_the_rest() -> None:
    network, images = small_cnn(), random_photos(2)
    full = see.occlusion(network, images, 1, block=9, stride=8)
    part = run(see.occlusion.job(network, images, 1, block=9, stride=8, batch=1), lambda step: step.done == 3)
    visited = part.grid.isfinite()
    assert 6 <= int(visited.sum()) <= 18 and not visited[1].any()
    torch.testing.assert_close(part.grid[visited], full.grid[visited])
    clean = network(images)[:, 1].detach()
    tops, lefts = starts(40, 9, 8), starts(56, 9, 8)
    for place in range(2):
        total, count = torch.zeros(40, 56), torch.zeros(40, 56)
        for i, j in visited[place].nonzero().tolist():
            here = (slice(tops[i], tops[i] + 9), slice(lefts[j], lefts[j] + 9))
            total[here] += clean[place] - full.grid[place, i, j]
            count[here] += 1
        torch.testing.assert_close(part.values[place], total / count, rtol=1e-4, atol=1e-5, equal_nan=True)
        assert math.isnan(part.values[place, *(count == 0).nonzero()[0].tolist()])


@pytest.mark.filterwarnings("ignore:.*says nothing")
def test_a_job_stopped_early_has_looked_everywhere_a_little() -> None:
    network, images = small_cnn(), random_photos(1)
    part = run(
        see.occlusion.job(network, images, 1, block=9, stride=1, batch=10), lambda step: 4 * step.done >= step.total
    )
    quarters = part.grid[0].isfinite().view(2, 16, 2, 24).sum((1, 3))
    assert (quarters > 10).all()


@pytest.mark.filterwarnings("ignore:.*says nothing")
def test_pixels_between_blocks_set_wide_apart_are_not_a_number() -> None:
    network, images = small_cnn(), random_photos(1)
    found = see.occlusion(network, images, 1, block=4, stride=12)
    columns = torch.zeros(56, dtype=torch.bool)
    for left in (0, 12, 24, 36, 48, 52):
        columns[left : left + 4] = True
    assert torch.equal(found.values[0, 0].isfinite(), columns)
    assert found.values[0, 4:12].isnan().all()


def test_covering_the_dog_hurts_the_boxer_and_covering_the_cat_the_tiger_cat(shared: Path) -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo(shared / "data" / "photos" / "cat_dog.png"))
    found = see.occlusion(network, pixels.repeat(2, 1, 1, 1), ["boxer", "tiger cat"], block=64, stride=32, fill="grey")
    boxer, cat = (int(heat.argmax()) // 224 for heat in found.values)
    assert boxer < 112 < cat  # the dog sits above the cat


def test_wrong_settings_are_answered_in_one_line() -> None:
    network, images = small_cnn(), random_photos(1)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, r"block is 41; for images of 40 x 56 it takes 1 to 40"),
        ({"block": 0}, "block is 0"),
        ({"block": 8, "stride": 0}, "stride is 0; it takes 1 or more"),
        ({"block": 8, "fill": "red"}, "fill is 'red'; it takes zero"),
        ({"block": 8, "classes": 1, "unit": "conv2:1"}, "name one of them"),
    ]
    for given_, words in wrong:
        with pytest.raises(UserError, match=words):
            see.occlusion(network, images, **{"block": 41, **given_})
