from pathlib import Path

import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.noise_for_class import by_spread
from seethrough.jobs import JobFunction
from seethrough.networks.network import Network
from tests.fool.calls import Same, exact_cnn, exact_photos, straight_network
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def test_every_class_has_a_noise_that_makes_its_own_image_read_so() -> None:
    network, photos = straight_network(), random_photos(4, size=(20, 28))
    found = fool.noise_for_class(network, photos, classes=[3, 1, 0, 2], until=0.9)
    assert isinstance(fool.noise_for_class, JobFunction) and found.method == "fool.noise_for_class"
    assert found.noises.shape == (5, 3, 20, 28) and found.classes == tuple(f"class {index}" for index in range(5))
    assert torch.equal(found.learned_on, photos[:1]) and torch.equal(found.images, photos)
    assert [guess.index for guess in found.learned] == [0, 1, 2, 3, 4] and (found.probabilities >= 0.9).all()
    assert found.true == ("class 3", "class 1", "class 0", "class 2")
    # What is said of every noise on every photo is what the network says.
    assert [guess.index for guess in found.before] == network(photos).argmax(1).tolist()
    for noise, row in zip(found.noises, found.after, strict=True):
        scores = network((photos + noise).clamp(0, 1)).detach().softmax(1)
        assert [guess.index for guess in row] == scores.argmax(1).tolist()
        assert [guess.probability for guess in row] == pytest.approx(scores.amax(1).tolist(), abs=1e-5)
    own = (photos[:1] + found.noises).clamp(0, 1)
    torch.testing.assert_close(network(own).detach().softmax(1).diagonal(), found.probabilities, rtol=1e-4, atol=1e-5)


def test_a_step_has_the_spread_that_was_given_and_goes_up_the_logit() -> None:
    network, photos = exact_cnn(), exact_photos(1)
    goal = int(network(photos).argmin(1))
    found = fool.noise_for_class(network, photos, to=goal, step="2/255", steps=1)
    slope = network.score_gradient(photos, torch.tensor([goal]))
    torch.testing.assert_close(found.noises, 2 / 255 * slope / slope.std(), rtol=1e-4, atol=1e-9)
    assert float(found.noises.std()) == pytest.approx(2 / 255, rel=1e-4)


def test_the_spread_of_nothing_divides_nothing() -> None:
    rows = torch.tensor([[3.0, -3.0], [0.0, 0.0]])
    moved = by_spread(0.5)(torch.zeros(2, 2), torch.zeros(2), rows, {})
    # The standard deviation of 3 and -3 is 4.2426.
    torch.testing.assert_close(moved, torch.tensor([[0.353553, -0.353553], [0.0, 0.0]]))


def test_no_pixel_moves_by_more_than_eps_and_another_image_may_be_learned_on() -> None:
    network, photos = straight_network(), random_photos(2, size=(20, 28))
    other = random_photos(1, size=(20, 28), seed=5)
    found = fool.noise_for_class(network, photos, to=[1, 2], learn_on=other, eps="1/255", steps=5, until="never")
    assert torch.equal(found.learned_on, other)
    assert found.noises.double().abs().max() <= 1 / 255 * (1 + 1e-6)
    assert found.settings["eps"] == ("1/255",) and found.trace.shape == (2, 5)


@pytest.mark.parametrize("channels", [1, 3])
def test_it_leaves_nothing_behind_and_is_saved_and_drawn(channels: int, tmp_path: Path) -> None:
    network, photos = small_cnn(channels, size=(24, 33)), random_photos(3, channels, size=(24, 33))
    before, state, copy = snapshot(network), torch.random.get_rng_state(), photos.clone()
    with torch.inference_mode():
        found = fool.noise_for_class(network, photos, to=[1, 4], steps=3)
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state) and torch.equal(photos, copy)
    found.save(tmp_path / "found.safetensors")
    assert seethrough.load_result(tmp_path / "found.safetensors") == found
    assert found.save(tmp_path / "found.png").stat().st_size > 5_000
    assert fool.noise_for_class(network, photos, to=[1, 4], steps=3) == found


def test_a_batch_of_any_size_and_a_job_that_is_stopped_are_right() -> None:
    network, photos = exact_cnn(), exact_photos(3)
    one, all_ = (fool.noise_for_class(network, photos, to="all", steps=3, batch=batch) for batch in (1, 5))
    torch.testing.assert_close(one.noises, all_.noises, rtol=0, atol=1e-12)
    work = fool.noise_for_class.job(network, photos, steps=5)
    next(work)
    with pytest.raises(StopIteration) as end:
        work.send(True)
    assert end.value.value.noises.shape == (5, 3, 40, 56) and end.value.value.trace.shape[1] == 1


def test_what_no_noise_can_mislead_is_said_so() -> None:
    network = Network(Same([1.0, 0.0]), size=(6, 8), name="same")
    found = fool.noise_for_class(network, random_photos(2, size=(6, 8)), to=1, steps=3)
    assert not found.noises.any() and found.taken(0) == 0 and "0 of 1 noises" in found.line()


def test_wrong_goals_are_refused_in_one_line() -> None:
    network, photos = straight_network(), random_photos(2, size=(20, 28))
    many, _, _ = linear_network(1, (2, 3), 101)
    for call, words in (
        (lambda: fool.noise_for_class(network, photos, learn_on=photos), "learn_on holds 2 images; it takes one"),
        (lambda: fool.noise_for_class(many, random_photos(1, 1, (2, 3))), "to names 101 classes of linear"),
        (lambda: fool.noise_for_class(network, photos, step="-1"), "step is '-1'"),
        (lambda: fool.noise_for_class(network, photos, classes=[1, 2, 3]), "3 given for 2 images"),
    ):
        with pytest.raises(UserError, match=words):
            call()
