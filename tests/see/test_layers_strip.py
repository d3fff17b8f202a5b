import pytest
import torch
from torch import nn

import seethrough
from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.see.feature_maps import feature_maps
from seethrough.see.layers_strip import early_middle_late, layers_strip
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def convolutions(count: int, *, active: bool) -> Network:
    """Return a network of so many convolutions, each with a ReLU or none, named 0, 1, 2, ..."""
    layers: list[nn.Module] = []
    for number in range(count):
        layers += [nn.Conv2d(4 if number else 3, 4, 3, padding=1), *([nn.ReLU()] if active else [])]
    return Network(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), size=(40, 56))


@pytest.mark.parametrize(
    ("count", "active", "names"),
    [
        (11, True, ["3", "11", "19"]),  # places 0..21: wanted 2.1, 10.5, 19.95; ReLUs are the odd ones
        (21, False, ["2", "10", "19"]),  # places 0..20: wanted 2, 10, 19
        (1, True, ["0", "1"]),
        (2, False, ["0", "1"]),
    ],
)
def test_the_default_layers_are_the_nearest_to_ten_fifty_and_ninety_five_percent(
    count: int, active: bool, names: list[str]
) -> None:
    assert list(early_middle_late(convolutions(count, active=active))) == names


def test_early_middle_late_are_in_order_and_different_where_there_is_little_choice() -> None:
    found = early_middle_late(small_cnn())
    names = list(small_cnn().layers)
    assert list(found.values()) == ["early", "middle", "late"]
    assert [names.index(name) for name in found] == sorted({names.index(name) for name in found})


def test_the_bundled_network_is_read_after_three_of_its_activations() -> None:
    network = seethrough.load(device="cpu")
    found = early_middle_late(network)
    assert [network.layers[name].kind for name in found] == ["ReLU6"] * 3
    sizes = [network.layers[name].shape[1] for name in found]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[2]


def test_each_row_is_what_feature_maps_gives_for_its_layer_and_one_pass_reads_all() -> None:
    network, pixels = small_cnn(), random_photos(2)
    before, calls = snapshot(network), []
    handle = network.module.conv1.register_forward_hook(lambda *_: calls.append(1))
    found = layers_strip(network, pixels, layers=["conv2", "relu"], count=3)
    handle.remove()
    assert_same(before, snapshot(network))
    # The table of layers takes one pass of its own, and the choice of memory layout another.
    settled = len(calls)
    handle = network.module.conv1.register_forward_hook(lambda *_: calls.append(1))
    layers_strip(network, pixels, layers=["conv2", "relu"], count=3)
    handle.remove()
    assert len(calls) == settled + 1
    assert [row.layer for row in found.layers] == ["conv2", "relu"]
    for row in found.layers:
        alone = feature_maps(network, pixels, row.layer, pick="interesting", count=3)
        assert (row.units, row.total) == (alone.units, alone.total)
        torch.testing.assert_close(row.maps, alone.maps)


def test_a_text_names_layers_with_commas() -> None:
    found = layers_strip(small_cnn(), random_photos(1), layers="conv1, relu#2", pick="first", count=2)
    assert [row.layer for row in found.layers] == ["conv1", "relu#2"]
    assert [row.units for row in found.layers] == [((0, 1),)] * 2
    assert found.settings == {"layers": ["conv1", "relu#2"], "pick": "first", "count": 2}


def test_a_layer_with_fewer_maps_than_asked_for_gives_all_it_has() -> None:
    found = layers_strip(small_cnn(), random_photos(1), layers=["conv1", "conv2"], count=10)
    assert [row.maps.shape[1] for row in found.layers] == [8, 10]


def test_bad_input_gets_one_clear_line() -> None:
    network = small_cnn()
    with pytest.raises(UserError, match="layers is empty; name one or more, for example"):
        layers_strip(network, random_photos(1), layers=[])
    with pytest.raises(UserError, match=r"'head' gives .* no map that lies over the image"):
        layers_strip(network, random_photos(1), layers=["conv1", "head"])
    with pytest.raises(UserError, match="count is 0"):
        layers_strip(network, random_photos(1), count=0)
    with pytest.raises(UserError, match="linear has no layer with a map"):
        layers_strip(linear_network()[0], random_photos(1))
