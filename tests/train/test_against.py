import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.train.against import Against, Scores, against_named
from tests.nets import linear_network, random_photos, small_cnn

LABELS = torch.tensor([0, 3, 1])


def attack(kind: str, eps: float = 0.1, steps: int = 5, step: float | None = None) -> Against:
    found = against_named(kind, eps, steps, step)
    assert found is not None
    return found


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def slope_of_a_linear_network(weights: Tensor, bias: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """Return d cross entropy / d pixels by hand: sum over classes of (probability - truth) times the class's weights."""
    scores = torch.einsum("bchw,kchw->bk", images, weights) + bias
    return torch.einsum("bk,kchw->bchw", scores.softmax(1) - functional.one_hot(labels, len(bias)), weights)


@pytest.mark.parametrize("eps", [0.05, 0.4])
def test_fgsm_on_a_linear_network_is_eps_along_the_sign_of_its_slope_cut_to_pixels(eps: float) -> None:
    network, weights, bias = linear_network(size=(4, 6))
    images = random_photos(3, size=(4, 6))
    slope = slope_of_a_linear_network(weights, bias, images, LABELS)
    found = attack("fgsm", eps)(network.scores, images, LABELS, stream())
    torch.testing.assert_close(found, (images + eps * slope.sign()).clamp(0, 1))


def test_the_fast_variant_goes_one_and_a_quarter_eps_from_a_random_start_and_back_into_the_ball() -> None:
    network, weights, bias = linear_network(size=(4, 6))
    images, eps = random_photos(3, size=(4, 6)), 0.06
    start = (torch.rand(images.shape, generator=stream(5)) * 2 - 1) * eps
    slope = slope_of_a_linear_network(weights, bias, images + start, LABELS)
    by_hand = images + (start + 1.25 * eps * slope.sign()).clamp(-eps, eps)
    found = attack("fast", eps)(network.scores, images, LABELS, stream(5))
    torch.testing.assert_close(found, by_hand)
    moved = (found - images).abs()
    assert bool((moved < eps * 0.999).any()), "a start far on the other side does not reach the edge"


def test_pgd_takes_so_many_steps_of_two_and_a_half_eps_in_all_unless_told() -> None:
    assert attack("pgd", 0.3, 40) == Against(0.3, 40, 2.5 * 0.3 / 40, random=True, clean=0.0)
    assert attack("pgd", 0.3, 40, 0.01).step == 0.01
    assert attack("fgsm", 0.3) == Against(0.3, 1, 0.3, random=False, clean=0.5)
    assert attack("fast", 0.2, 40) == Against(0.2, 1, 0.25, random=True, clean=0.0)
    seen = []

    def scores(pixels: Tensor) -> Tensor:
        seen.append(pixels.detach())
        return pixels.flatten(1)

    attack("pgd", 0.3, 7)(scores, torch.full((2, 1, 1, 2), 0.5), torch.tensor([0, 1]), stream())
    assert len(seen) == 7 and bool((seen[0] != 0.5).all())


@pytest.mark.parametrize("kind", ["fgsm", "fast", "pgd"])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_stay_in_the_ball_and_in_range_and_the_loss_rises(kind: str, channels: int) -> None:
    network = small_cnn(channels)
    images = torch.rand(3, channels, 40, 56, generator=stream(3)).round(decimals=1)  # black and white ones among them
    eps = 0.03
    found = attack(kind, eps)(network.scores, images, LABELS, stream())
    assert float((found - images).abs().max()) <= eps + 1e-6
    assert float(found.min()) >= 0 and float(found.max()) <= 1
    before, after = (functional.cross_entropy(network.scores(pixels), LABELS) for pixels in (images, found))
    assert float(after) > float(before) + 0.01
    assert not found.requires_grad


def test_more_steps_find_a_greater_loss() -> None:
    network, images = small_cnn(), random_photos(3)
    losses = [
        float(
            functional.cross_entropy(
                network.scores(attack("pgd", 0.05, steps)(network.scores, images, LABELS, stream())), LABELS
            )
        )
        for steps in (1, 20)
    ]
    assert losses[1] > losses[0]


@pytest.mark.parametrize("kind", ["fgsm", "fast", "pgd"])
def test_reach_shrinks_eps_and_step_alike(kind: str) -> None:
    network, images = small_cnn(), random_photos(3)
    half = attack(kind, 0.08)(network.scores, images, LABELS, stream(), 0.5)
    torch.testing.assert_close(half, attack(kind, 0.04)(network.scores, images, LABELS, stream()))


def test_no_gradient_reaches_the_weights() -> None:
    network, images = small_cnn(), random_photos(3)
    scores: Scores = lambda pixels: network.module(network.normalised(pixels))  # noqa: E731
    attack("pgd")(scores, images, LABELS, stream())
    assert all(weight.requires_grad and weight.grad is None for weight in network.module.parameters())
    assert images.grad is None and not images.requires_grad


def test_none_is_no_attack_and_what_is_missing_is_said() -> None:
    assert against_named("none", None, 10, None) is None
    with pytest.raises(UserError, match=r"eps is None; training against pgd takes how far a pixel may go, such as 0.3"):
        against_named("pgd", None, 10, None)
    for eps in (0.0, -0.1, 1.5, float("nan")):
        with pytest.raises(UserError, match=r"eps is "):
            against_named("fgsm", eps, 10, None)
    with pytest.raises(UserError, match=r"against is 'cw'; it takes none \| fgsm \| fast \| pgd"):
        against_named("cw", 0.1, 10, None)
