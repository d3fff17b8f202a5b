"""The gradient family against answers worked out by hand, finite differences and second computations."""

import pytest
import torch
from torch import Tensor, nn

from seethrough import see
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def smooth_network(size: tuple[int, int] = (6, 7)) -> Network:
    """Return a network without kinks, in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = [nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * (size[0] - 2) * (size[1] - 2), 3)]
    return Network(nn.Sequential(*layers).double(), size=size, channels=2, mean=0.4, std=0.3)


def differences(network: Network, image: Tensor, score: int, on: str = "logit") -> Tensor:
    """Return d score / d pixel by central differences."""

    def value(x: Tensor) -> float:
        with torch.no_grad():
            scores = network.scores(x)
        return float((scores.softmax(1) if on == "probability" else scores)[0, score])

    slope = torch.zeros_like(image)
    for place in range(image.numel()):
        step = torch.zeros(image.numel(), dtype=image.dtype)
        step[place] = 1e-5
        moved = step.view_as(image)
        slope.view(-1)[place] = (value(image + moved) - value(image - moved)) / 2e-5
    return slope


@pytest.mark.parametrize("on", ["logit", "probability"])
def test_gradient_is_the_slope_that_finite_differences_find(on: str) -> None:
    network, image = smooth_network(), random_photos(1, 2, (6, 7)).double()
    found = see.gradient(network, image, 1, on=on)  # type: ignore[arg-type]
    expected = differences(network, image, 1, on)
    torch.testing.assert_close(found.raw, expected, rtol=1e-5, atol=1e-9)
    torch.testing.assert_close(found.values, expected.abs().amax(1), rtol=1e-5, atol=1e-9)


def test_gradient_of_a_linear_network_is_its_weights() -> None:
    network, weights, _ = linear_network()
    found = see.gradient(network, random_photos(2), [0, 1])
    torch.testing.assert_close(found.raw, weights[[0, 1]])
    torch.testing.assert_close(found.values, weights[[0, 1]].abs().amax(1))


def test_gradient_of_the_worked_example() -> None:
    """Convolution of ones, biases -50 and -75, then rows of five +1 and three -1; pixels 0..15 through the scale 1/15."""
    with torch.random.fork_rng():
        conv, linear = nn.Conv2d(1, 2, 3), nn.Linear(8, 4, bias=False)
    conv.weight.data.fill_(1.0)
    conv.bias.data = torch.tensor([-50.0, -75.0])
    linear.weight.data = torch.tensor([1.0] * 5 + [-1.0] * 3).repeat(4, 1)
    network = Network(nn.Sequential(conv, nn.ReLU(), nn.Flatten(), linear, nn.ReLU()), size=4, channels=1, std=1 / 15)
    image = torch.arange(16.0).view(1, 1, 4, 4) / 15
    assert float(network(image)[0, 0].detach()) == pytest.approx(54)
    expected = torch.zeros(4, 4)
    expected[:3, 1:] = 1
    torch.testing.assert_close(see.gradient(network, image, 0).raw[0, 0] / 15, expected)


def test_gradient_x_input_gives_the_terms_of_a_linear_network_and_adds_up() -> None:
    network, weights, bias = linear_network()
    images = random_photos(2)
    found = see.gradient_x_input(network, images, [3, 1])
    torch.testing.assert_close(found.raw, weights[[3, 1]] * images)
    scores = network(images)[torch.arange(2), torch.tensor([3, 1])]
    torch.testing.assert_close(found.values.sum((1, 2)) + bias[[3, 1]], scores, rtol=1e-4, atol=1e-3)


def test_smooth_grad_without_noise_is_the_gradient() -> None:
    network, images = small_cnn(), random_photos(2)
    plain = see.gradient(network, images, 1)
    torch.testing.assert_close(see.smooth_grad(network, images, 1, samples=1, noise=0.0).raw, plain.raw)
    torch.testing.assert_close(see.smooth_grad(network, images, 1, samples=7, noise=0.0, batch=3).raw, plain.raw)


def test_smooth_grad_is_the_mean_over_its_own_noise() -> None:
    network, image = small_cnn(), random_photos(1)
    found = see.smooth_grad(network, image, 1, samples=5, noise=0.2, batch=2, seed=9)
    from seethrough.networks.streams import image_streams

    stream = image_streams(9, 1)[0]
    spread = 0.2 * (image.max() - image.min())
    slopes = []
    for _ in range(5):
        noisy = image + torch.randn(image.shape[1:], generator=stream) * spread
        slopes.append(network.score_gradient(noisy, torch.tensor([1])))
    torch.testing.assert_close(found.raw, torch.stack(slopes).mean(0))
    other = see.smooth_grad(network, image, 1, samples=5, noise=0.2, seed=10)
    assert not torch.equal(other.raw, found.raw)


def test_smooth_grad_does_not_depend_on_the_batch_or_the_company() -> None:
    network, images = small_cnn(), random_photos(3)
    wide = see.smooth_grad(network, images, 1, samples=6, batch=16)
    narrow = see.smooth_grad(network, images, 1, samples=6, batch=1)
    torch.testing.assert_close(wide.raw, narrow.raw)
    torch.testing.assert_close(see.smooth_grad(network, images[:1], 1, samples=6).raw[0], wide.raw[0])


@pytest.mark.parametrize("baseline", ["zero", "grey", "mean", "blur"])
def test_integrated_gradients_add_up_on_a_smooth_network(baseline: str) -> None:
    network, images = smooth_network(), random_photos(2, 2, (6, 7)).double()
    found = see.integrated_gradients(network, images, [0, 2], steps=50, baseline=baseline)  # type: ignore[arg-type]
    from seethrough.see.fill import filled

    start = filled(images, baseline)  # type: ignore[arg-type]
    promised = (network(images) - network.scores(start))[torch.arange(2), torch.tensor([0, 2])].detach()
    torch.testing.assert_close(found.values.sum((1, 2)), promised, rtol=1e-6, atol=1e-9)
    assert found.gap is not None and float(found.gap.abs().max()) < 0.01


def test_integrated_gradients_of_a_linear_network_are_its_terms() -> None:
    network, weights, _ = linear_network()
    image = random_photos(1)
    found = see.integrated_gradients(network, image, 2, steps=3)
    torch.testing.assert_close(found.raw, weights[[2]] * image)


def test_integrated_gradients_are_the_mean_slope_along_the_way() -> None:
    network, image = smooth_network(), random_photos(1, 2, (6, 7)).double()
    points = (torch.arange(4000, dtype=torch.float64) + 0.5) / 4000
    slopes = network.score_gradient(points.view(-1, 1, 1, 1) * image, torch.full((4000,), 1))
    expected = image[0] * slopes.mean(0)
    found = see.integrated_gradients(network, image, 1, steps=30)
    torch.testing.assert_close(found.raw[0], expected, rtol=1e-5, atol=1e-8)


def test_integrated_gradients_report_the_gap_that_is_left() -> None:
    network, images = small_cnn(), random_photos(2)
    few = see.integrated_gradients(network, images, 1, steps=1)
    many = see.integrated_gradients(network, images, 1, steps=300)
    assert few.gap is not None and many.gap is not None
    assert float(many.gap.abs().max()) < 0.01 < float(few.gap.abs().max())
    assert "adds up to within" in many.line()


def test_a_map_that_says_nothing_is_warned_of_and_drawn_flat() -> None:
    network, _, _ = linear_network()
    network.module[1].weight.data.zero_()
    with pytest.warns(UserWarning, match=r"see.gradient: the map of image 1 \(class 2 .*\) says nothing"):
        found = see.gradient(network, random_photos(1), 2)
    assert found.flat() == [0] and "says nothing: map 1" in found.line()
    found.figure()


def test_wrong_settings_are_refused() -> None:
    network, images = small_cnn(), random_photos(1)
    for call, words in [
        (lambda: see.smooth_grad(network, images, samples=0), "samples is 0"),
        (lambda: see.integrated_gradients(network, images, steps=0), "steps is 0"),
        (lambda: see.integrated_gradients(network, images, baseline="red"), "fill is 'red'"),
        (lambda: see.gradient(network, images, on="odds"), "on is 'odds'"),
        (lambda: see.gradient(network, images, score=lambda output: torch.zeros(1)), "does not depend on the pixels"),
        (lambda: see.grad_cam(network, images, score=lambda output: torch.zeros(1)), "does not depend on it"),
        (lambda: see.gradient(network, images, unit="conv2:1", on="probability"), "on='probability' is for classes"),
    ]:
        with pytest.raises(UserError, match=words):
            call()
