import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.apgd import _checked, checkpoints
from seethrough.fool.bounded import bounds, random_in
from seethrough.fool.case import open_case
from tests.fool.calls import exact_cnn, exact_photos, nearest_boundary, straight_network
from tests.nets import random_photos


def test_the_step_is_judged_ever_more_often_by_hand_computed_steps() -> None:
    assert sorted(checkpoints(100)) == [22, 41, 57, 70, 80, 87, 93, 99]
    assert sorted(checkpoints(10)) == [3, 5, 6, 7, 8, 9, 10]


def test_steps_are_halved_where_too_few_gained_or_nothing_did() -> None:
    """Of 22 steps 17 gained, then 16, then 17 without a higher best since the last judgement."""
    numbers = torch.arange(3.0).view(3, 1, 1, 1)
    at = {
        "here": numbers, "before": numbers - 1, "top": numbers + 10, "top_slope": numbers + 20,
        "top_value": torch.tensor([2.0, 2.0, 1.0]), "top_then": torch.tensor([1.0, 1.0, 1.0]),
        "pace": torch.full((3,), 0.5), "pace_then": torch.tensor([0.5, 0.5, 0.5]),
        "gains": torch.tensor([17.0, 16.0, 17.0]),
    }  # fmt: skip
    slope = _checked(at, numbers + 30, 22)
    assert at["pace"].tolist() == [0.5, 0.25, 0.25]
    assert at["here"].flatten().tolist() == [0, 11, 12] and at["before"].flatten().tolist() == [-1, 11, 12]
    assert slope.flatten().tolist() == [30, 21, 22]
    assert at["gains"].tolist() == [0, 0, 0] and at["top_then"].tolist() == [2, 2, 1]
    assert at["pace_then"].tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("loss", ["ce", "dlr"])
def test_just_beyond_the_boundary_it_succeeds_and_just_before_it_fails(norm: str, loss: str) -> None:
    network, photos = straight_network(classes=2), random_photos(3, size=(20, 28))
    far = nearest_boundary(network, photos, norm)
    assert fool.apgd(network, photos, eps=far * 1.01, norm=norm, loss=loss).success.all()
    assert not fool.apgd(network, photos, eps=far * 0.99, norm=norm, loss=loss).success.any()


def autopgd(network: object, photo: Tensor, goal: int, eps: float, steps: int, start: Tensor) -> Tensor:
    """Auto-PGD in linf for one image, written down once more from the paper; return the place of the highest loss."""

    def seen(pixels: Tensor) -> tuple[float, Tensor]:
        asked = pixels.clone().requires_grad_()
        loss = -functional.cross_entropy(network(asked), torch.tensor([goal]))  # type: ignore[operator]
        return float(loss.detach()), torch.autograd.grad(loss, asked)[0]

    def project(pixels: Tensor) -> Tensor:
        return (photo + (pixels - photo).clamp(-eps, eps)).clamp(0, 1)

    marks, here, eta = sorted(checkpoints(steps)), start, 2 * eps
    value, slope = seen(here)
    best, best_value, best_slope, before = here, value, slope, here
    values, since, top_then, eta_then = [value], 1, -float("inf"), eta
    gains = 1
    for step in range(1, steps):
        if step - 1 in marks:
            stuck = eta == eta_then and best_value == top_then
            eta_then, top_then = eta, best_value
            if gains < 0.75 * since or stuck:
                eta, here, before, slope = eta / 2, best, best, best_slope
            gains = since = 0
        tried = project(here + eta * slope.sign())
        if step > 1:
            tried = project(here + 0.75 * (tried - here) + 0.25 * (here - before))
        before, here = here, tried
        value, slope = seen(here)
        gains += value > values[-1]
        since += 1
        values.append(value)
        if value > best_value:
            best, best_value, best_slope = here, value, slope
    return best


@pytest.mark.parametrize("seed", range(2))
def test_it_is_what_a_second_implementation_finds(seed: int) -> None:
    network, photos = exact_cnn(seed=seed), exact_photos(1, seed=seed)
    goal, eps = int(network(photos).argmin(1)), 2 / 255
    case = open_case(network, photos, to=goal, seed=3, batch=5)
    start = photos + random_in(case, bounds(case, eps, "linf"), torch.arange(1), case.streams())
    found = fool.apgd(network, photos, to=goal, eps=eps, steps=30, seed=3)
    assert not found.success.any()  # it would have left
    expected = autopgd(network, photos, goal, eps, 30, start)
    ours, theirs = (float(network(pixels).log_softmax(1)[0, goal].detach()) for pixels in (found.images, expected))
    assert found.trace.max() == pytest.approx(theirs, abs=1e-7)
    assert ours >= theirs - 1e-3


def test_it_begins_again_for_those_that_are_not_misread() -> None:
    network, photos = exact_cnn(), exact_photos(4)
    goals = network(photos).argmin(1).tolist()
    once, thrice = (fool.apgd(network, photos, to=goals, eps="1/255", steps=5, restarts=many) for many in (1, 3))
    assert once.gradients.tolist() == [5] * 4 and thrice.gradients.tolist() == [15] * 4
    assert (thrice.goal_after >= once.goal_after - 1e-3).all()
    with pytest.raises(UserError, match="restarts is 0"):
        fool.apgd(network, photos, restarts=0)
    with pytest.raises(UserError, match="loss is 'entropy'"):
        fool.apgd(network, photos, loss="entropy")
