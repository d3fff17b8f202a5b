from itertools import pairwise

import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.images import photo
from seethrough.jobs import run
from tests.fool.calls import exact_cnn, exact_photos, straight_network
from tests.nets import random_photos


def test_every_step_has_the_length_that_was_given() -> None:
    network, photos = exact_cnn(), exact_photos(2)
    seen = [photos]
    work = fool.toward.job(network, photos, to=network(photos).argmin(1).tolist(), step=0.3, steps=4, until="never")
    found = run(work, lambda step: seen.append(step.peek().images) and None)
    for before, after in pairwise(seen):
        long = (after - before).flatten(1).norm(dim=1)
        torch.testing.assert_close(long, torch.full((2,), 0.3, dtype=torch.float64), rtol=1e-9, atol=0)
    assert found.steps.tolist() == [4, 4]


def test_a_step_goes_up_the_slope_of_the_classs_own_score() -> None:
    network, photos = exact_cnn(), exact_photos(2)
    goals = network(photos).argmin(1)
    work = fool.toward.job(network, photos, to=goals.tolist(), step=0.3, steps=1, until="never")
    step = next(work)
    work.close()
    slope = network.score_gradient(photos, goals)
    expected = photos + 0.3 * slope / slope.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    torch.testing.assert_close(step.peek().images, expected, rtol=0, atol=1e-12)


def test_the_steps_of_a_linear_network_are_as_many_as_its_scores_need() -> None:
    network, photos = straight_network(classes=2), random_photos(4, size=(20, 28))
    read = network(photos).argmax(1)
    found = fool.toward(network, photos, to=(1 - read).tolist(), step=0.02)
    scores, weights = network(photos).detach(), network.module[1].weight.detach()
    for row, own in enumerate(read.tolist()):
        ascent = weights[1 - own] / weights[1 - own].norm()
        gain = 0.02 * float(ascent @ (weights[1 - own] - weights[own]))
        lead = float(scores[row, own] - scores[row, 1 - own])
        assert int(found.steps[row]) == int(lead / gain) + 2  # the last look is counted, which finds it done
        assert float(found.l2[row]) == pytest.approx(0.02 * (int(lead / gain) + 1), rel=1e-3)


def test_it_leaves_at_the_top_or_goes_on_to_a_probability() -> None:
    network, photos = straight_network(), random_photos(3, size=(20, 28))
    goals = network(photos).argsort(1)[:, -2].tolist()  # the second guess begins high
    far = network(photos).argmin(1).tolist()  # the last begins low
    top, sure = (fool.toward(network, photos, to=goals, step=0.05, until=until) for until in ("top", 0.98))
    assert top.success.all() and sure.success.all()
    assert (sure.goal_after >= 0.98).all() and (sure.l2 > top.l2).all() and (sure.steps > top.steps).all()
    low = fool.toward(network, photos, to=far, step=0.05, until=0.98)
    assert (low.goal_before < sure.goal_before).all() and (low.goal_after >= 0.98).all()
    assert (low.steps > sure.steps).all()


def test_without_a_class_the_photos_own_is_left() -> None:
    network, photos = straight_network(), random_photos(2, size=(20, 28))
    found = fool.toward(network, photos, step=0.05)
    assert found.success.all() and found.goals[0].startswith("away from")


def test_a_cup_of_coffee_becomes_a_goldfish_by_little_change() -> None:
    network = seethrough.load()
    found = fool.toward(network, network.frame(photo("coffee")), to="goldfish", step=0.5, steps=20)
    assert found.success.all() and found.after[0].label == "goldfish"
    assert 0 < float(found.l2) <= 0.5 * int(found.steps) and float(found.linf) < 0.2


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan")])
def test_a_step_is_longer_than_nothing(step: float) -> None:
    with pytest.raises(UserError, match="step is"):
        fool.toward(straight_network(), random_photos(1, size=(20, 28)), step=step)
