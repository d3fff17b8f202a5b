import pytest
import torch

from seethrough.dream.moments import gram
from seethrough.dream.texture import texture
from seethrough.errors import UserError
from seethrough.jobs import run
from tests.dream.test_style import painting
from tests.nets import random_photos, small_cnn


def test_noise_gets_the_moments_of_the_picture() -> None:
    network = small_cnn()
    found = texture(network, painting(), steps=150, tv=0.0)
    assert found.contents == () and found.content_cost is None
    assert float(found.style_cost) < 0.03 * float(found.style_before)
    own = network.read(painting()[None], "relu")["relu"]
    made = network.read(found.pictures[0][None], "relu")["relu"]
    own, made = gram(own[..., 1:-1, 1:-1]), gram(made[..., 1:-1, 1:-1])
    assert float((made - own).norm() / own.norm()) < 0.15


def test_it_is_not_the_picture_itself() -> None:
    found = texture(small_cnn(), painting(), steps=60)
    together = torch.stack([found.pictures[0].flatten(), found.styles[0].flatten()])
    assert found.pictures[0].shape == painting().shape
    assert abs(float(together.corrcoef()[0, 1])) < 0.9


def test_it_is_as_large_as_the_first_picture_up_to_the_longest_side() -> None:
    found = texture(small_cnn(), [random_photos(1, size=(40, 80))[0], painting()], steps=2, size=60)
    assert found.pictures[0].shape == (3, 30, 60) and found.weights == (0.5, 0.5)


def test_the_seed_alone_decides() -> None:
    first, again = (texture(small_cnn(), painting(), steps=3, seed=5) for _ in range(2))
    assert first == again
    assert not torch.equal(texture(small_cnn(), painting(), steps=3, seed=6).pictures[0], first.pictures[0])


def test_it_can_be_stopped() -> None:
    found = run(texture.job(small_cnn(), painting(), steps=50), lambda step: step.done == 7)
    assert found.trace.shape == (1, 7)


def test_without_a_picture_there_is_no_texture() -> None:
    with pytest.raises(UserError, match="styles: none given"):
        texture(small_cnn(), [])
