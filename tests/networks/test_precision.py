"""Half the numbers where it is allowed, and single precision where a result is held to it."""

import pytest
import torch
from torch import nn

from seethrough import fool, load, see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn


def halved() -> Network:
    network = small_cnn()
    network.precision = "bfloat16"
    return network


def test_slopes_are_computed_in_halves_and_are_nearly_those_of_single_precision() -> None:
    images, classes = random_photos(3), torch.tensor([0, 1, 2])
    single, half = (one.score_gradient(images, classes) for one in (small_cnn(), halved()))
    assert half.dtype == torch.float32 and not torch.equal(half, single)
    alike = torch.cosine_similarity(half.flatten(1), single.flatten(1))
    assert float(alike.min()) > 0.98


def test_layers_come_in_halves_and_scores_in_single_numbers() -> None:
    network, images = halved(), random_photos(3)
    assert network.read(images, "conv2")["conv2"].dtype == torch.bfloat16
    assert network(images).dtype == torch.float32


def test_what_is_read_as_what_is_that_of_single_precision() -> None:
    images = random_photos(3)
    found, right = halved().classify(images), small_cnn().classify(images)
    assert [[one.probability for one in row] for row in found.rows] == [
        [one.probability for one in row] for row in right.rows
    ]


def test_an_attack_is_held_to_single_precision() -> None:
    network, images = halved(), random_photos(3)
    found = fool.pgd(network, images, eps="8/255", steps=10)
    exact = small_cnn()
    again = exact.classes_for(found.images)
    assert [guess.index for guess in found.after] == again.tolist()
    assert found.success.tolist() == (again != found.shows).tolist()
    assert network.precision == "bfloat16"


def test_maps_and_dreams_go_through() -> None:
    network, images = halved(), random_photos(2)
    for method in (see.gradient, see.grad_cam, see.occlusion, see.guided_backprop):
        assert method(network, images).values.isfinite().all()


def test_what_may_be_said() -> None:
    assert load("mnist-cnn", precision="bfloat16").precision == "bfloat16"
    with pytest.raises(UserError, match=r"precision is 'half'; it takes float32 \| bfloat16"):
        load("mnist-cnn", precision="half")


def test_a_compiled_network_is_asked_for_whole_passes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []

    def compiler(module: nn.Module) -> object:
        def run(pixels: torch.Tensor) -> torch.Tensor:
            asked.append(tuple(pixels.shape))
            found: torch.Tensor = module(pixels)
            return found

        return run

    monkeypatch.setattr(torch, "compile", compiler)
    network, images = small_cnn(), random_photos(3)
    network.compiled = True
    torch.testing.assert_close(network(images), small_cnn()(images))
    classes = torch.tensor([0, 1, 2])
    torch.testing.assert_close(network.score_gradient(images, classes), small_cnn().score_gradient(images, classes))
    assert asked == [(3, 3, 40, 56)] * 2
    network.read(images, "conv2")
    assert len(asked) == 2


def test_where_nothing_can_be_compiled_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._dynamo.exc import TorchDynamoException

    def compiler(module: nn.Module) -> object:
        def run(pixels: torch.Tensor) -> torch.Tensor:
            raise TorchDynamoException("no C++ compiler")

        return run

    monkeypatch.setattr(torch, "compile", compiler)
    network = small_cnn()
    network.compiled = True
    with pytest.raises(UserError, match="compiled: PyTorch could not compile small-cnn here"):
        network(random_photos(1))
