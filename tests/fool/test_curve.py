import importlib
from typing import Any

import pytest
import torch
from torch import Tensor

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job, run
from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling
from seethrough.results.guesses import Guess
from seethrough.results.robust_curve import RobustCurve
from seethrough.tables import Method, Setting, Table
from tests.nets import linear_network, random_photos, small_cnn

HERE = "tests.fool.test_curve"
ASKED: list[tuple[str, int, dict[str, Any]]] = []
"""What the stand-in attacks were asked for: name, images, settings."""
NORM = Setting("norm", "linf", "", "choice", choices=("linf", "l2"))
EPS, STEPS, SEED = (
    Setting("eps", None, "", "text"),
    Setting("steps", 3, "", "int", low=1),
    Setting("seed", 0, "", "int"),
)


def made(images: Tensor, success: Tensor, moved: float | Tensor) -> Fooling:
    """Return a result in which some images were misled, moved by so much."""
    none, guess = torch.zeros(len(images)), (Guess(0, "a", None, 1.0),) * len(images)
    each = none + moved
    return Fooling(
        network="net", method="fool.standin", originals=images, images=images, shows=torch.zeros(len(images)).long(),
        goals=("",) * len(images),
        before=guess, after=guess, goal_before=none, goal_after=none, success=success, as_png=guess, png_success=success,
        l2=each * 7, linf=each, steps=none, queries=none, gradients=(none + 3).long(), trace=none[:, None],
    )  # fmt: skip


@job
def by_brightness(
    network: Network, images: Tensor, classes: Tensor, *, eps: str, norm: str = "linf", steps: int = 3, seed: int = 0
) -> Job[Fooling]:
    """Mislead the images whose first pixel, in 255ths, is no more than eps."""
    ASKED.append(("many", len(images), {"eps": eps, "norm": norm, "steps": steps, "seed": seed}))
    limit = float(eps.partition("/")[0])
    success = (images[:, 0, 0, 0] * 255).round() <= limit
    for done in range(3):
        if (yield Step(done + 1, 3)):
            return made(images, torch.ones_like(success), 0.0)
    return made(images, success, limit / 255)


@job
def one_step(network: Network, images: Tensor, classes: Tensor, *, eps: str) -> Job[Fooling]:
    """Mislead everything from 2/255 on, without steps or a norm."""
    ASKED.append(("one", len(images), {"eps": eps}))
    limit = float(eps.partition("/")[0])
    yield Step(1, 1)
    return made(images, torch.full((len(images),), limit >= 2), limit / 255)


@job
def nearest(network: Network, images: Tensor, classes: Tensor, *, norm: str = "l2") -> Job[Fooling]:
    """Move every image by its first pixel; the whitest fail."""
    ASKED.append(("nearest", len(images), {"norm": norm}))
    yield Step(1, 1)
    first = images[:, 0, 0, 0]
    return made(images, first < 0.5, first)


@pytest.fixture
def standins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put simple attacks in the table's place."""
    goal = ("photos", "goal")
    rows = (
        Method("many", f"{HERE}:by_brightness", "", (EPS, NORM, STEPS, SEED), goal, "Fooling"),
        Method("one", f"{HERE}:one_step", "", (EPS,), goal, "Fooling"),
        Method("nearest", f"{HERE}:nearest", "", (NORM,), goal, "Fooling"),
        Method("noise", f"{HERE}:nearest", "", (), ("dreamt",), "Fooling"),
        Method("other", f"{HERE}:nearest", "", (), ("photos", "class"), "Survival"),
    )
    monkeypatch.setattr(importlib.import_module("seethrough.fool.curve"), "TABLE", Table(*rows))
    ASKED.clear()


def photos_of(*levels: int) -> Tensor:
    """Return images whose first pixel has such a level of 255."""
    images = random_photos(len(levels))
    images[:, 0, 0, 0] = torch.tensor(levels) / 255
    return images


@pytest.mark.usefixtures("standins")
def test_only_those_not_yet_misread_are_attacked_again() -> None:
    found = fool.curve(
        small_cnn(), photos_of(1, 2, 2, 3, 200), attacks="many", eps="2/255,1/255,4/255,8/255", steps=9, seed=4
    )
    assert [(count, asked["eps"]) for _, count, asked in ASKED] == [
        (5, "1/255"), (4, "2/255"), (2, "4/255"), (1, "8/255")
    ]  # fmt: skip
    assert all(asked["steps"] == 9 and asked["seed"] == 4 and asked["norm"] == "linf" for *_, asked in ASKED)
    assert found.words == ("0", "1/255", "2/255", "4/255", "8/255")
    assert found.robust.tolist() == [[1, 0.8, pytest.approx(0.4), 0.2, 0.2]]
    assert (found.least * 255).tolist() == [[1, 2, 2, 4, torch.inf]]
    assert found.gradients.tolist() == [3 * (5 + 4 + 2 + 1)]


@pytest.mark.usefixtures("standins")
def test_nothing_is_attacked_when_all_are_misread() -> None:
    network, images = small_cnn(), photos_of(1, 1)
    wrong = [(index + 1) % 5 for index in network(images).argmax(1).tolist()]
    found = fool.curve(network, images, wrong, attacks="many,nearest", eps="1/255,2/255")
    assert ASKED == [] and found.robust.tolist() == [[0, 0, 0]] * 2
    assert found.least.tolist() == [[0, 0]] * 2 and found.gradients.tolist() == [0, 0]


@pytest.mark.usefixtures("standins")
def test_an_attack_that_looks_for_the_nearest_runs_once_and_is_read_off_in_the_norm() -> None:
    images = photos_of(1, 3, 6, 200)
    found = fool.curve(small_cnn(), images, attacks="nearest", eps="2/255,4/255")
    assert ASKED == [("nearest", 4, {"norm": "linf"})]
    assert found.robust.tolist() == [[1, 0.75, 0.5]]
    assert (found.least * 255).tolist()[0] == pytest.approx([1, 3, 6, torch.inf])
    in_l2 = fool.curve(small_cnn(), images, attacks="nearest", eps=[0.03, 0.1], norm="l2")
    assert ASKED[-1][2] == {"norm": "l2"} and in_l2.words == ("0", "0.03", "0.1")
    assert in_l2.robust.tolist() == [[1, 0.75, 0.5]]  # 7/255 = 0.027, 21/255 = 0.08


@pytest.mark.usefixtures("standins")
def test_what_was_not_come_to_is_no_number() -> None:
    images, seen = photos_of(1, 2, 200), []
    work = fool.curve.job(small_cnn(), images, attacks="many,nearest", eps="1/255,2/255,4/255")
    found = run(work, lambda step: seen.append((step.done, step.total)) or len(seen) == 5)
    assert seen == sorted(seen) and {total for _, total in seen} == {100}
    # The stop came within the second distance: what the attack then returned counts for nothing.
    assert found.robust[0, :2].tolist() == [1, pytest.approx(2 / 3)] and found.robust[0, 2:].isnan().all()
    assert found.least[0, 0] == pytest.approx(1 / 255) and found.least[0, 1:].isnan().all()
    assert found.robust[1, 0] == 1 and found.robust[1, 1:].isnan().all() and found.least[1].isnan().all()
    assert "many 66.7 % at 1/255, stopped there; nearest 100 % at 0, not come to" in found.line()


@pytest.mark.usefixtures("standins")
def test_masked_gradients_are_suspected_when_one_step_does_more_than_many() -> None:
    few = fool.curve(small_cnn(), photos_of(1, 1, 2, 200), attacks="one,many", eps="1/255,2/255,4/255")
    assert few.masking == ""  # one photo may be chance
    many = fool.curve(small_cnn(), photos_of(1, 3, 3, 200), attacks="one,many", eps="1/255,2/255,4/255")
    assert many.masking == "one misleads 3 photos at 2/255 that many does not"
    assert many.line().endswith("gradient masking suspected: one misleads 3 photos at 2/255 that many does not")
    assert fool.curve(small_cnn(), photos_of(1, 1, 1, 2), attacks="one,many", eps="2/255,4/255").masking == ""
    # What was not come to has failed at nothing.
    work = fool.curve.job(small_cnn(), photos_of(3, 3, 3), attacks="one,many", eps="1/255,2/255")
    assert run(work, lambda step: step.done > 50).masking == ""
    # An attack for another norm is no measure.
    assert fool.curve(small_cnn(), photos_of(200, 200), attacks="one,nearest", eps="2/255").masking == ""


@pytest.mark.usefixtures("standins")
def test_what_is_not_known_is_what_the_network_takes_it_for() -> None:
    network, images = small_cnn(), photos_of(200, 200, 200, 200)
    read = network(images).argmax(1).tolist()
    others = [(index + 1) % 5 for index in read]
    agreement = fool.curve(network, images, attacks="many", eps="1/255")
    assert agreement.own_reading == 4 and agreement.settings["classes"] == read
    assert agreement.line().startswith("robust agreement of 4 photos: 100 % as they are; many 100 % at 1/255")
    mixed = fool.curve(network, images, [None, others[1], read[2], None], attacks="many", eps="1/255")
    assert mixed.own_reading == 2 and mixed.robust.tolist() == [[0.75, 0.75]]
    assert mixed.least.tolist() == [[torch.inf, 0, torch.inf, torch.inf]]
    known = fool.curve(network, images, torch.tensor(read), attacks="many", eps="1/255")
    assert known.own_reading == 0 and known.line().startswith("robust accuracy of 4 photos: 100 % as they are")


@pytest.mark.usefixtures("standins")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attacks": "manny"}, "method 'manny' is not known; closest: many"),
        ({"attacks": " , "}, "attacks is ' , '; it takes names of attacks"),
        ({"attacks": "noise"}, "attacks: noise does not lead photos away from what they show"),
        ({"attacks": "other"}, "attacks: other does not lead photos away"),
        ({"eps": "1/0"}, "eps is '1/0'; it takes 0 or more"),
        ({"eps": "0"}, "eps is '0'; it takes distances with commas between them"),
        ({"norm": "l1"}, "norm is 'l1'; it takes linf | l2"),
        ({"steps": 0}, "steps: 0 does not fit; it takes 1 or more"),
        ({"classes": [1, 2, 3]}, "classes: 3 given for 2 images"),
        ({"classes": ["class 9", None]}, "class 'class 9' is not known"),
        ({"images": random_photos(2)[0]}, "images has shape (3, 40, 56)"),
        ({"attacks": "one", "norm": "l2"}, "attacks: one keeps to linf alone, not to l2; leave it out"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    named: dict[str, Any] = {"images": photos_of(1, 2), "attacks": "many", "eps": "2/255", **changes}
    with pytest.raises(UserError) as caught:
        fool.curve(small_cnn(), **named)
    assert words in str(caught.value) and "\n" not in str(caught.value)


# With the attacks there are.


def test_against_a_linear_network_the_curve_is_the_one_of_its_margins() -> None:
    # Two classes: a photo is misread from |f| / ||w||_1 on (linf), from |f| / ||w||_2 on (l2).
    network, weights, bias = linear_network(classes=2)
    for numbers in network.module.parameters():
        numbers.data *= 0.05  # not so sure of itself that the cross-entropy has no slope
    images = random_photos(12, seed=1)
    way = weights[0] - weights[1]
    score = (images * way).sum((1, 2, 3)) + bias[0] - bias[1]
    for norm, length in (("linf", way.abs().sum()), ("l2", way.norm())):
        exact = (score.abs() / length).double()
        # Distances in the middle of the widest gaps: overshooting does not matter there.
        ordered = exact.sort().values
        widest = (ordered[1:] / ordered[:-1]).topk(3).indices.sort().values
        eps = [float(one) for one in (ordered[widest] + ordered[widest + 1]) / 2]
        expected = [(exact > one).double().mean().item() for one in [0.0, *eps]]
        assert len(set(expected)) == 4
        found = fool.curve(network, images, attacks="fgsm,pgd,deepfool", eps=eps, norm=norm, steps=20)
        assert found.robust.tolist() == [pytest.approx(expected)] * 3
        assert found.least[2].tolist() == pytest.approx((exact * 1.02).tolist(), rel=1e-3)
        assert found.masking == ""


def test_curves_of_real_attacks_never_rise_and_repeat_and_leave_nothing_behind() -> None:
    network, images = small_cnn(), random_photos(6)
    flags = [weight.requires_grad for weight in network.module.parameters()]
    state = torch.get_rng_state()

    def curve() -> RobustCurve:
        return fool.curve(network, images, attacks="fgsm,pgd,fmn", eps="0.001,0.004,0.016,0.06", steps=8)

    found = curve()
    assert (found.robust.diff(dim=1) <= 0).all() and (found.robust[:, 0] == 1).all()
    assert float(found.robust.min()) < 0.5 < float(found.robust[:, 1].max())
    with torch.inference_mode():
        assert curve() == found
    assert torch.equal(torch.get_rng_state(), state)
    assert [weight.requires_grad for weight in network.module.parameters()] == flags
    assert all(weight.grad is None for weight in network.module.parameters())


def test_a_curve_of_the_bundled_network(shared: Any) -> None:
    from seethrough.fool.truths import truths
    from seethrough.images import photo

    network = seethrough.load()
    paths = [shared / "data" / "photos" / f"{name}.jpg" for name in ("goldfish", "koala", "daisy", "ipod")]
    found = fool.curve(
        network,
        network.frame([photo(path) for path in paths]),
        truths(paths, network),
        attacks="fgsm,pgd",
        eps="1/255,8/255",
        steps=5,
    )
    assert found.own_reading == 0 and found.robust[:, 0].tolist() == [1, 1]
    assert found.robust[1, 2] == 0 and found.robust[1, 1] <= found.robust[0, 1]
