"""The whole network once, at its real size, against a forward pass written from the definitions in numpy."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view

from seethrough.errors import UserError
from seethrough.networks.alexnet_caffe import MEAN, SIZE, STD, AlexNetCaffe, alexnet_from_arrays

Arrays = dict[str, list[np.ndarray]]
# As bvlc_alexnet.npy holds them: H, W, in (of one group), out.
SHAPES = {
    "conv1": (11, 11, 3, 96),
    "conv2": (5, 5, 48, 256),
    "conv3": (3, 3, 256, 384),
    "conv4": (3, 3, 192, 384),
    "conv5": (3, 3, 192, 256),
    "fc6": (9216, 4096),
    "fc7": (4096, 4096),
    "fc8": (4096, 17),
}


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    random = np.random.default_rng(0)

    def layer(shape: tuple[int, ...]) -> list[np.ndarray]:
        scale = np.float32(np.sqrt(2 / np.prod(shape[:-1])))
        return [random.standard_normal(shape, dtype="f4") * scale, random.standard_normal(shape[-1], dtype="f4")]

    return {name: layer(shape) for name, shape in SHAPES.items()}


@pytest.fixture(scope="module")
def network(arrays: Arrays) -> AlexNetCaffe:
    return alexnet_from_arrays(arrays)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """One RGB picture in 0..255, H, W, C: blocks of colour, so that neighbours agree as in a photo."""
    coarse = np.random.default_rng(1).integers(0, 256, (21, 21, 3))
    return coarse.repeat(11, axis=0).repeat(11, axis=1)[2 : 2 + SIZE, 1 : 1 + SIZE].astype("f4")


def convolution(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int, pad: int, groups: int) -> np.ndarray:
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    side = weight.shape[0]
    windows = sliding_window_view(x, (side, side), axis=(0, 1))[::stride, ::stride]  # y, x, in, dy, dx
    each_in, each_out = x.shape[2] // groups, weight.shape[3] // groups
    parts = [
        np.tensordot(
            windows[:, :, g * each_in : (g + 1) * each_in],
            weight[:, :, :, g * each_out : (g + 1) * each_out],
            axes=((2, 3, 4), (2, 0, 1)),
        )
        for g in range(groups)
    ]
    return np.concatenate(parts, axis=2) + bias


def response_norm(x: np.ndarray) -> np.ndarray:
    """Divide by (1 + 2e-5 * the squares of this channel and two to either side) ** 0.75."""
    out = np.empty_like(x)
    for channel in range(x.shape[2]):
        near = x[:, :, max(0, channel - 2) : channel + 3]
        out[:, :, channel] = x[:, :, channel] / (1 + 2e-5 * (near**2).sum(axis=2)) ** 0.75
    return out


def pool(x: np.ndarray) -> np.ndarray:
    return sliding_window_view(x, (3, 3), axis=(0, 1))[::2, ::2].max(axis=(3, 4))


def forward(arrays: Arrays, pixels: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what each stage gives, H, W, C, starting from RGB pixels in 0..255."""
    x = pixels[:, :, ::-1] - np.float32([104, 117, 123])
    x = convolution(x, *arrays["conv1"], stride=4, pad=0, groups=1).clip(0)
    yield "relu1", x
    x = pool(response_norm(x))
    yield "pool1", x
    x = pool(response_norm(convolution(x, *arrays["conv2"], stride=1, pad=2, groups=2).clip(0)))
    yield "pool2", x
    x = convolution(x, *arrays["conv3"], stride=1, pad=1, groups=1).clip(0)
    x = convolution(x, *arrays["conv4"], stride=1, pad=1, groups=2).clip(0)
    yield "relu4", x
    x = pool(convolution(x, *arrays["conv5"], stride=1, pad=1, groups=2).clip(0))
    yield "pool5", x
    x = x.reshape(-1)  # H, W, C
    for name in ("fc6", "fc7"):
        x = (x @ arrays[name][0] + arrays[name][1]).clip(0)
    yield "fc8", x @ arrays["fc8"][0] + arrays["fc8"][1]


def test_every_stage_equals_the_network_written_from_its_definitions(
    arrays: Arrays, pixels: np.ndarray, network: AlexNetCaffe
) -> None:
    x = torch.from_numpy(pixels / 255).permute(2, 0, 1)[None]
    x = (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    stages = {}
    with torch.inference_mode():
        for name, layer in network.named_children():
            stages[name] = x = layer(x)
    sides = {name: stages[name].shape[-1] for name in ("conv1", "pool1", "pool2", "pool5")}
    assert sides == {"conv1": 55, "pool1": 27, "pool2": 13, "pool5": 6}
    for name, wanted in forward(arrays, pixels):
        found = stages[name][0].numpy()
        found = found.transpose(1, 2, 0) if found.ndim == 3 else found
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < 1e-3 * np.abs(wanted).max(), name


def test_the_picture_is_such_that_the_norm_matters(arrays: Arrays, pixels: np.ndarray) -> None:
    """Otherwise the test above could not tell its size, its alpha or its place."""
    first = dict(forward(arrays, pixels))["relu1"]
    assert response_norm(first).sum() < 0.7 * first.sum()


def test_it_is_ready_to_use_and_leaves_the_random_state_alone(arrays: Arrays) -> None:
    before = torch.get_rng_state()
    network = alexnet_from_arrays(arrays)
    assert torch.equal(torch.get_rng_state(), before)
    assert not network.training
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}
    assert not any(value.is_meta for value in network.state_dict().values())


def test_filters_of_conv1_read_rgb(arrays: Arrays, network: AlexNetCaffe) -> None:
    weight = network.conv1.weight.detach().numpy()
    for blue_green_red, red_green_blue in enumerate((2, 1, 0)):
        np.testing.assert_array_equal(
            weight[:, red_green_blue], arrays["conv1"][0][:, :, blue_green_red].transpose(2, 0, 1)
        )


def test_its_layers_bear_caffes_names_in_order() -> None:
    with torch.device("meta"):
        names = [name for name, _ in AlexNetCaffe().named_children()]
    assert [name for name in names if name[:2] in ("co", "fc")] == list(SHAPES)
    assert names[:4] == ["conv1", "relu1", "norm1", "pool1"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"conv2": [np.zeros((5, 5, 96, 256)), np.zeros(256)]}, "conv2.weight is 256x96x5x5, should be 256x48x5x5"),
        ({"conv1": [np.zeros((11, 11)), np.zeros(96)]}, "are not bvlc_alexnet's"),
        ({"conv1": [np.zeros((11, 11, 3, 96))]}, "are not bvlc_alexnet's"),
        ({"fc6": [np.zeros((100, 4096)), np.zeros(4096)]}, "are not bvlc_alexnet's"),
        ({"fc8": []}, "are not bvlc_alexnet's"),
        ({"fc9": [np.zeros((2, 2)), np.zeros(2)]}, "2 unexpected (first: fc9.weight)"),
    ],
)
def test_other_arrays_are_refused_in_one_line(change: Arrays, line: str, arrays: Arrays) -> None:
    with pytest.raises(UserError) as caught:
        alexnet_from_arrays(arrays | change)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_layer_is_named(arrays: Arrays) -> None:
    with pytest.raises(UserError, match=r"2 missing \(first: conv3.weight\)"):
        alexnet_from_arrays({name: pair for name, pair in arrays.items() if name != "conv3"})
    with pytest.raises(UserError, match="are not bvlc_alexnet's"):
        alexnet_from_arrays({})
