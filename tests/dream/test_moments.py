import numpy as np
import torch
from torch import Tensor

from seethrough.ascent.wish import Reading, Wish, alone
from seethrough.dream.moments import content_cost, gram, moments, roughness_cost, style_cost
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn

LAYERS = ("relu", "relu#2")


def read(network: Network, cost: Wish, pictures: Tensor) -> Tensor:
    with torch.no_grad():
        found = network.run(pictures, cost.layers)[1]
        return cost.read(Reading(pictures, torch.arange(len(pictures)), 1, found, None))


def test_a_gram_matrix_by_hand() -> None:
    # Two channels of two places: (1, 2) and (0, 4).
    found = gram(torch.tensor([[[[1.0, 2.0]], [[0.0, 4.0]]]]))
    assert found.tolist() == [[[2.5, 4.0], [4.0, 8.0]]]


def test_gram_matrices_are_those_of_numpy_whatever_the_shape() -> None:
    maps = torch.randn(2, 5, 7, 11, dtype=torch.float64)
    for place in range(2):
        flat = maps[place].numpy().reshape(5, -1)
        np.testing.assert_allclose(gram(maps)[place].numpy(), flat @ flat.T / flat.shape[1], atol=1e-12)


def test_where_things_are_does_not_matter_to_a_gram_matrix() -> None:
    maps = torch.randn(1, 4, 6, 10, dtype=torch.float64)
    mixed = maps.flatten(2)[..., torch.randperm(60)].view_as(maps)
    torch.testing.assert_close(gram(mixed), gram(maps))


def test_the_cost_of_a_style_is_its_formula_in_numpy() -> None:
    network, painting, photos = small_cnn(), random_photos(1, size=(48, 40), seed=1), random_photos(2)
    other = random_photos(1, size=(30, 64), seed=2)
    cost = style_cost(network, [moments(network, one, LAYERS) for one in (painting, other)], (0.75, 0.25), LAYERS)
    expected = np.zeros(2)
    for style, weight in ((painting, 0.75), (other, 0.25)):
        for layer in LAYERS:
            with torch.no_grad():
                own = network.read(style, layer)[layer][0].double().numpy()
                seen = network.read(photos, layer)[layer].double().numpy()
            # The outermost cells see the zeros around the picture.
            own, seen = own[:, 1:-1, 1:-1], seen[:, :, 1:-1, 1:-1]
            rms = np.sqrt((own**2).mean((1, 2)))
            scale = (rms + rms.mean())[:, None]
            own = own.reshape(len(own), -1) / scale
            wanted = own @ own.T / own.shape[1]
            for place in range(2):
                flat = seen[place].reshape(len(scale), -1) / scale
                apart = flat @ flat.T / flat.shape[1] - wanted
                expected[place] += weight / 2 * (apart**2).sum() / (wanted**2).sum()
    np.testing.assert_allclose(read(network, cost, photos).numpy(), expected, rtol=1e-4)
    assert (expected > 0.01).all()


def test_a_picture_has_its_own_style_and_its_own_content() -> None:
    network, photo = small_cnn(), random_photos(1)
    assert float(read(network, style_cost(network, [moments(network, photo, LAYERS)], (1.0,), LAYERS), photo)) < 1e-10
    assert float(read(network, content_cost(network, photo, LAYERS), photo)) == 0


def test_the_cost_of_content_is_the_squared_error_as_a_share() -> None:
    network, photo, others = small_cnn(), random_photos(1), random_photos(2, seed=3)
    with torch.no_grad():
        wanted, seen = network.read(photo, "relu#2")["relu#2"], network.read(others, "relu#2")["relu#2"]
    expected = (seen - wanted).square().sum((1, 2, 3)) / wanted.square().sum()
    torch.testing.assert_close(read(network, content_cost(network, photo, ("relu#2",)), others), expected)


def test_a_channel_that_is_silent_in_the_painting_weighs_no_more_than_the_others() -> None:
    network = small_cnn()
    with torch.no_grad():
        network.module.norm.bias[0] = -100.0  # channel 0 is always silent
    found = moments(network, random_photos(1), ("relu",))
    scale = found.scales["relu"].flatten()
    assert float(scale[0]) >= float(scale.mean()) * 0.4
    # rms_c + mean rms, so that the mean of the scales is twice that of the rms.
    maps = network.read(random_photos(1), "relu")["relu"][..., 1:-1, 1:-1]
    torch.testing.assert_close(scale.mean(), 2 * maps.square().mean((2, 3)).sqrt().mean())


def test_a_flat_style_and_a_blind_layer_give_numbers() -> None:
    network, black = small_cnn(), torch.zeros(1, 3, 40, 56)
    with torch.no_grad():
        network.module.norm.weight.zero_()
        network.module.norm.bias.fill_(-1.0)
    cost = style_cost(network, [moments(network, black, ("relu",))], (1.0,), ("relu",)) + roughness_cost([black])
    assert bool(read(network, cost, random_photos(1)).isfinite().all())


def test_roughness_is_1_for_the_pictures_it_is_measured_by() -> None:
    first = random_photos(1)
    torch.testing.assert_close(roughness_cost([first]).read(alone(first)), torch.ones(1))
    # Twice the contrast is four times the variation, whatever the size.
    tiled = (first * 0.5).repeat(1, 1, 2, 1)
    assert abs(float(roughness_cost([first]).read(alone(tiled))) - 0.25) < 0.01
