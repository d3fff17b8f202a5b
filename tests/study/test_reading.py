import pytest
import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.frame import Box
from seethrough.networks.network import Network
from seethrough.study.reading import after_relu, normalised, reading
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def read(network: Network, images: Tensor, layer: str | None = None, **named: object) -> Tensor:
    known = {"pool": True, "regions": None, "normalise": False}
    return reading(network, layer, **(known | named)).read(images)  # type: ignore[arg-type]


def test_a_relu_that_follows_a_layer_is_taken_with_it() -> None:
    network, images = small_cnn(), random_photos(2)
    assert after_relu(network, "norm") == "relu" and after_relu(network, "conv2") == "relu#2"
    assert after_relu(network, "conv1") == "conv1" and after_relu(network, "head") == "head"
    assert reading(network, "conv2", pool=True, regions=None, normalise=False).layer == "conv2 after its ReLU"
    with torch.no_grad():
        expected = network.read(images, "conv2")["conv2"].relu()
    torch.testing.assert_close(read(network, images, "conv2", pool=False), expected)
    torch.testing.assert_close(read(network, images, "conv2"), expected.mean((2, 3)))


def test_a_relu_of_a_sum_is_no_layers_own() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.drop, self.relu, self.head = nn.Conv2d(3, 3, 1), nn.Dropout(), nn.ReLU(), nn.Linear(3, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.relu(self.drop(self.conv(x)) + x).mean((2, 3)))

    network = Network(Residual(), size=(40, 56))
    assert after_relu(network, "conv") == "conv"
    plain = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(), nn.ReLU6(), nn.Flatten(), nn.Linear(4 * 40 * 56, 2))
    assert after_relu(Network(plain, size=(40, 56)), "0") == "2"


def test_without_a_layer_it_is_what_the_last_linear_layer_gets() -> None:
    network, images = small_cnn(), random_photos(2)
    with torch.no_grad():
        expected = network.read(images, "relu#2")["relu#2"].mean((2, 3))
    torch.testing.assert_close(read(network, images), expected)
    torch.testing.assert_close(read(network, images, normalise=True).norm(dim=1), torch.ones(2))


def test_regions_are_means_of_parts_of_the_maps() -> None:
    network, images = small_cnn(), random_photos(2)
    with torch.no_grad():
        maps = network.read(images, "relu")["relu"]
    grid = read(network, images, "relu", regions="2x2")
    expected = torch.stack(
        [maps[:, :, top : top + 20, left : left + 28].mean((2, 3)) for top in (0, 20) for left in (0, 28)], 1
    )
    torch.testing.assert_close(grid, expected)
    boxes = read(network, images, "relu", regions=[Box(3, 5, 9, 11)], normalise=True)
    torch.testing.assert_close(boxes[:, 0], normalised(maps[:, :, 3:9, 5:11].mean((2, 3))))
    assert read(network, images, regions="3x2").shape == (2, 6, 12)
    with pytest.raises(UserError, match="'head' has no maps"):
        read(network, images, "head", regions="2x2")


def test_tokens_are_averaged_over_the_places_of_the_picture() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cut, self.last, self.head = nn.Conv2d(3, 6, 8, 8), nn.Identity(), nn.Linear(6, 4)

        def forward(self, x: Tensor) -> Tensor:
            grid = self.cut(x).flatten(2).transpose(1, 2)
            return self.head(self.last(torch.cat([grid.new_full((len(x), 1, 6), 100.0), grid], 1))[:, 1])

    network, images = Network(Tokens(), size=(40, 56)), random_photos(2)
    with torch.no_grad():
        expected = network.read(images, "cut")["cut"].mean((2, 3))
    torch.testing.assert_close(read(network, images, "last"), expected)
    assert read(network, images, "last", pool=False).shape == (2, 36, 6)


@pytest.mark.parametrize("how", ["frozen", "training", "no_grad", "inference_mode", "float64"])
def test_it_does_not_depend_on_how_the_caller_works(how: str) -> None:
    network, images = small_cnn(), random_photos(2)
    expected = [read(network, images, layer) for layer in (None, "conv2", "relu")]
    if how == "frozen":
        network.module.requires_grad_(False)
    if how == "training":
        network.module.train()
    if how == "float64":
        network.module.double()
    before, state = snapshot(network), torch.random.get_rng_state()
    manager = {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.get(how, torch.enable_grad)
    with manager():
        found = [read(network, images, layer) for layer in (None, "conv2", "relu")]
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=1e-4, atol=1e-5)
        assert not one.requires_grad and not one.is_inference()
        assert one.dtype == (torch.float64 if how == "float64" else torch.float32)


def test_zeros_have_no_length_to_be_made_one() -> None:
    rows = torch.tensor([[[3.0, 4.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    torch.testing.assert_close(normalised(rows, -1)[0, 0], torch.tensor([0.6, 0.8]))
    assert torch.equal(normalised(rows)[1], torch.zeros(2, 2)) and normalised(rows).isfinite().all()
