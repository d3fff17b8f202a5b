import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough.ascent.canvas import pixels
from seethrough.ascent.loop import ascend
from seethrough.ascent.prior import norm
from seethrough.ascent.stride import plain
from seethrough.dream.strip import filled, in_turn, stages, strip
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def vgg_like() -> Network:
    """Return two convolutions with ReLUs, a pooling and three fully connected layers, as classic networks are made."""
    features = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())
    head = nn.Sequential(nn.Linear(4 * 16, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 5))
    module = nn.Sequential(features, nn.AdaptiveAvgPool2d(4), nn.Flatten(), head)
    return Network(module, size=(40, 56))


def test_the_stages_of_a_classic_network_are_its_convolutions_and_its_fully_connected_layers() -> None:
    assert stages(vgg_like()) == ["0.1", "0.3", "3.0", "3.3", "3.5"]


def test_the_stages_of_a_network_without_maps_are_its_fully_connected_layers() -> None:
    assert stages(linear_network()[0]) == ["1"]


def test_the_stages_of_the_bundled_network_are_its_first_layer_its_blocks_and_its_last() -> None:
    found = stages(seethrough.load(device="cpu"))
    assert (found[0], found[-1]) == ("bn1", "classifier")
    assert [name for name in found if name.startswith("blocks")] == [
        f"blocks.{place}.{block}" for place, count in enumerate((1, 2, 2, 3, 3, 4, 1)) for block in range(count)
    ]


@pytest.mark.parametrize(
    ("shares", "names"),
    [
        ((0, 0.5, 1), ["0.1", "3.0", "3.5"]),
        ([place / 9 for place in range(10)], ["0.1", "0.3", "3.0", "3.3", "3.5"]),
        ((0.3,), ["0.3"]),  # 0.3 * 4 = 1.2
    ],
)
def test_layers_that_nobody_named_are_at_shares_of_the_way_each_once(shares: list[float], names: list[str]) -> None:
    assert strip(vgg_like(), None, shares) == names


def test_layers_are_named_in_a_text_or_a_list_and_all_is_every_stage() -> None:
    network = small_cnn()
    assert strip(network, " conv2, relu#2 ,conv2", ()) == ["conv2", "relu#2"]
    assert strip(network, ["head"], ()) == ["head"]
    assert strip(network, "all", (0,)) == stages(network)


def test_an_unknown_layer_and_no_layer_are_refused() -> None:
    with pytest.raises(UserError, match="'conv3' is not known; closest: conv"):
        strip(small_cnn(), "conv3", (0, 1))
    with pytest.raises(UserError, match=r"layers is empty; name one or more, for example"):
        strip(small_cnn(), " , ", (0, 1))


def test_loops_in_turn_show_all_pictures_and_stop_with_those_begun() -> None:
    network, photos = small_cnn(), random_photos(3)
    wish = -norm(0.0, 2)

    def loop(rows: list[int]):  # type: ignore[no-untyped-def]
        return lambda: ascend.job(network, pixels(photos[rows]), wish, stride=plain(0.1), steps=4)

    parts = [([2], loop([2])), ([0, 1], loop([0, 1]))]
    peeks: list[Tensor] = []

    def watch(step) -> bool:  # type: ignore[no-untyped-def]
        assert step.peek is not None
        peeks.append(step.peek().images)
        return len(peeks) == 6

    done = run(in_turn(parts, photos), watch)
    # x - 0.1 * 2 x is 0.8 x: four steps of the first part, two of the second.
    assert [places for places, _ in done] == [[2], [0, 1]]
    torch.testing.assert_close(peeks[0], torch.cat([photos[:2], photos[2:] * 0.8]))
    torch.testing.assert_close(peeks[5], torch.cat([photos[:2] * 0.8**2, photos[2:] * 0.8**4]))
    torch.testing.assert_close(done[1][1].images, photos[:2] * 0.8**2)
    stopped = run(in_turn(parts, photos), lambda step: True)
    assert [places for places, _ in stopped] == [[2]]


def test_shorter_traces_are_filled_up() -> None:
    found = filled([torch.ones(1, 3), torch.zeros(2, 1)])
    nan = torch.nan
    torch.testing.assert_close(found, torch.tensor([[1.0, 1, 1], [0, nan, nan], [0, nan, nan]]), equal_nan=True)
