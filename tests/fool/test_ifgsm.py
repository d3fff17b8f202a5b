import pytest
import torch
from torch.nn import functional

from seethrough import fool
from seethrough.errors import UserError
from tests.fool.calls import exact_cnn, exact_photos, nearest_boundary, straight_network
from tests.nets import random_photos


def test_its_steps_are_those_of_autograd_cut_to_eps() -> None:
    network, photos = exact_cnn(), exact_photos(2)
    eps, step = 3 / 255, 2 / 255
    found = fool.ifgsm(network, photos, to=[4, 0], eps="3/255", step="2/255", steps=3, until="never")
    here = photos.clone()
    for _ in range(3):
        asked = here.clone().requires_grad_()
        loss = -functional.cross_entropy(network(asked), torch.tensor([4, 0]), reduction="sum")
        (slope,) = torch.autograd.grad(loss, asked)
        moved = (here + step * slope.sign() - photos).clamp(-eps, eps)
        here = (photos + moved).clamp(0, 1)
    torch.testing.assert_close(found.images, here, rtol=0, atol=1e-7)


def test_it_is_pgd_without_chance() -> None:
    network, photos = exact_cnn(), exact_photos(2)
    found = fool.ifgsm(network, photos, to=4, steps=5)
    expected = fool.pgd(network, photos, to=4, steps=5, random_start=False)
    assert torch.equal(found.images, expected.images)
    assert torch.equal(found.images, fool.ifgsm(network, photos, to=4, steps=5, seed=9).images)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_just_beyond_the_boundary_it_succeeds_and_just_before_it_fails(norm: str) -> None:
    network, photos = straight_network(classes=2), random_photos(3, size=(20, 28))
    far = nearest_boundary(network, photos, norm)
    assert fool.ifgsm(network, photos, eps=far * 1.01, norm=norm).success.all()
    assert not fool.ifgsm(network, photos, eps=far * 0.99, norm=norm).success.any()


def test_a_step_is_one_number() -> None:
    with pytest.raises(UserError, match="step is a list; it takes one number"):
        fool.ifgsm(straight_network(), random_photos(1, size=(20, 28)), step=[0.1, 0.2])
    with pytest.raises(UserError, match="step is '-1/255'"):
        fool.ifgsm(straight_network(), random_photos(1, size=(20, 28)), step="-1/255")
