import pytest
import torch

from seethrough.dream.brush import chosen_layers, in_shape, shares
from seethrough.errors import UserError
from tests.dream.test_deepdream import fixed
from tests.nets import random_photos, small_cnn

LAYERS = ("relu", "relu#2")


def test_shares_are_read_from_text_and_add_up() -> None:
    assert shares("3,1", 2) == (0.75, 0.25) and shares(None, 4) == (0.25,) * 4 and shares([2.0], 1) == (1.0,)
    for bad in ("1", "1,x", "0,0", "-1,2", "inf,1", [1.0, 2.0, 3.0]):
        with pytest.raises(UserError, match="a number for each of the styles, 2"):
            shares(bad, 2)


def test_photos_are_read_at_their_own_size_where_the_network_takes_it() -> None:
    found = in_shape(small_cnn(), [random_photos(1, size=(30, 70))[0]], 60, LAYERS, "images")
    assert found[0].shape == (1, 3, 26, 60)


def test_photos_of_a_network_of_one_size_are_framed_with_a_word() -> None:
    right, large = random_photos(1)[0], random_photos(1, size=(80, 90))[0]
    with pytest.warns(UserWarning, match="fixed takes 40 x 56 pixels alone: styles are cropped to that"):
        found = in_shape(fixed(), [right, large], 90, ["act"], "styles")
    assert torch.equal(found[0][0], right) and torch.equal(found[1], fixed().frame(large))


def test_layers_are_read_from_text_or_default() -> None:
    network = small_cnn()
    assert chosen_layers(network, None, LAYERS) == LAYERS
    assert chosen_layers(network, "conv2, relu,conv2", LAYERS) == ("conv2", "relu")
    assert chosen_layers(network, ["pool"], LAYERS) == ("pool",)
    with pytest.raises(UserError, match="closest: relu"):
        chosen_layers(network, "rely", LAYERS)
