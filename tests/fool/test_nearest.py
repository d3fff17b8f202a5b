import pytest
import torch
from torch import Tensor

from seethrough import fool
from seethrough.ascent.wish import Reading
from seethrough.errors import UserError
from seethrough.fool.aim import Aim
from seethrough.fool.case import Case, open_case
from seethrough.fool.nearest import Farthest, cosine, distance, nearest, nearest_first
from seethrough.jobs import JobFunction
from seethrough.results.fooling import Fooling
from tests.fool.calls import ordinary_photos, straight_network
from tests.nets import linear_network


def case_of(photos: list[float]) -> Case:
    """Return a case of images of one pixel that are read as class 1 above a half, and are to be so."""
    network, _, _ = linear_network(1, (1, 1), 2)
    network.module[1].weight.data = torch.tensor([[0.0], [1.0]])
    network.module[1].bias.data = torch.tensor([0.5, 0.0])
    return open_case(network, torch.tensor(photos).view(-1, 1, 1, 1), to=1, batch=5)


def see(best: object, case: Case, values: list[float], rows: list[int]) -> None:
    pixels, which = torch.tensor(values).view(-1, 1, 1, 1), torch.tensor(rows)
    best.see(pixels, which, case.look(pixels, which))  # type: ignore[attr-defined]


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_nearest_misread_is_kept_and_else_the_closest_to_it(norm: str) -> None:
    case = case_of([0.2, 0.2])
    best = nearest(case, norm)
    for values, kept in (
        ([0.4, 0.4], [0.4, 0.4]),  # neither is misread: both are closer than the photo
        ([0.3, 0.45], [0.4, 0.45]),
        ([0.9, 0.49], [0.9, 0.49]),  # misread, if far away
        ([0.7, 0.1], [0.7, 0.49]),
        ([0.8, 0.6], [0.7, 0.6]),
        ([0.49, 0.55], [0.7, 0.55]),  # what is not misread is nothing any more
    ):
        see(best, case, values, [0, 1])
        assert best.images.flatten().tolist() == pytest.approx(kept)
    assert best.found(torch.arange(2)).tolist() == [True, True]
    assert best.distances.tolist() == pytest.approx([0.5, 0.35])
    step = best.step(3, 9, torch.arange(2))
    assert (step.done, step.total) == (3, 9) and step.values == {"misread": 2.0, "distance": pytest.approx(0.35)}


def test_it_goes_back_along_the_straight_line_as_far_as_it_stays_misread() -> None:
    case = case_of([0.2, 0.2, 0.2])
    best = nearest(case, "l2")
    see(best, case, [0.51, 0.9, 0.4], [0, 1, 2])
    asked = case.queries.clone()
    best.closer(torch.arange(3))
    # From 0.51 back to the boundary at 0.5, to within a 32nd of a tenth of the way; from 0.9 a tenth, and no farther.
    assert 0.5 < float(best.images[0]) < 0.5 + 0.1 * 0.31 / 16
    assert float(best.images[1]) == pytest.approx(0.2 + 0.7 * (0.9 + 0.1 / 32), abs=1e-5)
    assert float(best.images[2]) == pytest.approx(0.4)
    assert (case.queries - asked).tolist() == [5, 5, 0]


def test_the_farthest_past_the_boundary_is_kept() -> None:
    case = case_of([0.2, 0.2])
    best = Farthest(case, case.photos.clone(), case.aim.margin(case.scores))
    for values, kept in (([0.1, 0.6], [0.2, 0.6]), ([0.3, 0.55], [0.3, 0.6]), ([0.7, 0.9], [0.7, 0.9])):
        see(best, case, values, [0, 1])
        assert best.images.flatten().tolist() == pytest.approx(kept)
    see(best, case, [1.0], [1])
    assert best.images.flatten().tolist() == pytest.approx([0.7, 1.0])
    assert best.step(1, 2, torch.arange(1)).values == {"misread": 2.0, "under way": 1.0}


def test_what_is_misread_ranks_before_what_is_not_and_then_the_nearest_first() -> None:
    photos = torch.full((4, 1, 1, 1), 0.2)
    aim = Aim(torch.ones(4, dtype=torch.long), True)
    pixels = torch.tensor([0.45, 0.4, 0.6, 0.9]).view(4, 1, 1, 1)
    scores = torch.stack([torch.full((4,), 0.5), pixels.flatten()], 1)
    reading = Reading(pixels, torch.arange(4), 1, {}, scores)

    def order(**wanted: float) -> list[int]:
        ranks: Tensor = nearest_first(aim, photos, **wanted)(reading, torch.zeros(4))
        return ranks.argsort(descending=True).tolist()

    assert order() == [2, 3, 0, 1]
    assert order(least=0.55) == order(beyond=0.2) == [3, 2, 0, 1]


def test_distances_and_half_a_wave_by_hand() -> None:
    moved = torch.tensor([[3.0, -4.0], [0.0, 0.0]]).view(2, 1, 1, 2)
    assert distance(moved, "l2").tolist() == [5, 0] and distance(moved, "linf").tolist() == [4, 0]
    assert [cosine(1.0, 0.0, step, 4) for step in range(5)] == pytest.approx([1, 0.853553, 0.5, 0.146447, 0], abs=1e-6)
    with pytest.raises(UserError, match="norm is 'l0'"):
        nearest(case_of([0.2]), "l0")


@pytest.mark.parametrize("attack", [fool.fmn, fool.ddn, fool.apgd], ids=lambda attack: attack.__name__)
def test_where_the_last_step_led_is_looked_at_too(attack: JobFunction[..., Fooling]) -> None:
    """One step from the photo crosses the boundary of a linear network that is near: nobody has seen that but a last look."""
    network = straight_network(classes=2)
    photos = ordinary_photos(network, 3)
    wide = {fool.apgd: {"eps": "0.2"}, fool.fmn: {"step": 10.0}}.get(attack, {})
    found = attack(network, photos, steps=1, **wide)
    assert found.success.all() and found.gradients.tolist() == [1, 1, 1]
