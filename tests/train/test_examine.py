import pytest
import torch

from seethrough.fool.pgd import pgd
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from seethrough.train import examine
from seethrough.train.examine import Robustness, confusion_of, robustness, shown
from seethrough.train.learn import Pictures, scores_of
from tests.nets import linear_network
from tests.networks.test_network import assert_same, snapshot


def pictures(count: int = 40, size: tuple[int, int] = (8, 10)) -> Pictures:
    pixels = torch.randint(60, 200, (count, 3, *size), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return Pictures(pixels, torch.arange(count) % 2)


def half_right() -> tuple[Network, Pictures]:
    """Return a linear network, and pictures of which it reads every other one rightly, most of them just so."""
    network, weights, bias = linear_network(size=(8, 10), classes=2)
    # In place, also in the network: no class is ahead whatever is shown.
    weights.sub_(weights.mean((1, 2, 3), keepdim=True)).mul_(0.1)
    bias.zero_()
    held = pictures()
    best = scores_of(network, held).topk(2).indices
    return network, Pictures(held.pixels, torch.where(torch.arange(40) % 2 == 0, best[:, 0], best[:, 1]))


def test_the_confusion_counts_what_is_shown_by_row_and_what_is_read_by_column() -> None:
    read = torch.tensor([0, 1, 1, 2, 0, 0])
    scores = torch.nn.functional.one_hot(read, 3).float()
    counts = confusion_of(scores, torch.tensor([0, 1, 2, 2, 2, 0]))
    assert counts.tolist() == [[2, 0, 0], [0, 1, 0], [1, 1, 1]]


def test_some_pictures_are_drawn_by_the_seed_and_read_as_the_network_reads_them() -> None:
    network, held = half_right()
    before = torch.random.get_rng_state()
    images, truths, guesses = shown(network, held, 0)
    assert len(images) == len(truths) == len(guesses) == 24
    assert torch.equal(torch.tensor([guess.index for guess in guesses]), network(images).argmax(1))
    places = [int((held.pixels / 255 == image).flatten(1).all(1).nonzero()) for image in images]
    assert places == sorted(set(places)) and torch.equal(truths, held.labels[places])
    assert not torch.equal(shown(network, held, 1)[0], images)
    assert torch.equal(torch.random.get_rng_state(), before)
    few = Pictures(held.pixels[:3], held.labels[:3])
    assert len(shown(network, few, 0)[0]) == 3


def test_robustness_is_the_share_of_all_that_no_attack_within_eps_of_a_linear_network_could_mislead() -> None:
    network, held = half_right()
    weights = network.module[1].weight.detach()
    pixels = held.pixels / 255
    eps = 0.008
    # Of a linear network the worst within eps is known: what each pixel can add to another class's score at most.
    scores = network(pixels)
    own = held.labels[:, None]
    ahead = scores.gather(1, own) - scores
    reach = (weights[held.labels][:, None] - weights[None]).abs().sum(2) * eps
    holds = ((ahead > reach) | torch.nn.functional.one_hot(held.labels, 2).bool()).all(1)
    assert 4 < int(holds.sum()) < 16, "some hold and some do not"
    before = snapshot(network)
    found = run(robustness(network, held, str(eps), 1000, 0))
    assert found == Robustness(int(holds.sum()) / 40, str(eps), 40)
    assert_same(before, snapshot(network))


def test_it_is_what_pgd_of_forty_steps_and_five_starts_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    network, held = half_right()
    monkeypatch.setattr(examine, "AT_ONCE", 7)
    steps: list[Step] = []
    found = run(robustness(network, held, "2/255", 1000, 3), steps.append)
    right = (network(held.pixels / 255).argmax(1) == held.labels).nonzero()[:, 0]
    assert len(right) == 20 and steps[-1].done == steps[-1].total
    left = 0
    for part, places in enumerate(right.split(7)):
        fooled = pgd(network, held.pixels[places] / 255, held.labels[places], eps="2/255", restarts=5, seed=3 + part)
        left += int((~fooled.success).sum())
    assert found is not None and found.accuracy == left / 40 and 0 < left < 20


def test_the_pictures_attacked_are_drawn_from_all_not_the_first_ones() -> None:
    network, held = half_right()
    order = torch.argsort(torch.arange(40) % 2)  # first all that are right, then all that are wrong
    sorted_ones = Pictures(held.pixels[order], held.labels[order])
    found = run(robustness(network, sorted_ones, "0.00001", 20, 0))
    assert found is not None and found.pictures == 20
    assert 0.2 < found.accuracy < 0.8


def test_where_none_is_read_rightly_none_holds() -> None:
    network, held = half_right()
    wrong = Pictures(held.pixels[1::2], held.labels[1::2])
    assert run(robustness(network, wrong, "0.1", 5, 0)) == Robustness(0.0, "0.1", 5)


def test_asked_to_stop_it_tells_nothing_rather_than_half() -> None:
    network, held = half_right()
    assert run(robustness(network, held, "0.1", 40, 0), lambda step: True) is None
