import pytest
import torch

from seethrough.errors import UserError
from seethrough.fool.bounded import Bounds, bounds, direction, paced, random_in
from seethrough.fool.case import Case, open_case
from tests.nets import linear_network, random_photos


def case_of(photos: torch.Tensor) -> Case:
    """Return a case about photos of two grey pixels, a place in the plane each."""
    network, _, _ = linear_network(1, (1, 2), 2)
    return open_case(network, photos, batch=500)


def test_chance_fills_the_square_of_linf_evenly() -> None:
    case = case_of(torch.full((4000, 1, 1, 2), 0.5))
    moved = random_in(case, bounds(case, 0.1, "linf"), torch.arange(4000), case.streams()).view(4000, 2)
    assert moved.abs().max() <= 0.1 and moved.abs().max() > 0.0999
    assert moved.mean(0).tolist() == pytest.approx([0, 0], abs=0.004)
    assert moved.var(0).tolist() == pytest.approx([0.01 / 3] * 2, rel=0.05)
    assert float((moved[:, 0] * moved[:, 1]).mean()) == pytest.approx(0, abs=2e-4)


def test_chance_fills_the_disc_of_l2_evenly() -> None:
    case = case_of(torch.full((4000, 1, 1, 2), 0.5))
    moved = random_in(case, bounds(case, 0.1, "l2"), torch.arange(4000), case.streams()).view(4000, 2)
    far = moved.norm(dim=1)
    assert far.max() <= 0.1
    # A quarter of the area lies within half the radius, half of it within 0.7071.
    for share, within in ((0.25, 0.05), (0.5, 0.1 * 0.5**0.5), (0.81, 0.09)):
        assert float((far <= within).float().mean()) == pytest.approx(share, abs=0.02)
    assert (moved > 0).float().mean(0).tolist() == pytest.approx([0.5, 0.5], abs=0.03)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_each_image_has_its_own_radius_its_own_stream_and_stays_in_range(norm: str) -> None:
    photos = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1, 1).expand(3, 1, 1, 2).clone()
    case = case_of(photos)
    limit = bounds(case, [0.1, 0.2, 0.3], norm)
    all_three = random_in(case, limit, torch.arange(3), case.streams())
    far = all_three.abs().amax((1, 2, 3)) if norm == "linf" else all_three.flatten(1).norm(dim=1)
    assert (far <= limit.eps).all()
    assert (photos + all_three).min() >= 0 and (photos + all_three).max() <= 1
    alone = random_in(case, limit, torch.tensor([2]), case.streams())
    assert torch.equal(alone[0], all_three[2])


def test_the_box_is_what_a_pixel_may_be() -> None:
    case = case_of(torch.tensor([[0.0, 0.5], [0.9, 1.0]]).view(2, 1, 1, 2))
    box = bounds(case, [0.25, 0.5], "linf").box(case)
    assert box is not None
    torch.testing.assert_close(box[0].view(2, 2), torch.tensor([[0, 0.25], [0.4, 0.5]]))
    torch.testing.assert_close(box[1].view(2, 2), torch.tensor([[0.25, 0.75], [1, 1]]))
    assert bounds(case, 0.25, "linf").reach is None
    l2 = bounds(case, 0.25, "l2")
    assert l2.box(case) is None and l2.reach is not None and l2.reach.tolist() == [0.25, 0.25]


def test_what_is_usual_depends_on_the_norm() -> None:
    case = case_of(random_photos(2, 1, (1, 2)))
    assert bounds(case, None, "linf").words == ("4/255",) and bounds(case, None, "l2").words == ("1",)
    with pytest.raises(UserError, match=r"norm is 'l7'; it takes linf \| l2"):
        bounds(case, None, "l7")


def test_a_step_is_two_and_a_half_radii_over_the_steps_unless_told() -> None:
    limit = Bounds(torch.tensor([0.1, 0.2]), ("0.1", "0.2"), "linf")
    unit, rate = paced(None, limit, 10)
    assert unit is limit.eps and rate == 0.25
    assert paced("1/255", limit, 10) == (None, 1 / 255) and paced(0.5, limit, 10) == (None, 0.5)
    assert paced(None, limit, 0)[1] == 2.5
    with pytest.raises(UserError, match="step is a Tensor; it takes one number"):
        paced(torch.ones(2), limit, 10)


def test_the_steepest_way_of_each_norm_by_hand() -> None:
    slope, none = torch.tensor([[3.0, -4.0]]), torch.zeros(1, 2)
    assert direction("linf", 0.5)(none, none[:, 0], slope, {}).tolist() == [[0.5, -0.5]]
    torch.testing.assert_close(direction("l2", 0.5)(none, none[:, 0], slope, {}), torch.tensor([[0.3, -0.4]]))
