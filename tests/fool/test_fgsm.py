import pytest
import torch
from torch.nn import functional

from seethrough import fool
from tests.fool.calls import boundaries, exact_cnn, exact_photos, nearest_boundary, straight_network
from tests.nets import linear_network, random_photos


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("seed", range(3))
def test_two_classes_are_flipped_if_and_only_if_eps_is_beyond_the_boundary(norm: str, seed: int) -> None:
    network, photos = straight_network(classes=2, seed=seed), random_photos(4, size=(20, 28), seed=seed)
    far = nearest_boundary(network, photos, norm)
    assert not fool.fgsm(network, photos, eps=far * 0.999, norm=norm).success.any()
    beyond = fool.fgsm(network, photos, eps=far * 1.001, norm=norm)
    assert beyond.success.all()
    torch.testing.assert_close(beyond.linf if norm == "linf" else beyond.l2, far * 1.001, rtol=1e-4, atol=0)


def test_a_network_that_is_sure_is_flipped_at_the_boundary_too() -> None:
    """The slope of the cross-entropy holds the class that is left, also where its probability rounds to 1."""
    network = straight_network(classes=2, sharp=1.0)
    photos = random_photos(6, size=(20, 28))
    leads, _ = boundaries(network, photos)
    assert leads.max() > 17  # beyond what single precision can tell from certainty
    far = nearest_boundary(network, photos, "linf")
    assert fool.fgsm(network, photos, eps=far * 1.001).success.all()
    assert not fool.fgsm(network, photos, eps=far * 0.999).success.any()


@pytest.mark.parametrize("toward", [True, False])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_it_is_the_step_that_autograd_gives(norm: str, toward: bool) -> None:
    network, photos = exact_cnn(), exact_photos(3)
    classes = torch.tensor([4, 0, 1]) if toward else network(photos).argmax(1)
    found = fool.fgsm(network, photos, **({"to": classes.tolist()} if toward else {}), eps=0.05, norm=norm)
    pixels = photos.clone().requires_grad_()
    loss = functional.cross_entropy(network(pixels), classes, reduction="sum") * (-1 if toward else 1)
    (slope,) = torch.autograd.grad(loss, pixels)
    way = slope.sign() if norm == "linf" else slope / slope.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    torch.testing.assert_close(found.images, (photos + 0.05 * way).clamp(0, 1), rtol=0, atol=1e-6)


def test_the_lectures_example_by_hand() -> None:
    """x = (2, -1, 3, ...), score -3; half a step along the signs of the weights makes it 2."""
    x = torch.tensor([2.0, -1, 3, -2, 2, 2, 1, -4, 5, 1])
    w = torch.tensor([-1.0, -1, 1, -1, 1, -1, 1, 1, -1, 1])
    # Pixels are in [0, 1]: x = 20 (pixels - 0.5), and a step of 0.5 is one of 0.025.
    network, _, _ = linear_network(channels=1, size=(1, 10), classes=2)
    network.module[1].weight.data = torch.stack([torch.zeros(10), 20 * w])
    network.module[1].bias.data = torch.tensor([0.0, -10 * float(w.sum())])
    found = fool.fgsm(network, (x / 20 + 0.5).view(1, 1, 1, 10), eps=0.025)
    assert found.goal_before.tolist() == pytest.approx([0.0474], abs=1e-4)
    assert found.goal_after.tolist() == pytest.approx([0.8808], abs=1e-4)
    assert found.success.tolist() == [True]
    moved = (found.images - found.originals).flatten()
    torch.testing.assert_close(moved, 0.025 * w, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["fgsm", "ifgsm", "pgd"])
def test_black_and_white_pixels_move_as_far_as_any_that_have_room(method: str) -> None:
    network, photos = straight_network(classes=2), random_photos(2, size=(20, 28)).round()
    _, ways = boundaries(network, photos)
    expected = (photos - 0.1 * ways[:, 0].sign().view_as(photos)).clamp(0, 1).float()
    known = {} if method == "fgsm" else {"until": "never", "steps": 4}
    known |= {"random_start": False} if method == "pgd" else {}
    found = fool.TABLE[method].load()(network, photos, eps=0.1, loss="margin", **known)
    torch.testing.assert_close(found.images, expected, rtol=0, atol=1e-5)
