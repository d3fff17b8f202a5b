"""An atlas: every unit as it would be dreamt alone, whatever the batch, and however often it was stopped on the way."""

import random
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from seethrough import dream
from seethrough.dream.atlas import unit_numbers
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from seethrough.results.dream import Dream
from tests.nets import random_photos, small_cnn


def exact_network() -> Network:
    network = small_cnn()
    network.module.double()
    return network


def test_each_image_is_the_dream_of_its_unit() -> None:
    network = exact_network()
    found = dream.atlas(network, "conv2", units="3-5,0", steps=4, seed=2)
    assert found.wishes == ("conv2:3", "conv2:4", "conv2:5", "conv2:0")
    together = dream.unit(network, list(found.wishes), steps=4, seed=2)
    torch.testing.assert_close(found.images, together.images, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(found.reached, together.reached, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(found.trace, together.trace, rtol=1e-6, atol=1e-8)
    maps = network.read(found.images, "conv2")["conv2"].detach().mean((2, 3))
    torch.testing.assert_close(found.reached, maps[range(4), [3, 4, 5, 0]], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("batch", [1, 2, 5, 7])
def test_the_batch_changes_no_number(batch: int) -> None:
    network = exact_network()
    expected = dream.atlas(network, "conv1", steps=4, batch=64)
    assert len(expected) == 8
    found = dream.atlas(network, "conv1", steps=4, batch=batch)
    for name in ("images", "reached", "trace"):
        torch.testing.assert_close(getattr(found, name), getattr(expected, name), rtol=1e-6, atol=1e-8)
    assert found.settings == expected.settings


def test_the_first_units_are_dreamt_where_none_are_named() -> None:
    assert len(dream.atlas(small_cnn(), "conv2", steps=0)) == 12
    assert unit_numbers(None, 100, "conv5") == list(range(64))


def stopped_at(network: Network, step_number: int, **named: Any) -> tuple[Dream, Mapping[str, Tensor]]:
    """Return what an atlas gives that is stopped at a step, and the state with which it goes on."""
    states: list[Mapping[str, Tensor]] = []

    def watch(step: Step) -> bool:
        assert step.state is not None
        states.append(step.state())
        return len(states) == step_number

    found = run(dream.atlas.job(network, "conv2", **named), watch)
    return found, states[-1]


@pytest.mark.parametrize("step_number", [1, 3, 4, 9, 12])
def test_taken_up_again_it_ends_as_if_it_had_never_been_stopped(step_number: int) -> None:
    network = exact_network()
    named: dict[str, Any] = {"units": "1-7", "steps": 4, "batch": 2, "seed": 1}
    expected = dream.atlas(network, "conv2", **named)
    partial, state = stopped_at(network, step_number, **named)
    # Four steps a batch of two: what is under way is shown, what is done is in the state.
    assert len(partial) == 2 * (-(-step_number // 4))
    assert len(state["images"]) == 2 * ((step_number - 1) // 4)
    assert partial.wishes == expected.wishes[: len(partial)]
    assert torch.equal(partial.images[: len(state["images"])], expected.images[: len(state["images"])])
    seen: list[int] = []
    again = run(dream.atlas.job(network, "conv2", resume=state, **named), lambda step: seen.append(step.done))
    assert again == expected
    assert len(seen) == 4 * 4 - 4 * (len(state["images"]) // 2)
    another = dream.atlas(network, "conv2", resume=state, **named | {"batch": 3})
    torch.testing.assert_close(another.images, expected.images, rtol=1e-6, atol=1e-8)
    assert another.wishes == expected.wishes


def test_a_finished_state_is_all_there_is_to_it() -> None:
    network = small_cnn()
    found = dream.atlas(network, "conv2", units="0-3", steps=2)
    state = {"images": found.images, "reached": found.reached, "trace": found.trace}
    assert dream.atlas(network, "conv2", units="0-3", steps=2, resume=state) == found


def test_curves_of_images_that_were_stopped_are_filled_up() -> None:
    partial, _ = stopped_at(small_cnn(), 6, units="0-3", steps=4, batch=2)
    assert partial.trace.shape == (4, 4)
    assert partial.trace.isfinite().sum(1).tolist() == [4, 4, 2, 2]
    assert partial.curve().axes and partial.figure().axes


def test_numbers_and_ranges_mean_the_units_they_name_once_each_in_their_order() -> None:
    chance = random.Random(0)
    for _ in range(200):
        expected: list[int] = []
        written = []
        for _ in range(chance.randrange(1, 6)):
            low = chance.randrange(40)
            high = low + chance.randrange(6)
            one = chance.random() < 0.5
            written.append(str(low) if one else f"{low}-{high}")
            expected += [low] if one else range(low, high + 1)
        text = chance.choice([",", ", ", " ,"]).join(written)
        found = unit_numbers(text, 50, "conv5")
        assert len(found) == len(set(found)) and set(found) == set(expected)
        assert [expected.index(number) for number in found] == sorted(expected.index(number) for number in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "units: '' does not fit; it takes numbers and ranges, as in 0-15,40"),
        ("a", "as in 0-15,40"),
        ("1-", "as in 0-15,40"),
        ("-3", "as in 0-15,40"),
        ("1,,2", "as in 0-15,40"),
        ("1.5", "as in 0-15,40"),
        ("²", "as in 0-15,40"),
        ("5-3", "units: '5-3' does not fit; conv2 has units 0 to 11"),
        ("3,5-4", "units: '3,5-4' does not fit; conv2 has units 0 to 11"),
        ("0-12", "conv2 has units 0 to 11"),
        ("999999999", "conv2 has units 0 to 11"),
        ("0-999999999", "conv2 has units 0 to 11"),
        ("9" * 5000, "as in 0-15,40"),
    ],
)
def test_what_names_no_unit_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        dream.atlas(small_cnn(), "conv2", units=text, steps=1)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_photos_to_begin_with_are_refused_not_passed_over() -> None:
    with pytest.raises(UserError, match="start: no photos are taken here; every image of an atlas begins alike"):
        dream.atlas(small_cnn(), "conv2", start=random_photos(1), steps=1)
    assert dream.atlas(small_cnn(), "conv2", units="0", start="black", canvas="pixels", steps=0).images.amax() == 0
