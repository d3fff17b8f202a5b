import math

import pytest
import torch

from seethrough.errors import UserError
from seethrough.fool.aim import Aim, aim_at, ending, loss_named
from tests.fool.calls import straight_network

SCORES = torch.tensor([[1.0, 4.0, 2.0, 0.5]])
SUM = math.e + math.e**4 + math.e**2 + math.e**0.5


def aim(index: int, toward: bool) -> Aim:
    return Aim(torch.tensor([index]), toward)


def test_margins_and_dlr_of_four_scores_by_hand() -> None:
    leaving, coming, there = aim(1, False), aim(2, True), aim(1, True)
    assert leaving.margin(SCORES).tolist() == [-2] and coming.margin(SCORES).tolist() == [-2]
    assert there.margin(SCORES).tolist() == [2]
    # Away: over the first minus the third, 4 - 1. Toward: over the first minus the mean of the third and fourth, 4 - 0.75.
    assert leaving.loss(SCORES, "dlr").tolist() == pytest.approx([-2 / 3])
    assert coming.loss(SCORES, "dlr").tolist() == pytest.approx([-2 / 3.25])
    assert there.loss(SCORES, "dlr").tolist() == pytest.approx([2 / 3.25])
    assert leaving.loss(SCORES, "margin").tolist() == [-2]


def test_dlr_does_not_depend_on_how_large_scores_are_and_of_few_classes_it_is_the_margin() -> None:
    for one in (aim(1, False), aim(2, True)):
        torch.testing.assert_close(one.loss(SCORES, "dlr"), one.loss(100 * SCORES + 7, "dlr"))
        assert one.loss(SCORES[:, :3], "dlr").tolist() == pytest.approx([-2.0 if one.toward else -2 / 3])
    assert aim(1, False).loss(SCORES[:, :2], "dlr").tolist() == [-3]
    assert aim(0, True).loss(SCORES[:, :2], "dlr").tolist() == [-3]
    same = torch.full((1, 4), 2.0)
    assert aim(1, False).loss(same, "dlr").isfinite().all()


def test_cross_entropy_and_score_climb_toward_a_class_and_away_from_it() -> None:
    logged = 2 - math.log(SUM)
    assert aim(2, True).loss(SCORES, "ce").tolist() == pytest.approx([logged])
    assert aim(2, False).loss(SCORES, "ce").tolist() == pytest.approx([-logged])
    assert aim(2, True).loss(SCORES, "logit").tolist() == [2] and aim(2, False).loss(SCORES, "logit").tolist() == [-2]


def test_the_probability_is_that_of_what_is_wanted() -> None:
    there, gone = math.e**2 / SUM, 1 - math.e**2 / SUM
    for one, expected in ((aim(2, True), there), (aim(2, False), gone)):
        assert one.probability(SCORES).tolist() == pytest.approx([expected], rel=1e-5)
        assert one.log_probability(SCORES).tolist() == pytest.approx([math.log(expected)], rel=1e-5)


def test_the_slope_of_the_cross_entropy_holds_the_class_itself_where_the_network_is_sure() -> None:
    scores = torch.tensor([[30.0, 0.0, 0.0]], requires_grad=True)
    (slope,) = torch.autograd.grad(aim(0, False).loss(scores, "ce").sum(), scores)
    small = math.exp(-30)
    assert slope.flatten().tolist() == pytest.approx([-2 * small, small, small], rel=1e-3)
    (slope,) = torch.autograd.grad(aim(0, False).log_probability(scores).sum(), scores)
    assert slope.flatten().tolist() == pytest.approx([-1, 0.5, 0.5], rel=1e-3)


def test_an_image_is_there_when_it_is_read_so_and_surely_so_past_another_batchs_rounding() -> None:
    scores = torch.tensor([[1.0, 4.0], [4.0, 1.0], [1000.0, 1000.001]])
    toward, away = Aim(torch.ones(3, dtype=torch.long), True), Aim(torch.zeros(3, dtype=torch.long), False)
    for one in (toward, away):
        assert one.reached(scores).tolist() == [True, False, True]
        assert one.surely(scores).tolist() == [True, False, False]
    assert toward.of(torch.tensor([2, 0])).reached(scores[[2, 0]]).tolist() == [True, True]


def test_goals_are_said_by_arguments() -> None:
    network, read = straight_network(), torch.tensor([3, 1])
    assert aim_at(network, read, away=True).classes.tolist() == [3, 1]
    assert not aim_at(network, read).toward and aim_at(network, read).classes.tolist() == [3, 1]
    assert aim_at(network, read, classes=[2, 2]).classes.tolist() == [2, 2]
    there = aim_at(network, read, to=["class 4", 0])
    assert there.toward and there.classes.tolist() == [4, 0]
    assert aim_at(network, read, to=3).toward  # it is read so already; that it shows it nobody said
    for wrong, words in (
        ({"to": 1, "away": True}, "give one of the two"),
        ({"away": False}, "name the class"),
        ({"classes": 2, "to": 2}, "to is 'class 2', which is what the photo shows"),
    ):
        with pytest.raises(UserError, match=words):
            aim_at(network, read, **wrong)


def test_an_end_is_the_top_never_or_a_probability() -> None:
    assert [ending(one) for one in ("top", "never", "0.5", 0.98)] == ["top", "never", 0.5, 0.98]
    for wrong in ("soon", 0, 1, "1.5", -0.1, float("nan")):
        with pytest.raises(UserError, match="takes top, never, or a probability between 0 and 1"):
            ending(wrong)
    assert loss_named("dlr") == "dlr"
    with pytest.raises(UserError, match=r"loss is 'mse'; it takes ce \| margin \| dlr \| logit"):
        loss_named("mse")
