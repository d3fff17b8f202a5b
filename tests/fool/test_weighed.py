from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.stride import plain, sign
from seethrough.ascent.wish import Wish, alone
from seethrough.errors import UserError
from seethrough.fool.aim import exact
from seethrough.fool.case import Case, open_case
from seethrough.fool.weighed import searched, weighed
from seethrough.jobs import run
from tests.nets import linear_network


def case_of(photos: list[float]) -> Case:
    """Return a case of images of one pixel that are read as class 1 above a half, and are to be so."""
    network, _, _ = linear_network(1, (1, 1), 2)
    network.module[1].weight.data = torch.tensor([[0.0], [1.0]])
    network.module[1].bias.data = torch.tensor([0.5, 0.0])
    return open_case(network, torch.tensor(photos).view(-1, 1, 1, 1), to=1, batch=5)


def gain_of(case: Case) -> Wish:
    """What it is worth: the margin."""
    return Wish(lambda reading: case.aim.of(reading.rows).margin(exact(reading.scores)), scores=True)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """The weights of every search, in turn."""
    listed: list[list[float]] = []

    def noted(gain: Wish, weights: Tensor, photos: Tensor) -> Wish:
        listed.append(weights.tolist())
        return weighed(gain, weights, photos)

    monkeypatch.setattr("seethrough.fool.weighed.weighed", noted)
    return listed


def test_the_weight_is_found_between_one_that_fails_and_one_that_does(seen: list[list[float]]) -> None:
    """The best place is photo + weight / 2: at 0.2 a weight above 0.6 does, at 0.4 one above 0.2."""
    case = case_of([0.2, 0.4])
    found, used = run(
        searched(
            case, torch.arange(2), pixels(case.photos), gain_of(case),
            stride=lambda: plain(0.4), steps=30, searches=5, first=0.01,
        )
    )  # fmt: skip
    rows = list(zip(*seen, strict=True))
    # Ten times as much until it does; from then on the geometric mean of one that fails and one that does.
    assert rows[0] == pytest.approx((0.01, 0.1, 1, 0.316228, 0.562341))
    assert rows[1] == pytest.approx((0.01, 0.1, 1, 0.316228, 0.177828))
    # What is near to the boundary on the way is kept.
    assert (found.flatten() > 0.5).all() and used.tolist() == pytest.approx([1.0, 0.316228])
    # Of five searches of 30 steps, looked at once more in the end, one and two were better on the way than at their end.
    assert case.gradients.tolist() == [150, 150] and case.queries.tolist() == [1 + 5 * 31 + 1, 1 + 5 * 31 + 2]


def test_a_weight_that_the_photo_itself_is_worth_more_with_has_failed(seen: list[list[float]]) -> None:
    """A stride that takes no heed of slopes' size comes to the other side in passing, whatever the weight."""
    case = case_of([0.2])
    found, _ = run(
        searched(
            case, torch.arange(1), pixels(case.photos), gain_of(case),
            stride=lambda: sign(0.35), steps=4, searches=3, first=0.01,
        )
    )  # fmt: skip
    assert [row[0] for row in seen] == pytest.approx([0.01, 0.1, 1.0])
    assert float(found) == pytest.approx(0.55)  # misread all the same: it is kept


def test_a_failure_keeps_what_came_closest() -> None:
    case = case_of([0.2])
    found, _ = run(
        searched(
            case, torch.arange(1), pixels(case.photos), gain_of(case),
            stride=lambda: plain(0.4), steps=30, searches=2, first=0.01,
        )
    )  # fmt: skip
    assert float(found) == pytest.approx(0.25, abs=1e-3)
    with pytest.raises(UserError, match="searches is 0"):
        run(
            searched(
                case, torch.arange(1), pixels(case.photos), gain_of(case),
                stride=lambda: plain(0.4), steps=30, searches=0, first=0.01,
            )
        )  # fmt: skip


def test_the_price_is_the_square_of_the_distance() -> None:
    photos = torch.tensor([0.2, 0.4]).view(-1, 1, 1, 1)
    reading = replace(alone(torch.tensor([0.5]).view(1, 1, 1, 1)), rows=torch.tensor([1]))
    wish = weighed(Wish(lambda reading: reading.images.flatten()), torch.tensor([10.0, 3.0]), photos)
    assert float(wish.read(reading)) == pytest.approx(3 * 0.5 - 0.1**2)
