import threading

import pytest
import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def snapshot(network: Network) -> dict[str, object]:
    """Write down all that a look inside must leave as it was."""
    module = network.module
    return {
        "state": {name: value.clone() for name, value in module.state_dict().items()},
        "grads": [weight.grad for weight in module.parameters()],
        "asked": [weight.requires_grad for weight in module.parameters()],
        "training": [part.training for part in module.modules()],
        "hooks": sum(len(part._forward_hooks) + len(part._backward_hooks) for part in module.modules()),
    }


def assert_same(before: dict[str, object], after: dict[str, object]) -> None:
    torch.testing.assert_close(after.pop("state"), before.pop("state"), rtol=0, atol=0)
    assert after == before


def test_it_normalises_inside_by_hand_computed_numbers() -> None:
    network, weights, bias = linear_network(channels=2, size=(3, 4), classes=3)
    network = Network(network.module, size=(3, 4), mean=[0.5, 0.25], std=[0.5, 2.0])
    pixels = random_photos(2, channels=2, size=(3, 4))
    normal = torch.stack([(pixels[:, 0] - 0.5) / 0.5, (pixels[:, 1] - 0.25) / 2.0], dim=1)
    torch.testing.assert_close(network(pixels), torch.einsum("bchw,kchw->bk", normal, weights) + bias)
    assert network.channels == 2


def test_the_gradient_of_a_linear_networks_score_is_its_weights() -> None:
    network, weights, _ = linear_network()
    slope = network.score_gradient(random_photos(2), torch.tensor([1, 4]))
    torch.testing.assert_close(slope, weights[[1, 4]])


def test_classify_gives_sorted_probabilities_that_softmax_gives() -> None:
    network = small_cnn()
    pixels = random_photos(3)
    guesses = network.classify(pixels, top=5)
    expected = network(pixels).softmax(1)
    assert len(guesses) == 3
    for row, probabilities in zip(guesses.rows, expected, strict=True):
        found = [guess.probability for guess in row]
        assert found == sorted(found, reverse=True)
        assert sum(found) == pytest.approx(1, abs=1e-5)
        assert [probabilities[guess.index].item() for guess in row] == pytest.approx(found, abs=1e-6)
    assert len(network.classify(pixels, top=99).rows[0]) == 5
    assert guesses[0][0].label == f"class {guesses[0][0].index}"


@pytest.mark.parametrize("channels", [1, 3, 5])
@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_channels_and_images(channels: int, count: int) -> None:
    network = small_cnn(channels=channels, size=(40, 56))
    assert network(random_photos(count, channels)).shape == (count, 5)


def test_layers_are_named_in_order_and_a_module_used_twice_has_its_uses_named() -> None:
    layers = small_cnn().layers
    assert list(layers) == ["conv1", "norm", "relu", "pool", "conv2", "relu#2", "head"]
    conv1, head = layers["conv1"], layers["head"]
    assert (conv1.kind, conv1.input_shape, conv1.shape, conv1.units) == ("Conv2d", (3, 40, 56), (8, 40, 56), 8)
    assert (conv1.parameters, conv1.neurons) == (3 * 8 * 9 + 8, 8 * 40 * 56)
    assert (head.parameters, head.neurons, head.units) == (12 * 5 + 5, 5, 5)
    assert layers["norm"].neurons == 0 and layers["norm"].parameters == 16
    assert layers["conv2"].field is not None and layers["conv2"].field.stride == (4, 4)


def test_counts_of_the_digits_network_are_the_ones_worked_out_by_hand() -> None:
    module = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 500), nn.ReLU(), nn.Linear(500, 10),
    )  # fmt: skip
    totals = Network(module, size=28, channels=1).totals()
    assert totals["total"]["parameters"] == 799_078
    assert totals["convolutional"] == {"parameters": 320 + 9_248, "neurons": 32 * 28 * 28 + 32 * 14 * 14}
    assert totals["fully connected"] == {"parameters": 784_500 + 5_010, "neurons": 510}


def test_reading_gives_what_a_plain_pass_computes_also_before_an_in_place_relu() -> None:
    network = small_cnn()
    pixels = random_photos(2)
    module = network.module
    with torch.no_grad():
        first = module.norm(module.conv1((pixels - 0.45) / 0.25))
        second = module.conv2(module.pool(first.relu()))
    read = network.read(pixels, ["norm", "relu#2", "conv2", "relu"])
    assert list(read) == ["norm", "relu#2", "conv2", "relu"]
    torch.testing.assert_close(read["norm"], first)
    torch.testing.assert_close(read["relu"], first.relu())
    torch.testing.assert_close(read["conv2"], second)
    torch.testing.assert_close(read["relu#2"], second.relu())


def test_reading_carries_gradients_to_the_images_when_the_caller_wants_them() -> None:
    network = small_cnn()
    pixels = random_photos(1).requires_grad_()
    scores, read = network.run(pixels, "conv2")
    inner = torch.autograd.grad(scores[0, 2], read["conv2"], retain_graph=True)[0]
    outer = torch.autograd.grad(read["conv2"], pixels, inner)[0]
    torch.testing.assert_close(outer, network.score_gradient(pixels, torch.tensor([2])))


def test_the_pass_stops_at_the_last_layer_asked_for() -> None:
    ran: list[str] = []
    network = small_cnn()
    network.layers  # noqa: B018 (the table is made before the count begins)
    for name, part in network.module.named_children():
        part.register_forward_pre_hook(lambda part, inputs, name=name: ran.append(name))
    network.read(random_photos(1), ["norm", "conv1"])
    assert ran == ["conv1", "norm"]
    ran.clear()
    network.read(random_photos(1), "relu")
    assert ran == ["conv1", "norm", "relu"]


def test_nothing_is_left_behind_by_a_look_inside() -> None:
    network = small_cnn()
    network.module.train()
    network.module.conv1.eval()
    network.module.head.weight.requires_grad_(False)
    before = snapshot(network)
    pixels = random_photos(2)
    network.classify(pixels)
    network.read(pixels, ["relu", "head"])
    network.score_gradient(pixels, network.classes_for(pixels))
    network.layers  # noqa: B018
    assert_same(before, snapshot(network))


def test_nothing_is_left_behind_after_an_exception() -> None:
    class Fails(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise RuntimeError("inside")

    network = small_cnn()
    network.layers  # noqa: B018
    network.module.train()
    network.module.conv2 = Fails()
    before = snapshot(network)
    with pytest.raises(RuntimeError, match="inside"):
        network.read(random_photos(1), ["norm", "head"])
    with pytest.raises(RuntimeError, match="inside"):
        network.score_gradient(random_photos(1), torch.tensor([0]))
    assert_same(before, snapshot(network))


def test_it_answers_in_evaluation_mode_whatever_the_modules_flags() -> None:
    network = small_cnn()
    pixels = random_photos(2)
    expected = network(pixels)
    network.module.train()
    torch.testing.assert_close(network(pixels), expected)
    assert network.module.training


@pytest.mark.parametrize("without", [torch.no_grad, torch.inference_mode])
def test_gradients_are_given_to_a_caller_who_works_without_them(without: type) -> None:
    network, weights, _ = linear_network()
    with without():
        slope = network.score_gradient(random_photos(1), torch.tensor([2]))
    torch.testing.assert_close(slope[0], weights[2])


def test_the_graph_leads_to_the_image_alone() -> None:
    network, pixels = small_cnn(), random_photos(1)
    assert not network(pixels).requires_grad
    network(pixels.requires_grad_()).sum().backward()
    assert pixels.grad is not None
    assert all(weight.grad is None and weight.requires_grad for weight in network.module.parameters())


def test_a_frozen_network_gives_gradients() -> None:
    network, weights, _ = linear_network()
    network.module.requires_grad_(False)
    torch.testing.assert_close(network.score_gradient(random_photos(1), torch.tensor([2]))[0], weights[2])


def test_two_threads_read_one_module_and_each_gets_the_right_answer() -> None:
    first = small_cnn()
    second = Network(first.module, size=first.size, mean=0.45, std=0.25)
    assert first.lock is second.lock
    photos = [random_photos(1, seed=seed) for seed in range(8)]
    expected = [first.read(pixels, ["relu#2"])["relu#2"] for pixels in photos]
    wrong: list[int] = []

    def work(network: Network) -> None:
        for _ in range(20):
            for place, pixels in enumerate(photos):
                found = network.read(pixels, ["relu#2"])["relu#2"]
                if (
                    not torch.equal(found, expected[place])
                    or network.score_gradient(pixels, torch.tensor([1])).isnan().any()
                ):
                    wrong.append(place)

    threads = [threading.Thread(target=work, args=(network,)) for network in (first, second, first)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_low_precision_networks_take_and_give_pixels_as_always() -> None:
    network = small_cnn()
    exact = network(random_photos(2))
    network.module.to(torch.bfloat16)
    scores = network(random_photos(2))
    assert scores.dtype == torch.bfloat16
    torch.testing.assert_close(scores.float(), exact, atol=0.05, rtol=0.05)
    assert network.score_gradient(random_photos(2), torch.tensor([0, 1])).dtype == torch.float32


def test_output_objects_with_logits_are_understood_and_other_outputs_refused() -> None:
    class Output:
        def __init__(self, logits: Tensor) -> None:
            self.logits = logits

    class Wrapped(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Tensor) -> Output:
            return Output(self.inner(x))

    network, _, _ = linear_network(size=(4, 4))
    pixels = random_photos(1, size=(4, 4))
    torch.testing.assert_close(Network(Wrapped(network.module), size=4)(pixels), network(pixels))
    with pytest.raises(UserError, match=r"module gives a tensor \(1, 3, 4, 4\); a classifier gives scores"):
        Network(nn.Identity(), size=4)(pixels)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.rand(3, 40, 56), r"shape \(3, 40, 56\); it takes \[B, C, H, W\]"),
        (torch.rand(1, 1, 40, 56), "1 channels; small-cnn takes 3"),
        (torch.rand(1, 3, 40, 56) * 255, "pixels are in"),
        (torch.full((1, 3, 40, 56), -0.5), "values from -0.5 to -0.5"),
        (torch.full((1, 3, 40, 56), float("nan")), "values from nan to nan"),
        (torch.zeros(1, 3, 40, 56, dtype=torch.uint8), "uint8"),
        (torch.zeros(0, 3, 40, 56), "empty"),
        ([1, 2], "images is a list"),
    ],
)
def test_wrong_images_are_answered_in_one_line(images: Tensor, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        small_cnn()(images)
    assert "\n" not in str(caught.value)


def test_a_wrong_size_says_which_is_right() -> None:
    network, _, _ = linear_network()
    with pytest.raises(UserError, match=r"images is 30 x 30; linear takes 40 x 56: use network.frame"):
        network(torch.rand(1, 3, 30, 30))


def test_names_of_layers_and_classes_are_resolved_or_the_closest_are_named() -> None:
    network = small_cnn()
    assert network.resolve_layer("relu#1") == "relu"
    with pytest.raises(UserError, match="layer of small-cnn 'conv3' is not known; closest: conv"):
        network.resolve_layer("conv3")
    with pytest.raises(UserError, match="class 5 is out of range; this network has classes 0 to 4"):
        network.resolve_class(5)
    named = Network(network.module, size=(40, 56), labels=["ant", "bee", "cat", "dog", "elk"])
    pixels = random_photos(2)
    assert named.classes_for(pixels, "dog").tolist() == [3, 3]
    assert named.classes_for(pixels, ["bee", 4]).tolist() == [1, 4]
    assert named.classes_for(pixels).tolist() == named(pixels).argmax(1).tolist()
    with pytest.raises(UserError, match="classes: 3 given for 2 images"):
        named.classes_for(pixels, ["bee", "cat", "dog"])


def test_wrong_statistics_are_refused() -> None:
    with pytest.raises(UserError, match="std is 0"):
        Network(nn.Identity(), size=4, std=0)
    with pytest.raises(UserError, match="mean has 2 values; this network takes 3 channels"):
        Network(nn.Identity(), size=4, mean=[0.1, 0.2], std=[1, 1, 1])


def test_a_module_that_flattens_with_view_gets_the_layout_it_needs() -> None:
    class Flattens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 8, 5)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            x = x.view(x.shape[0] * 4, 6, 8)
            return self.head(x.view(-1, 4 * 6 * 8))

    module = Flattens()
    pixels = random_photos(3, size=(8, 10))
    with torch.no_grad():
        torch.testing.assert_close(Network(module, size=(8, 10))(pixels), module(pixels))


def test_a_leaf_begins_the_graph_at_the_layer_and_gives_the_same_gradient() -> None:
    network = small_cnn()
    pixels = random_photos(2)
    scores, read = network.run(pixels.requires_grad_(), ["norm"])
    expected = torch.autograd.grad(scores[:, 1].sum(), read["norm"])[0]
    with torch.no_grad():
        scores, read = network.run(pixels, ["norm", "conv2"], leaf=True)
        assert not torch.is_grad_enabled()
    assert read["norm"].is_leaf and not read["conv2"].is_leaf
    torch.testing.assert_close(torch.autograd.grad(scores[:, 1].sum(), read["norm"])[0], expected)
