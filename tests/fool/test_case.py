import pytest
import torch

from seethrough.errors import UserError
from seethrough.fool.case import guesses, open_case, said_of
from tests.fool.calls import counted, exact_cnn, exact_photos
from tests.nets import random_photos, small_cnn


def test_slopes_are_those_of_autograd_however_many_go_together() -> None:
    network, photos = exact_cnn(), exact_photos(5)
    rows, classes = torch.tensor([4, 0, 2]), torch.tensor([[1, 0], [2, 2], [4, 3]])
    for batch in (1, 2, 5):
        case = open_case(network, photos, batch=batch)
        scores, values, slope = case.slope(photos[rows], rows, lambda said, which: said[:, 1] * which)
        torch.testing.assert_close(scores, network(photos[rows]))
        torch.testing.assert_close(values, scores[:, 1] * rows)
        expected = network.score_gradient(photos[rows], torch.ones(3, dtype=torch.long)) * rows.view(-1, 1, 1, 1)
        torch.testing.assert_close(slope, expected)
        _, many = case.slopes(photos[rows], rows, classes)
        for place in range(2):
            torch.testing.assert_close(many[:, place], network.score_gradient(photos[rows], classes[:, place]))
        # One query at first, one for each of two passes; one gradient, and two.
        assert case.queries.tolist() == [3, 1, 3, 1, 3] and case.gradients.tolist() == [3, 0, 3, 0, 3]
        case.look(photos[:2], torch.arange(2))
        assert case.queries.tolist() == [4, 2, 3, 1, 3] and case.gradients.tolist() == [3, 0, 3, 0, 3]


def test_open_images_are_those_that_are_not_read_as_wanted() -> None:
    network, photos = small_cnn(), random_photos(3)
    read = network(photos).argmax(1).tolist()
    assert open_case(network, photos, batch=5).open().tolist() == [0, 1, 2]
    goals = [read[0], (read[1] + 1) % 5, read[2]]
    case = open_case(network, photos, to=goals, batch=5)
    assert case.open().tolist() == case.unfinished("top").tolist() == case.unfinished("never").tolist() == [1]
    assert case.unfinished(0.99).tolist() == [0, 1, 2]  # the network is not as sure of any
    assert open_case(network, photos, classes=goals, batch=5).open().tolist() == [0, 2]


def test_photos_are_copied_cut_to_range_and_laid_on_the_lattice_if_asked() -> None:
    network, photos = small_cnn(), random_photos(2)
    photos[0, 0, 0, 0], photos[1, 0, 0, 0] = 1.00005, -0.00005
    case = open_case(network, photos, batch=5)
    assert case.photos.max() == 1 and case.photos.min() == 0 and photos.max() > 1
    settled = open_case(network, photos, batch=5, eight_bit=True).photos * 255
    assert (settled - settled.round()).abs().max() < 1e-4 and (settled / 255 - case.photos).abs().max() <= 0.5001 / 255
    low = small_cnn()
    low.module.to(torch.bfloat16)
    assert open_case(low, photos, batch=5).photos.dtype == torch.float32
    with pytest.raises(UserError, match="batch is 0; it takes 1 or more"):
        open_case(network, photos, batch=0)


def test_scores_are_asked_for_a_few_images_at_a_time() -> None:
    network, counter = counted()
    photos = random_photos(5)
    scores = said_of(network, photos, 2)
    assert counter.images == 5 and not scores.requires_grad
    torch.testing.assert_close(scores, network(photos).detach())


def test_the_first_guess_of_scores_by_hand() -> None:
    network = small_cnn(classes=3)
    (first, second) = guesses(network, torch.tensor([[0.0, 0.0, 1.0], [3.0, 0.0, 0.0]]))
    assert (first.index, first.label) == (2, "class 2") and first.probability == pytest.approx(0.5761, abs=1e-4)
    assert second.index == 0 and second.probability == pytest.approx(0.9094, abs=1e-4)


def test_notes_are_a_column_a_step_with_gaps_for_those_that_left() -> None:
    case = open_case(small_cnn(), random_photos(3), batch=5)
    case.note(torch.tensor([0, 2]), torch.tensor([1.0, 2.0]))
    case.note(torch.tensor([2]), torch.tensor([3.0]))
    trace = case.outcome("test", case.photos, {}).trace
    assert trace.nan_to_num(nan=-1).tolist() == [[1, -1], [-1, -1], [2, 3]]
