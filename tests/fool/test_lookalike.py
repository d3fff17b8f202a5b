import pytest
import torch

from seethrough import fool
from seethrough.errors import UserError
from tests.fool.calls import others, straight_network
from tests.nets import random_photos


def test_it_looks_like_the_photo_and_is_surely_read_as_the_class() -> None:
    network, photos = straight_network(), random_photos(3, size=(20, 28))
    goals = others(network, photos)
    found = fool.lookalike(network, photos, to=goals, sure=0.9, steps=100)
    assert found.success.all() and (found.goal_after >= 0.9).all()
    error = (found.images - photos).square().flatten(1).mean(1)
    noise = 0.1**2 + float((photos - 128 / 255).square().mean())  # of what it began as
    assert (error < 0.03 * noise).all()
    assert len(found.settings["betas"]) == 3 and min(found.settings["betas"]) > 0


def test_the_larger_beta_is_the_more_it_looks_like_it() -> None:
    network, photos = straight_network(), random_photos(2, size=(20, 28))
    goals = others(network, photos)
    loose, tight = (
        fool.lookalike(network, photos, to=goals, beta=beta, sure=0.0, steps=100) for beta in (100.0, 1000.0)
    )
    assert loose.success.all() and (tight.l2 < loose.l2).all()
    assert loose.settings["betas"] == pytest.approx([100, 100])
    assert loose.gradients.tolist() == [100, 100]  # no search for what is given


def test_it_begins_as_noise_whatever_the_photo() -> None:
    network, photos = straight_network(), random_photos(2, size=(20, 28))
    work = fool.lookalike.job(network, photos, to=others(network, photos), rate=1e-9, steps=2, searches=1)
    step = next(work)
    work.close()
    assert step.peek is not None
    begun = step.peek().images
    assert float(begun.mean()) == pytest.approx(128 / 255, abs=0.01)
    assert float(begun.std()) == pytest.approx(0.1, abs=0.005)
    assert not torch.equal(begun[0], begun[1])


def test_a_beta_is_more_than_nothing() -> None:
    with pytest.raises(UserError, match=r"beta is 0\.0"):
        fool.lookalike(straight_network(), random_photos(1, size=(20, 28)), to=1, beta=0.0)
