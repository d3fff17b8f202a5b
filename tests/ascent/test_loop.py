"""The loop: images climb on their own, leave when done, and what is returned is what it is said to be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from seethrough.ascent.canvas import ball, pixels, shared
from seethrough.ascent.fourier import fourier
from seethrough.ascent.jitter import STILL, Jitter, crop, mirror
from seethrough.ascent.lbfgs import lbfgs
from seethrough.ascent.loop import Climb, Glimpse, ascend
from seethrough.ascent.prior import norm, tv
from seethrough.ascent.stride import Stride, adam, momentum, plain, sign, unit_length
from seethrough.ascent.touch import blur, decay
from seethrough.ascent.wish import Reading, Wish, log_probability, logit, reach
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.streams import image_streams
from tests.ascent.test_look import CANVASES, every_canvas, exact_cnn, exact_photos
from tests.nets import linear_network, random_photos, small_cnn

CLASSES = torch.tensor([0, 2, 4, 1, 3])
BUSY = Jitter((crop(0.5, 0.9), mirror()), 0.05, 2)
WISH = log_probability(CLASSES) - 0.001 * tv(1) - 0.001 * norm(0.5)
STRIDES: dict[str, Callable[[], Stride]] = {
    "plain": lambda: plain(0.5),
    "unit_length": lambda: unit_length(0.5),
    "momentum": lambda: momentum(1.0, drops=(8,)),
    "adam": lambda: adam(0.03),
    "nadam": lambda: adam(0.03, nesterov=True),
    "lbfgs": lambda: lbfgs(),
}
every_stride = pytest.mark.parametrize("name", STRIDES)


def above(limits: Tensor | float) -> Callable[[Reading, Tensor], Tensor]:
    """Say which images have a wish above a limit, one for all or one for each."""
    levels = torch.as_tensor(limits)
    return lambda reading, values: values > (levels[reading.rows] if levels.ndim else levels)


def scores_of(network: Any, images: Tensor) -> Tensor:
    return network(images).gather(1, CLASSES[: len(images), None])[:, 0]


def assert_equal(found: Climb, expected: Climb) -> None:
    for name in ("images", "values", "trace", "steps", "done"):
        torch.testing.assert_close(
            getattr(found, name),
            getattr(expected, name),
            rtol=0,
            atol=0,
            equal_nan=True,
            msg=lambda m, n=name: f"{n}: {m}",
        )


def until_step(work: Any, last: int) -> Step:
    """Let a job go on to a step and return that, the job still alive."""
    for step in work:
        if step.done == last:
            return step
    raise AssertionError("it ended before")


# Each image on its own


@pytest.mark.parametrize("kind", [kind for kind in CANVASES if kind != "shared"])
@pytest.mark.parametrize("jitter", [STILL, BUSY], ids=["still", "busy"])
def test_an_image_climbs_alike_alone_and_in_a_batch(kind: str, jitter: Jitter) -> None:
    outcomes = [
        ascend(
            exact_cnn(),
            CANVASES[kind](count),
            WISH,
            stride=adam(0.03),
            steps=12,
            jitter=jitter,
            seed=4,
            at_once=at_once,
        )
        for count, at_once in ((1, 1), (2, 2), (5, 3), (5, 5))
    ]
    for found in outcomes[:-1]:
        count = len(found.images)
        for name in ("images", "values", "trace"):
            torch.testing.assert_close(getattr(found, name), getattr(outcomes[-1], name)[:count], rtol=1e-9, atol=1e-9)


@every_stride
def test_with_every_stride_an_image_climbs_alike_alone_and_in_a_batch(name: str) -> None:
    images = exact_photos(4)
    together = ascend(exact_cnn(), pixels(images), WISH, stride=STRIDES[name](), steps=12)
    for row in range(4):
        wish = log_probability(CLASSES[row : row + 1]) - 0.001 * tv(1) - 0.001 * norm(0.5)
        alone = ascend(exact_cnn(), pixels(images[row : row + 1]), wish, stride=STRIDES[name](), steps=12)
        torch.testing.assert_close(alone.images[0], together.images[row], rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(alone.trace[0], together.trace[row], rtol=1e-9, atol=1e-9)


def test_a_part_of_a_batch_climbs_as_in_the_whole_if_it_says_where_it_begins() -> None:
    images = exact_photos(5)
    whole = ascend(exact_cnn(), pixels(images), WISH, stride=adam(0.03), steps=8, jitter=BUSY, seed=2)
    for begin, end in ((0, 2), (2, 5), (4, 5)):
        wish = log_probability(CLASSES[begin:end]) - 0.001 * tv(1) - 0.001 * norm(0.5)
        part = ascend(
            exact_cnn(), pixels(images[begin:end]), wish, stride=adam(0.03), steps=8, jitter=BUSY, seed=2, first=begin
        )
        torch.testing.assert_close(part.images, whole.images[begin:end], rtol=0, atol=1e-9)
        torch.testing.assert_close(part.trace, whole.trace[begin:end], rtol=1e-9, atol=1e-9)


def test_in_single_precision_the_outcomes_agree() -> None:
    for canvas in (
        lambda count: pixels(random_photos(count)),
        lambda count: fourier(image_streams(0, count), 3, (40, 56)),
    ):
        together, alone = (
            ascend(small_cnn(), canvas(count), WISH, stride=adam(0.02), steps=20, jitter=BUSY) for count in (5, 1)
        )
        torch.testing.assert_close(alone.values[0], together.values[0], rtol=0.01, atol=0.01)
        assert (alone.images[0] - together.images[0]).abs().mean() < 0.01


def test_how_many_go_through_the_network_at_once_changes_rounding_alone() -> None:
    expected = ascend(exact_cnn(), pixels(exact_photos(5)), WISH, stride=adam(0.03), steps=10, jitter=BUSY)
    for at_once in (1, 2, 4):
        found = ascend(
            exact_cnn(), pixels(exact_photos(5)), WISH, stride=adam(0.03), steps=10, jitter=BUSY, at_once=at_once
        )
        torch.testing.assert_close(found.images, expected.images, rtol=0, atol=1e-9)
        torch.testing.assert_close(found.trace, expected.trace, rtol=1e-9, atol=1e-9)


# Leaving


def test_images_that_are_done_leave_and_the_others_go_on_as_if_alone() -> None:
    network, images, wish = exact_cnn(), exact_photos(4), logit(CLASSES)
    begin = scores_of(network, images).detach()
    limits = begin + torch.tensor([0.02, 100.0, -0.1, 0.1])  # soon, never, at once, later
    climbs = {"stride": adam(0.01), "steps": 15}
    found = ascend(network, pixels(images), wish, until=above(limits), **climbs)
    left, _, now, later = found.steps.tolist()
    assert now == 1 < left < later < 15 == found.steps[1]
    assert found.done.tolist() == [True, False, True, True]
    assert torch.equal(found.images[2], images[2])
    for row in range(4):
        alone = ascend(
            network, pixels(images[row : row + 1]), logit(CLASSES[row : row + 1]), until=above(limits[row]), **climbs
        )
        torch.testing.assert_close(alone.images[0], found.images[row], rtol=0, atol=1e-9)
        assert alone.steps[0] == found.steps[row]
        seen = found.trace[row, : found.steps[row]]
        assert not seen.isnan().any() and found.trace[row, found.steps[row] :].isnan().all()
        assert (seen[:-1] <= limits[row]).all()
        assert found.done[row] == (found.values[row] > limits[row])


@every_stride
def test_who_left_does_not_move_any_more(name: str) -> None:
    network, images, wish = exact_cnn(), exact_photos(3), logit(CLASSES)
    limits = scores_of(network, images).detach() + torch.tensor([0.02, 100.0, 100.0])
    work = ascend.job(network, pixels(images), wish, stride=STRIDES[name](), steps=30, until=above(limits))
    seen: list[tuple[int, Tensor]] = []
    try:
        for step in work:
            glimpse = step.peek()
            assert isinstance(glimpse, Glimpse)
            seen.append((len(step.state()["rows"]), glimpse.images))
    except StopIteration:
        pass
    gone = [images for under_way, images in seen if under_way == 2]
    assert 1 < len(gone) < 30
    for later in gone[1:]:
        assert torch.equal(later[0], gone[0][0]) and not torch.equal(later[1], gone[0][1])


def test_when_all_are_done_it_ends() -> None:
    network, images = small_cnn(), random_photos(3)
    found = ascend(network, pixels(images), logit(CLASSES), stride=plain(0.1), steps=50, until=above(-100.0))
    assert torch.equal(found.images, images) and found.trace.shape == (3, 1) and found.done.all()


def test_done_is_asked_again_of_what_is_returned() -> None:
    # Under noise an image leaves for a view that was good; as it is it need not be.
    network, images = exact_cnn(), exact_photos(5)
    limits = scores_of(network, images).detach() + 0.002
    found = ascend(
        network,
        pixels(images),
        logit(CLASSES),
        stride=plain(1e-9),
        steps=20,
        jitter=Jitter(noise=0.3),
        until=above(limits),
    )
    assert (found.steps < 20).any() and not found.done.any()


# Stopping, resuming, peeking


def test_a_climb_that_is_stopped_returns_what_there_is() -> None:
    network, images = exact_cnn(), exact_photos(2)
    stopped = run(ascend.job(network, pixels(images), WISH, stride=adam(0.03), steps=50), lambda step: step.done == 7)
    assert_equal(stopped, ascend(network, pixels(images), WISH, stride=adam(0.03), steps=7))


@every_canvas
@pytest.mark.parametrize("name", ["adam", "momentum", "lbfgs"])
def test_a_climb_taken_up_again_ends_where_an_uninterrupted_one_ends(name: str, kind: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "steps": 14,
        "seed": 3,
        "jitter": STILL if name == "lbfgs" else BUSY,
        "best": name == "lbfgs",
    }
    expected = ascend(exact_cnn(), CANVASES[kind](3), WISH, stride=STRIDES[name](), **settings)
    work = ascend.job(exact_cnn(), CANVASES[kind](3), WISH, stride=STRIDES[name](), **settings)
    state = until_step(work, 6).state()
    kept = {key: value.clone() for key, value in state.items()}
    for _ in range(3):
        next(work)  # what was written down does not change when the climb goes on
    for key, value in kept.items():
        torch.testing.assert_close(state[key], value, rtol=0, atol=0, equal_nan=True)
    save_file(dict(state), tmp_path / "state.safetensors")
    read = load_file(tmp_path / "state.safetensors")
    for resume in (state, read):
        again = ascend(exact_cnn(), CANVASES[kind](3), WISH, stride=STRIDES[name](), resume=resume, **settings)
        assert_equal(again, expected)
    for key, value in kept.items():  # nor when it is taken up
        torch.testing.assert_close(state[key], value, rtol=0, atol=0, equal_nan=True)


def test_a_climb_that_some_have_left_is_taken_up_as_well_and_so_is_one_at_its_end() -> None:
    network, images, wish = exact_cnn(), exact_photos(4), logit(CLASSES)
    limits = scores_of(network, images).detach() + torch.tensor([0.02, 0.2, -0.1, 0.1])
    settings: dict[str, Any] = {
        "stride": adam(0.01),
        "steps": 60,
        "until": above(limits),
        "jitter": Jitter(noise=0.001),
    }
    expected = ascend(network, pixels(images), wish, **settings)
    assert expected.trace.shape[1] < 60  # all have left before
    for last in (1, 8, expected.trace.shape[1]):
        state = until_step(ascend.job(network, pixels(images), wish, **settings), last).state()
        assert_equal(ascend(network, pixels(images), wish, resume=state, **settings), expected)
    settings["steps"] = last = expected.trace.shape[1]
    state = until_step(ascend.job(network, pixels(images), wish, **settings), last).state()
    assert_equal(ascend(network, pixels(images), wish, resume=state, **settings), expected)


def test_the_state_can_be_written_down_whatever_the_order_of_pixels_in_memory(tmp_path: Path) -> None:
    def turned(images: Tensor, slope: Tensor, step: int) -> Tensor:
        return (images * 0.99).contiguous(memory_format=torch.channels_last)

    images = turned(random_photos(2), random_photos(2), 0)
    settings: dict[str, Any] = {"stride": unit_length(0.3), "steps": 9, "touches": (blur(0.7, 2), turned)}
    expected = ascend(small_cnn(), pixels(images), WISH, **settings)
    state = until_step(ascend.job(small_cnn(), pixels(images), WISH, **settings), 4).state()
    save_file(dict(state), tmp_path / "state.safetensors")
    again = ascend(small_cnn(), pixels(images), WISH, resume=load_file(tmp_path / "state.safetensors"), **settings)
    assert_equal(again, expected)


def test_every_step_says_where_it_stands_and_shows_all_images() -> None:
    network, images, wish = exact_cnn(), exact_photos(3), logit(CLASSES)
    limits = scores_of(network, images).detach() + torch.tensor([100.0, 0.02, 100.0])
    watch = {"brightness": lambda reading: reading.images.mean((1, 2, 3))}
    # A stride that goes down: what was seen last is not the highest that was seen.
    work = ascend.job(network, pixels(images), wish, stride=plain(-0.3), steps=5, watch=watch)
    for number, step in enumerate(work, 1):
        assert (step.done, step.total) == (number, 5)
        glimpse = step.peek()
        assert glimpse.images.shape == images.shape
        short = ascend(network, pixels(images), wish, stride=plain(-0.3), steps=number)
        assert torch.equal(glimpse.images, short.images)
        torch.testing.assert_close(glimpse.values, short.trace[:, -1])
        assert step.values["wish"] == pytest.approx(float(short.trace[:, -1].mean()))
        before = ascend(network, pixels(images), wish, stride=plain(-0.3), steps=number - 1).images
        assert step.values["brightness"] == pytest.approx(float(before.mean()))
    work = ascend.job(network, pixels(images), wish, stride=adam(0.01), steps=30, until=above(limits))
    last = until_step(work, 30)
    found = ascend(network, pixels(images), wish, stride=adam(0.01), steps=30, until=above(limits))
    assert found.steps[1] < 30
    expected = [found.trace[0, -1], found.trace[1, found.steps[1] - 1], found.trace[2, -1]]
    torch.testing.assert_close(last.peek().values, torch.stack(expected))
    glimpse = last.peek()
    glimpse.images.zero_()
    assert torch.equal(last.peek().images, found.images)  # what was looked at can be drawn on


# Chance


def test_a_seed_gives_the_same_climb_another_seed_another_and_global_chance_is_untouched() -> None:
    def climb(seed: int) -> Tensor:
        return ascend(
            small_cnn(), pixels(random_photos(2)), WISH, stride=adam(0.03), steps=5, jitter=BUSY, seed=seed
        ).images

    before = torch.random.get_rng_state()
    first, again, other = climb(1), climb(1), climb(2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first, again) and not torch.equal(first, other)
    torch.manual_seed(77)
    assert torch.equal(climb(1), first)


# What is returned


@every_canvas
def test_what_is_said_is_computed_from_what_is_returned(kind: str) -> None:
    network = exact_cnn()
    watch = {"score": logit(CLASSES).read, "brightness": lambda reading: reading.images.mean((1, 2, 3))}
    wish = logit(CLASSES) - 0.1 * norm(0.5)
    until = above(torch.tensor([-1.0, 0.2, 100.0]))
    found = ascend(
        network, CANVASES[kind](3), wish, stride=adam(0.1), steps=6, jitter=BUSY, watch=watch, until=until, at_once=2
    )
    assert found.images.min() >= 0 and found.images.max() <= 1 and not found.images.requires_grad
    scores = scores_of(network, found.images)
    expected = scores - 0.1 * (found.images - 0.5).square().sum((1, 2, 3))
    torch.testing.assert_close(found.values, expected)
    torch.testing.assert_close(found.watched["score"], scores)
    torch.testing.assert_close(found.watched["brightness"], found.images.mean((1, 2, 3)))
    assert found.done.tolist() == (expected > torch.tensor([-1.0, 0.2, 100.0])).tolist()
    assert found.trace.shape == (3, 6) and found.steps.tolist() == (~found.trace.isnan()).sum(1).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_more_small_steps_never_end_lower(seed: int) -> None:
    network, images = small_cnn(seed=seed), random_photos(3, seed=seed)
    wish = logit(CLASSES[:3].roll(seed))
    values = [
        ascend(network, pixels(images), wish, stride=unit_length(0.02), steps=steps).values
        for steps in (0, 1, 2, 5, 10, 30)
    ]
    rises = torch.stack(values).diff(dim=0)
    assert (rises >= -1e-6).all() and (rises.sum(0) > 0).all()


def test_the_best_place_on_the_way_is_returned_if_asked_for() -> None:
    network, images = exact_cnn(), exact_photos(4)
    wanted = scores_of(network, images).detach() + 0.05
    wish = reach(logit(CLASSES), wanted)
    climbs: dict[str, Any] = {"stride": sign(0.05), "steps": 12}  # strides far too long: it goes to and fro
    last = ascend(network, pixels(images), wish, **climbs)
    found = ascend(network, pixels(images), wish, best=True, **climbs)
    highest = torch.cat([last.trace, last.values[:, None]], 1).amax(1)
    torch.testing.assert_close(found.values, highest, rtol=1e-12, atol=1e-12)
    assert (highest > last.values + 1e-3).any()
    torch.testing.assert_close(-((scores_of(network, found.images) - wanted) / wanted).square(), found.values)
    assert_equal(ascend(network, pixels(images), logit(CLASSES), best=True, stride=sign(0.4), steps=0),
                 ascend(network, pixels(images), logit(CLASSES), stride=sign(0.4), steps=0))  # fmt: skip


def test_under_jitter_no_step_is_the_best_for_no_two_saw_the_same() -> None:
    climbs: dict[str, Any] = {"stride": sign(0.1), "steps": 9, "jitter": BUSY}
    network, images = exact_cnn(), exact_photos(2)
    expected = ascend(network, pixels(images), reach(logit(CLASSES), 0.1), **climbs)
    assert_equal(ascend(network, pixels(images), reach(logit(CLASSES), 0.1), best=True, **climbs), expected)


def test_one_pattern_for_all_is_best_where_it_is_for_all() -> None:
    network, photos = exact_cnn(), exact_photos(3)
    climbs: dict[str, Any] = {"stride": sign(0.3), "steps": 12}
    last = ascend(network, shared(photos, 0.4), logit(CLASSES), **climbs)
    found = ascend(network, shared(photos, 0.4), logit(CLASSES), best=True, **climbs)
    highest = torch.cat([last.trace, last.values[:, None]], 1).sum(0).max()
    assert highest > last.values.sum()
    torch.testing.assert_close(found.values.sum(), highest)
    climbs = {"stride": sign(0.001), "steps": 6}  # steadily up: here the last is the best
    last = ascend(network, shared(photos, 0.4), logit(CLASSES) + 10, **climbs)
    found = ascend(network, shared(photos, 0.4), logit(CLASSES) + 10, best=True, **climbs)
    assert last.values.sum() > last.trace.sum(0).max() > 0
    assert_equal(found, last)


def test_what_was_asked_for_is_not_given_up_for_what_stands_better() -> None:
    # Done is who is dark; the wish is to be bright, and the way leads down.
    network, _, _ = linear_network(size=(8, 8))
    start = torch.full((2, 3, 8, 8), 0.5)
    start[1] = 0.9
    wish = Wish(lambda reading: reading.images.mean((1, 2, 3)))
    dark = lambda reading, values: values < 0.27  # noqa: E731
    found = ascend(network, pixels(start), wish, stride=sign(-0.05), steps=6, until=dark, best=True)
    assert found.done.tolist() == [True, False]
    torch.testing.assert_close(found.values, torch.tensor([0.25, 0.9]))


def test_a_wish_that_became_no_number_is_worse_than_any() -> None:
    network, _, _ = linear_network(size=(8, 8))
    start = torch.full((1, 3, 8, 8), 0.5)
    wish = Wish(lambda reading: (0.72 - reading.images.mean((1, 2, 3))).sqrt() * -1)
    found = ascend(network, pixels(start), wish, stride=sign(0.1), steps=3, best=True)
    torch.testing.assert_close(found.images, torch.full((1, 3, 8, 8), 0.7))


def test_no_steps_leave_the_start_and_say_its_wish() -> None:
    network, images = exact_cnn(), exact_photos(2)
    found = ascend(network, pixels(images), logit(CLASSES), stride=adam(0.1), steps=0, until=above(-100.0))
    assert torch.equal(found.images, images) and found.trace.shape == (2, 0) and found.steps.tolist() == [0, 0]
    torch.testing.assert_close(found.values, scores_of(network, images))
    assert found.done.all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": -1}, "steps is -1; it takes 0 or more"),
        ({"at_once": 0}, "batch is 0; it takes 1 or more"),
        (
            {"touches": (decay(0.1),), "canvas": ball(random_photos(1), 0.1)},
            "touches change pixels: they are for the canvas",
        ),
        ({"touches": (decay(0.1),), "canvas": fourier(image_streams(0, 1), 3, (40, 56))}, "touches change pixels"),
    ],
)
def test_wrong_settings_are_answered_in_one_line(settings: dict[str, Any], words: str) -> None:
    canvas = settings.pop("canvas", pixels(random_photos(1)))
    with pytest.raises(UserError, match=words):
        ascend(small_cnn(), canvas, WISH, **({"stride": adam(0.1), "steps": 1} | settings))
