"""What every attack of `fool` promises: how far it goes, what it reports, and how it fails."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import seethrough
from seethrough.errors import UserError
from seethrough.fool.table import TABLE
from seethrough.images import photo, save_image
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from seethrough.tables import Method
from tests.fool.calls import (
    ATTACKS,
    BOUNDED,
    GOALS,
    LOOPS,
    ON_PHOTOS,
    Same,
    assert_as_said,
    counted,
    every_attack,
    every_goal,
    every_settling,
    exact_cnn,
    exact_photos,
    fool_by,
    has,
    lengths,
    named,
    others,
    straight_network,
    work_of,
)
from tests.nets import random_photos, small_cnn

RADII = (0.5 / 255, 2 / 255, 0.05)
TINY = 1e-6


def with_each(methods: list[Method], setting: str, first: Any, *more: Any) -> list[Any]:
    """Pair methods with every value of a setting; those that do not have it with the first alone."""
    return [
        pytest.param(method, value, id=f"{method.name}-{value}")
        for method in methods
        for value in (first, *(more if has(method, setting) else ()))
    ]


@pytest.mark.parametrize(("method", "norm"), with_each(BOUNDED, "norm", "linf", "l2"))
@pytest.mark.parametrize("precision", [torch.float32, torch.float64], ids=str)
def test_no_image_goes_farther_than_its_own_eps(method: Method, norm: str, precision: torch.dtype) -> None:
    network = small_cnn()
    network.module.to(precision)
    # Much black and white: where rounding and the ends of [0, 1] meet.
    images = ((random_photos(3).to(precision) - 0.5) * 2 + 0.5).clamp(0, 1)
    radii = RADII if norm == "linf" else (0.01, 0.5, 3.0)
    words = [str(radius) for radius in radii]
    found = fool_by(
        method,
        network,
        images,
        others(network, images),
        eps=words,
        **({"norm": norm} if has(method, "norm") else {}),
        **({"until": "never"} if has(method, "until") else {}),
    )
    far = lengths(found)[norm == "linf"]
    assert (far <= torch.tensor(radii, dtype=torch.float64) * (1 + TINY)).all()
    assert float(found.images.min()) >= 0 and float(found.images.max()) <= 1
    assert found.eps == tuple(words)
    if method.name in {"fgsm", "ifgsm", "pgd"} and norm == "linf":
        assert (far > 0.99 * torch.tensor(radii, dtype=torch.float64)).all()  # all of it is used


@pytest.mark.parametrize("method", [one for one in BOUNDED if has(one, "norm")], ids=named)
def test_a_radius_in_l2_holds_for_pictures_of_8_bits_too(method: Method) -> None:
    network, images = small_cnn(), random_photos(3)
    radii = [0.2, 0.5, 1.0]
    found = fool_by(method, network, images, others(network, images), eps=radii, norm="l2", eight_bit=True)
    assert (lengths(found)[0] <= torch.tensor(radii, dtype=torch.float64) * (1 + TINY)).all()


@pytest.mark.parametrize("method", BOUNDED, ids=named)
def test_eps_is_said_as_it_was_given(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    found = fool_by(method, network, images, others(network, images), eps="8/255")
    assert found.eps == ("8/255",)
    assert [row["eps"] for row in found.table()] == ["8/255", "8/255"]
    alone = fool_by(method, network, images[:1], others(network, images)[:1], eps=["8/255"])
    torch.testing.assert_close(alone.images[0], found.images[0], rtol=1e-5, atol=1e-5)
    for wrong in ("far", "-1/255", "1/0", [0.1, 0.2, 0.3], float("nan")):
        with pytest.raises(UserError, match="eps") as caught:
            fool_by(method, network, images, others(network, images), eps=wrong)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("method", "eight_bit"), with_each(ATTACKS, "eight_bit", False, True))
def test_queries_and_gradients_are_those_counted_outside(method: Method, eight_bit: bool) -> None:
    settles = {"eight_bit": True} if eight_bit else {}
    # The report looks at the images, and at what a file would hold of them.
    looks = 1 if eight_bit else 2
    for count in (1, 3):
        network, counter = counted()
        images = random_photos(count)
        goals = [1, 2, 3][:count]
        found = fool_by(method, network, images, goals, **settles)
        assert int(found.queries.sum()) == counter.images - looks * count
        assert int(found.gradients.sum()) == counter.slopes
        assert found.queries.min() >= 1


@every_goal
def test_away_is_the_goal_when_no_class_is_named(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    read = network(images).argmax(1).tolist()
    found = fool_by(method, network, images)
    assert found.goals == tuple(f"away from class {index}" for index in read)
    assert found.settings["classes"] == read and found.settings["toward"] is False
    assert_as_said(network, found, read, toward=False)
    assert torch.equal(fool_by(method, network, images, away=True).images, found.images)
    assert torch.equal(fool_by(method, network, images, classes=read).images, found.images)


@pytest.mark.parametrize(("method", "norm"), with_each(GOALS, "norm", "linf", "l2"))
def test_what_is_misread_already_is_left_as_it_is(method: Method, norm: str) -> None:
    chosen = {"norm": norm} if has(method, "norm") else {}
    network, counter = counted()
    images = random_photos(2)
    wrong = others(network, images)
    read = network(images).argmax(1).tolist()
    for goal in ({"classes": wrong}, {"to": read}):
        counter.images = counter.slopes = 0
        found = fool_by(method, network, images, **goal, **chosen)
        assert torch.equal(found.images, images) and found.success.all()
        assert found.l2.tolist() == found.linf.tolist() == [0, 0]
        assert found.queries.tolist() == [1, 1] and found.gradients.tolist() == found.steps.tolist() == [0, 0]
        assert counter.images == 6 and counter.slopes == 0
        assert found.goal_after.isfinite().all() and "nan" not in found.line()
    # One that errs beside one that does not.
    mixed = fool_by(method, network, images, classes=[wrong[0], read[1]], **chosen)
    assert torch.equal(mixed.images[0], images[0]) and mixed.gradients[0] == 0 and mixed.gradients[1] > 0


def test_a_lookalike_of_what_is_read_so_already_is_left_as_it_is() -> None:
    network, images = small_cnn(), random_photos(2)
    found = fool_by(TABLE["lookalike"], network, images, network(images).argmax(1).tolist())
    assert torch.equal(found.images, images) and found.gradients.tolist() == [0, 0]


@pytest.mark.parametrize(("method", "loss"), with_each(ATTACKS, "loss", "ce", "margin", "dlr", "logit"))
def test_networks_of_two_classes_and_single_images_work_with_every_loss(method: Method, loss: str) -> None:
    network, images = small_cnn(classes=2), random_photos(1)
    goals = others(network, images)
    chosen = {"loss": loss} if has(method, "loss") else {}
    found = fool_by(method, network, images, goals, **chosen)
    assert_as_said(network, found, goals, toward=True)
    if "goal" in method.needs:
        # With two classes to leave one is to come to the other.
        away = fool_by(method, network, images, **chosen)
        assert away.success.tolist() == [guess.index != away.settings["classes"][0] for guess in away.after]
        if loss in ("margin", "dlr"):
            assert torch.equal(away.images, found.images)


@pytest.mark.parametrize(("method", "eight_bit"), with_each(ATTACKS, "eight_bit", False, True))
def test_what_cannot_be_fooled_is_flagged_and_the_attack_ends(method: Method, eight_bit: bool) -> None:
    network = Network(Same([3.0, 1.0, 2.0]), size=(12, 17), channels=3, name="same")
    images = random_photos(2, size=(12, 17))
    for goal in ([1, 2], None):
        if goal is None and "goal" not in method.needs:
            continue
        found = fool_by(method, network, images, goal, **({"eight_bit": True} if eight_bit else {}))
        assert found.success.tolist() == found.png_success.tolist() == [False, False]
        assert found.images.isfinite().all() and found.l2.isfinite().all() and found.goal_after.isfinite().all()
        assert float(found.images.min()) >= 0 and float(found.images.max()) <= 1
        assert "NOT" in found.line() and "NOT" in found.say(1)
        assert [row["success"] for row in found.table()] == [False, False]
        assert not found.trace.isinf().any()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", [one for one in LOOPS if "goal" in one.needs], ids=named)
def test_a_failure_returns_the_best_that_was_seen(method: Method, seed: int) -> None:
    network, images = exact_cnn(seed=seed), exact_photos(4, seed=seed)
    # The class they are least likely to be read as, and much too small a radius where there is one; far too long steps.
    goals = network(images).argmin(1).tolist()
    chosen: dict[str, Any] = {"eps": "1/255"} if has(method, "eps") else {}
    chosen |= {"step": 20.0} if method.name in {"toward", "fmn"} else {}
    chosen |= {"rate": 1000.0} if method.name == "clip_ascent" else {"rate": 1.0} if has(method, "rate") else {}
    wanted = torch.tensor(goals)

    def margins(pixels: Tensor) -> Tensor:
        scores = network(pixels).detach()
        own = scores.gather(1, wanted[:, None])[:, 0]
        return own - scores.scatter(1, wanted[:, None], -torch.inf).amax(1)

    seen = []

    def watch(step: Step) -> None:
        assert step.peek is not None
        seen.append(margins(step.peek().images))

    found = run(work_of(method, network, images, goals, **chosen), watch)
    failed = ~found.success
    best = torch.stack(seen).amax(0)
    assert (margins(found.images)[failed] >= best[failed] - 1e-3).all()


@pytest.mark.parametrize("method", LOOPS, ids=named)
def test_an_attack_stops_when_asked_and_returns_what_it_has(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    goals = others(network, images)
    never = {"until": "never"} if has(method, "until") and method.name != "clip_ascent" else {}
    seen: list[Step] = []

    def stop(step: Step) -> bool:
        seen.append(step)
        return True

    found = run(work_of(method, network, images, goals, steps=9, **never), stop)
    assert len(seen) == 1 and seen[0].done <= seen[0].total
    assert found.steps.tolist() == [1, 1]
    assert seen[0].values and all(value == value for value in seen[0].values.values())
    assert seen[0].peek is not None and seen[0].peek().images.shape == images.shape
    assert_as_said(network, found, goals, toward=True)


@every_attack
def test_a_result_is_saved_loaded_and_drawn(method: Method, tmp_path: Path) -> None:
    network, images = small_cnn(), random_photos(2)
    found = fool_by(method, network, images, others(network, images))
    found.save(tmp_path / "found.safetensors")
    loaded = seethrough.load_result(tmp_path / "found.safetensors")
    assert loaded == found and loaded.table() == found.table()
    assert found.save(tmp_path / "found.png").stat().st_size > 5_000
    assert "\n" not in found.line() and "small-cnn" in found.line()


@every_settling
def test_a_picture_file_is_read_as_the_report_says(method: Method, tmp_path: Path) -> None:
    network, images = small_cnn(), random_photos(3)
    goals = others(network, images)
    radius = {"eps": "2/255"} if has(method, "eps") else {}
    for eight_bit in (True, False):
        found = fool_by(method, network, images, goals, eight_bit=eight_bit, **radius)
        for place, image in enumerate(found.images):
            read_back = network.frame(photo(save_image(image, tmp_path / f"{place}.png")))
            scores = network(read_back)[0].detach()
            assert int(scores.argmax()) == found.as_png[place].index
            assert float(scores.softmax(0).max()) == pytest.approx(found.as_png[place].probability, abs=1e-5)
            assert bool(found.png_success[place]) == (int(scores.argmax()) == goals[place])
            if eight_bit:
                assert torch.equal(read_back[0], image)
                assert found.success[place] == found.png_success[place]
        if eight_bit:
            levels = found.images.double() * 255
            assert (levels - levels.round()).abs().max() < 1e-4
            moved = (found.images.double() - found.originals.double()) * 255
            assert (moved - moved.round()).abs().max() < 1e-4
            # Said as whole levels, without rounding.
            assert found.linf.mul(255).sub(found.linf.mul(255).round()).abs().max() < 1e-4
            if radius:
                assert moved.abs().max().round() <= 2
                assert (found.linf.double() <= 2 / 255 * (1 + TINY)).all()
                # A hair less than two levels is one.
                less = fool_by(method, network, images, goals, eight_bit=True, eps="0.00784")
                assert (less.linf * 255).round().max() <= 1
            else:
                # Settling loses no attack.
                assert (found.success >= fool_by(method, network, images, goals).success).all()


@every_goal
def test_goals_that_cannot_be_meant_are_refused_in_one_line(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    for goal, words in (
        ({"to": 1, "away": True}, "to is 1 and away is True"),
        ({"away": False}, "name the class"),
        ({"to": [1, 2], "classes": [3, 2]}, "to is 'class 2', which is what the photo shows"),
        ({"to": "gold fish"}, "gold fish"),
        ({"classes": 77}, "77"),
        ({"to": [1, 2, 3]}, "3 given for 2 images"),
        ({"batch": 0}, "batch is 0"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            fool_by(method, network, images, **goal)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", LOOPS, ids=named)
def test_fewer_steps_than_none_are_refused_and_none_at_all_end_at_once(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    goals = others(network, images)
    with pytest.raises(UserError, match="steps is -1") as caught:
        fool_by(method, network, images, goals, steps=-1)
    assert "\n" not in str(caught.value)
    found = fool_by(method, network, images, goals, steps=0)
    assert found.steps.tolist() == found.gradients.tolist() == [0, 0]
    assert_as_said(network, found, goals, toward=True)


@pytest.mark.parametrize("method", [one for one in ATTACKS if has(one, "until")], ids=named)
def test_until_is_the_top_a_probability_or_never(method: Method) -> None:
    network, images = straight_network(), random_photos(2, size=(20, 28))
    goals = others(network, images)
    free: dict[str, Any] = {"steps": 60} | ({"eps": "1"} if has(method, "eps") else {})
    if method.name == "clip_ascent":
        free |= {"on": "logit", "rate": 0.05}
    elif method.name in {"ifgsm", "pgd"}:
        free |= {"step": 0.005}
    else:
        free |= {"step": 0.2}
    if method.name == "pgd":
        free |= {"random_start": False}
    taken = []
    for until in ("top", "0.5", 0.9, "never"):
        found = fool_by(method, network, images, goals, until=until, **free)
        assert found.success.all()
        if until not in ("top", "never"):
            assert (found.goal_after >= float(until)).all()
        taken.append(found.steps)
    for earlier, later in pairwise(taken):
        assert (earlier <= later).all()
    assert (taken[0] < taken[2]).any()
    # All steps, unless there was nothing to do.
    assert taken[-1].tolist() == [60 if first else 0 for first in taken[0].tolist()] and taken[-1].any()
    for wrong in ("soon", "1.5", 0, "nan"):
        with pytest.raises(UserError, match="until is"):
            fool_by(method, network, images, goals, until=wrong)


@pytest.mark.parametrize("method", ON_PHOTOS, ids=named)
@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.full((1, 3, 40, 56), 2.0), "pixels are in"),
        (torch.full((1, 3, 40, 56), float("nan")), "nan"),
        (torch.rand(3, 40, 56), "B, C, H, W"),
        (torch.rand(1, 4, 40, 56), "4 channels"),
    ],
)
def test_wrong_images_are_refused_in_one_line(method: Method, images: Tensor, words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool_by(method, small_cnn(), images, 1)
