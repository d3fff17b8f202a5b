from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.images.save import save_image
from seethrough.jobs import run
from seethrough.networks.network import Network
from seethrough.study import equivariance
from seethrough.study.changes import CHANGES
from seethrough.study.moments import Moments, fitted
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

NO_MAP, MOVED, MAPPED = range(3)


def pictures(count: int = 20, channels: int = 3, size: tuple[int, int] = (40, 56), seed: int = 0) -> Dataset:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, channels, *size), generator=generator, dtype=torch.uint8)
    return Dataset("noise", (), torch.full((count,), -1), pixels=pixels)


def convolution(kernels: Tensor, size: tuple[int, int] = (40, 56)) -> Network:
    """Return a network of one convolution with those kernels [D, 1, 3, 3], and their means as scores."""
    first = nn.Conv2d(1, len(kernels), 3, padding=1)
    first.weight.data = kernels
    module = nn.Sequential(first, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Network(module, size=size, channels=1, name="convolution")


def kernels(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, 1, 3, 3, generator=torch.Generator().manual_seed(seed))


def errors(network: Network, data: Dataset, **named: Any) -> Tensor:
    found = equivariance(network, data, **named)
    return found.errors[0, 0]


def test_symmetric_kernels_need_their_positions_moved_and_no_more() -> None:
    one = kernels(3)
    found = errors(convolution(one + one.flip(-1)), pictures(channels=1), changes="mirror", layers="0")
    assert found[MOVED] == pytest.approx(0, abs=1e-6) and found[MAPPED] == pytest.approx(0, abs=1e-6)
    assert found[NO_MAP] > 1.5


@pytest.mark.parametrize("change", ["mirror", "flip", "rotate180"])
def test_of_kernels_and_their_images_the_map_is_an_exchange_of_channels(change: str) -> None:
    one = kernels(2)
    network = convolution(torch.cat([one, CHANGES[change](one)]))
    found = errors(network, pictures(channels=1), changes=change, layers="0")
    assert found[MAPPED] == pytest.approx(0, abs=1e-5)
    assert found[MOVED] > 0.5 and found[NO_MAP] > 1.5


def test_four_quarter_turns_of_a_kernel_make_a_quarter_turn_an_exchange() -> None:
    one = kernels(1)
    turned = torch.cat([torch.rot90(one, times, (-1, -2)) for times in range(4)])
    found = errors(convolution(turned, (32, 32)), pictures(10, 1, (32, 32)), changes="rotate90", layers="0")
    assert found[MAPPED] == pytest.approx(0, abs=1e-5) and found[MOVED] > 0.5


def test_errors_are_those_of_a_map_fitted_directly_on_pictures_of_its_own() -> None:
    network, data = small_cnn(), pictures(20)
    found = equivariance(network, data, changes="mirror", layers="conv1", seed=3)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(3))
    images = torch.stack([data[int(place)] for place in order])
    with torch.no_grad():
        x, y = (network.read(some, "conv1")["conv1"] for some in (images, images.flip(-1)))
    test = torch.arange(20) % 5 == 0

    def flat(maps: Tensor) -> Tensor:
        return maps.permute(0, 2, 3, 1).flatten(0, 2).double()

    ones = torch.ones(16 * 40 * 56, 1, dtype=torch.float64)
    fit = torch.linalg.lstsq(torch.cat([flat(x[~test].flip(-1)), ones], 1), flat(y[~test])).solution
    truth = flat(y[test])
    mapped = torch.cat([flat(x[test].flip(-1)), ones[: len(truth)]], 1) @ fit
    variation = (truth - truth.mean(0)).square().sum()
    right = [(guess - truth).square().sum() / variation for guess in (flat(x[test]), flat(x[test].flip(-1)), mapped)]
    torch.testing.assert_close(found.errors[0, 0], torch.stack(right), rtol=1e-4, atol=1e-6)
    assert found.ridges[0, 0] < 1e-3


def test_the_map_is_fitted_to_all_pictures_but_those_it_is_tested_on() -> None:
    network, data = small_cnn(), pictures(60)
    found = equivariance(network, data, changes="mirror", layers="head", count=60)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(0))
    images = torch.stack([data[int(place)] for place in order])
    with torch.no_grad():
        x, y = (network.read(some, "head")["head"] for some in (images, images.flip(-1)))
    test = torch.arange(60) % 5 == 0
    (weights,) = fitted(Moments.of(x[~test], y[~test], x[~test]), [float(found.ridges[0, 0])])
    assert found.errors[0, 0, MAPPED] == pytest.approx(Moments.of(x[test], y[test], x[test]).error(weights), rel=1e-3)


def test_layers_without_maps_have_no_positions_to_move() -> None:
    found = equivariance(small_cnn(), pictures(), changes="mirror,flip", layers="head")
    torch.testing.assert_close(found.errors[:, :, NO_MAP], found.errors[:, :, MOVED])
    assert found.errors.shape == (2, 1, 3)


def test_a_network_trained_on_mirror_images_minds_them_less_than_upside_down() -> None:
    network = seethrough.load()
    photos = network.frame([seethrough.photo(name) for name in ("cat", "coffee", "rocket", "moped")])
    shifted = torch.cat([photos, photos.roll(40, -1), photos.roll(40, -2)])
    data = Dataset("samples", (), torch.full((12,), -1), pixels=(shifted * 255).round().to(torch.uint8))
    found = equivariance(network, data, changes="mirror,flip", layers="blocks.5.2,classifier")
    assert (found.errors[0, :, MOVED] < found.errors[1, :, MOVED]).all()
    assert found.errors[0, 1, NO_MAP] < 0.5


def test_batch_size_changes_nothing_but_by_rounding() -> None:
    one, other = (equivariance(small_cnn(), pictures(), layers="conv1,conv2", batch=batch) for batch in (3, 20))
    torch.testing.assert_close(one.errors, other.errors, rtol=1e-4, atol=1e-6)


def test_pictures_are_drawn_at_random_as_many_as_asked_for() -> None:
    found = equivariance(small_cnn(), pictures(), count=10, layers="conv1")
    assert found.seen == 10
    same, other = (equivariance(small_cnn(), pictures(), count=10, layers="conv1", seed=seed) for seed in (0, 1))
    assert found == same and not torch.equal(found.errors, other.errors)


def test_stopped_it_gives_what_the_pictures_so_far_give() -> None:
    work = equivariance.job(small_cnn(), pictures(), layers="conv1", batch=2)
    found = run(work, lambda step: True)
    assert found.seen == 6 and found.errors.isfinite().all()


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    files = [save_image(photo, tmp_path / f"{place}.png") for place, photo in enumerate(random_photos(9))]
    files[4].write_bytes(b"")
    data = Dataset("folder", (), torch.full((9,), -1), files=tuple(files), root=tmp_path)
    found = equivariance(small_cnn(), data, layers="conv1", batch=3)
    assert found.seen == 8 and found.line().endswith("; 1 picture could not be read: 4.png")


@pytest.mark.parametrize("how", [torch.no_grad, torch.inference_mode])
def test_nothing_is_left_behind(how: Any) -> None:
    network = small_cnn()
    network.module.train().double()
    before, state = snapshot(network), torch.random.get_rng_state()
    with how():
        found = equivariance(network, pictures(6), layers="conv1,head")
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert found == equivariance(network, pictures(6), layers="conv1,head")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"changes": "miror"}, "change 'miror' is not known; closest: mirror"),
        ({"changes": "rotate90"}, "changes: rotate90 makes 56 x 40 of 40 x 56; take rotate180"),
        ({"layers": "conv9"}, "layer of small-cnn 'conv9' is not known"),
        ({"count": 4}, "count is 4; it takes 5 or more"),
        ({"batch": 0}, "batch is 0"),
    ],
)
def test_bad_input_gets_one_clear_line(named: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        equivariance(small_cnn(), pictures(), **named)


def test_too_few_pictures_and_too_many_numbers_are_refused() -> None:
    with pytest.raises(UserError, match="data 'noise' has 4 pictures; a map between their features takes 5 or more"):
        equivariance(small_cnn(), pictures(4), layers="conv1")
    with pytest.raises(UserError, match="layers: 0 gives 6720 numbers with no positions, more than 4096"):
        equivariance(linear_network()[0], pictures(), layers="0")
