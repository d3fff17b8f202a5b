import pytest
import torch
from torch import Tensor, nn

from seethrough.ascent.prior import alpha_norm, tv
from seethrough.ascent.wish import Reading, alone
from seethrough.dream.code import as_the_photo, code
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def reading(images: Tensor, output: Tensor, views: int = 1) -> Reading:
    return Reading(images, torch.arange(len(images)), views, {"1": output}, None)


def test_misfit_and_likeness_are_what_one_computes_by_hand() -> None:
    eye = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    eye[1].weight.data = torch.eye(2)
    network = Network(eye, size=(1, 2), channels=1)
    photos = torch.tensor([[[[0.6, 0.8]]], [[[0.0, 0.5]]]])
    own = code(network, photos, "1")
    # The code is the pixels: squared lengths 1 and 0.25.
    torch.testing.assert_close(own.size, torch.tensor([1.0, 0.25]))
    seen = reading(photos, torch.tensor([[0.0, 0.8], [0.5, 1.0]]))
    torch.testing.assert_close(own.misfit().read(seen), torch.tensor([0.36, 2.0]))
    torch.testing.assert_close(own.likeness().read(seen), torch.tensor([0.64, 2.0]))


def test_several_views_of_an_image_count_by_their_mean() -> None:
    network = linear_network()[0]
    photos = random_photos(2)
    own = code(network, photos, "1")
    outputs = torch.cat([own.numbers[:1], 3 * own.numbers[:1], own.numbers[1:], own.numbers[1:]])
    torch.testing.assert_close(own.likeness().read(reading(photos, outputs, 2)), torch.tensor([2.0, 1.0]))
    torch.testing.assert_close(own.misfit().read(reading(photos, outputs, 2)), torch.tensor([2.0, 0.0]))


@pytest.mark.parametrize("layer", ["conv1", "relu#2", "head"])
def test_the_photo_has_its_own_code(layer: str) -> None:
    network, photos = small_cnn(), random_photos(2)
    own = code(network, photos, layer)
    read = Reading(photos, torch.arange(2), 1, network.read(photos, layer), None)
    torch.testing.assert_close(own.misfit().read(read), torch.zeros(2))
    torch.testing.assert_close(own.likeness().read(read), torch.ones(2))


def test_a_code_of_zeros_is_divided_by_one() -> None:
    dead = Network(nn.Sequential(nn.Flatten(), nn.Linear(6, 3)), size=(1, 2))
    dead.module[1].weight.data.zero_()
    dead.module[1].bias.data.zero_()
    own = code(dead, torch.rand(1, 3, 1, 2), "1")
    assert own.misfit().read(reading(torch.rand(1, 3, 1, 2), torch.tensor([[1.0, 2.0, 0.0]]))).tolist() == [5.0]


@pytest.mark.parametrize("prior", [tv(1), tv(2), alpha_norm(about=0.5)])
def test_a_prior_of_the_photo_itself_is_one_and_of_a_flat_photo_stays_as_it_is(prior) -> None:  # type: ignore[no-untyped-def]
    photos = random_photos(3)
    shared = as_the_photo(prior, photos)
    torch.testing.assert_close(shared.read(alone(photos)), torch.ones(3))
    some = Reading(photos[[2, 0]] * 0.5, torch.tensor([2, 0]), 1, {}, None)
    own = prior.read(alone(photos))[[2, 0]]
    torch.testing.assert_close(shared.read(some), prior.read(alone(photos[[2, 0]] * 0.5)) / own)
    flat = as_the_photo(prior, torch.full((1, 3, 8, 8), 0.5))
    other = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(flat.read(alone(other)), prior.read(alone(other)))


def test_photos_of_another_size_are_refused() -> None:
    with pytest.raises(UserError, match=r"images is 20 x 28; small-cnn takes 40 x 56: use network.frame"):
        code(small_cnn(), random_photos(1, size=(20, 28)), "conv1")
