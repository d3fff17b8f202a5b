import torch

from seethrough.fool.linear_models.affine import of_numbers
from seethrough.fool.linear_models.boundaries import Boundaries
from seethrough.fool.linear_models.walls import Norm

# Three classes in a plane: read as 0 left of x = 1, as 1 right of it; as 2 above y = 3 on the left, above y = x + 2 beyond.
KNOWN = of_numbers([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.0, -1.0, -3.0])


def about(sample: list[float], goal: int, norm: Norm, high: tuple[float, float] = (torch.inf, torch.inf)) -> Boundaries:
    samples = torch.tensor([sample], dtype=torch.float64)
    present, walls = KNOWN.scores(samples).argmax(1), torch.tensor([high], dtype=torch.float64)
    return Boundaries(KNOWN, samples, present, torch.tensor([goal]), -walls, walls, norm)


def close(move: torch.Tensor, wanted: list[float]) -> None:
    torch.testing.assert_close(move, torch.tensor([wanted], dtype=torch.float64), atol=1e-6, rtol=0)


def test_the_nearest_boundary_is_the_one_that_is_crossed() -> None:
    close(about([0.0, 0.0], -1, "l2").least(1e-14), [1, 0])
    close(about([-5.0, 0.0], -1, "l2").least(1e-14), [0, 3])
    close(about([0.0, 0.0], 2, "linf").least(1e-14), [0, 3])


def test_the_way_to_a_class_leads_past_the_others() -> None:
    # From (4, 0), read as 1, the line y = x + 2 is met square at (1, 3): the corner of all three.
    close(about([4.0, 0.0], 2, "l2").least(1e-14), [-3, 3])
    # From (0, -4) to class 1 only x matters; from (1.5, 3.1) to class 0 two boundaries have to be crossed.
    close(about([1.5, 3.6], 0, "l2").least(1e-14), [-0.5, -0.6])


def test_with_walls_in_the_way_it_takes_another() -> None:
    # One step to the right is not to be had: 0.5 at most, so there is none; the best is to go as far as one can.
    close(about([0.0, 0.0], 1, "l2", high=(0.5, 9)).least(1e-14), [0.5, 0])
    # The nearer class lies 0.8 to the right, behind the wall; the other 1 above.
    close(about([0.2, 2.0], -1, "l2").least(1e-14), [0.8, 0])
    close(about([0.2, 2.0], -1, "l2", high=(0.5, 9)).least(1e-14), [0, 1])


def test_a_size_goes_to_the_class_nearest_by_or_to_the_goal() -> None:
    close(about([0.0, 0.0], -1, "linf").best(torch.tensor([0.25]).double()), [0.25, 0])
    close(about([0.0, 0.0], 2, "linf").best(torch.tensor([0.25]).double()), [0, 0.25])
