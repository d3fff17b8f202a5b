"""The lab "visualization and fooling": what its numbers mean, and that its sentences follow them."""

from typing import Any

import pytest
import torch
from torch import nn

from seethrough import Network, load
from seethrough.labs.shown import SHOWN, objects, read_rightly, right
from seethrough.labs.visualize_and_fool import DOCUMENT
from seethrough.labs.visualize_and_fool.fooling import Way, effort
from seethrough.labs.visualize_and_fool.neurons import holding, reaching
from seethrough.labs.visualize_and_fool.regularisers import Trial, which_is_better
from seethrough.labs.visualize_and_fool.spectrum import falling
from seethrough.labs.visualize_and_fool.units import conv_layers, linear_layers, units_to_reach
from seethrough.labs.visualize_and_fool.zeroed import Hit, importance
from seethrough.labs.vivid import vivid
from tests.labs.commands import assert_commands_parse
from tests.labs.quick import quick_results


@pytest.fixture(scope="module")
def network() -> Network:
    return load("efficientnet-lite0")


@pytest.fixture(scope="module")
def results(network: Network, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return quick_results(DOCUMENT, network, tmp_path_factory)


def section(results: dict[str, Any], part: str, title: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in results["sections"] if one["part"] == part and one["title"].startswith(title)
    )
    return found


def test_every_task_of_the_sheet_has_a_section_a_figure_and_code(results: dict[str, Any]) -> None:
    titles = [one["title"] for one in results["sections"] if one["level"] == 2]
    assert [title[:2] for title in titles] == ["A.", "B.", "C.", "D."]
    assert not results["missing"]
    assert all(shown["code"] and shown["alt"] for one in results["sections"] for shown in one["pictures"])
    assert_commands_parse(results)


def test_units_of_conv_and_linear_layers_come_to_the_value_asked_for(results: dict[str, Any]) -> None:
    numbers = section(results, "neurons", "The desired value")["numbers"]
    assert set(numbers["kinds"]) == {"channel", "neuron", "fully connected"}
    assert len({unit.split(":")[0] for unit in numbers["units"]}) >= 4
    for photo, desired, reached, within in zip(
        numbers["photos"], numbers["desired"], numbers["reached"], numbers["within"], strict=True
    ):
        assert desired > photo
        assert within == (abs(reached - desired) <= 0.05 * abs(desired))
    assert sum(numbers["within"]) >= len(numbers["within"]) - 1


def test_the_norm_is_measured(results: dict[str, Any]) -> None:
    numbers = section(results, "neurons", "What the norm does")["numbers"]
    assert numbers["weights"] == sorted(numbers["weights"]) and numbers["norms"][-1] < numbers["norms"][0]


def test_eight_regularisers_stand_side_by_side(results: dict[str, Any]) -> None:
    numbers = section(results, "regularisers", "Better")["numbers"]
    assert len(numbers["names"]) == 8 and sum("Yosinski" in name for name in numbers["names"]) == 4
    assert all(0 <= one <= numbers["changes"] for one in numbers["lasts"])


def test_the_prior_brings_the_slope_to_that_of_photographs(results: dict[str, Any]) -> None:
    numbers = section(results, "spectrum", "B.")["numbers"]
    without, natural, literal = numbers["amplitude_falls"]
    photographs = sum(numbers["photographs"].values()) / len(numbers["photographs"])
    assert abs(natural - photographs) < 0.3 < abs(without - photographs)
    assert without < literal < natural
    assert numbers["power_falls"] == [2 * one for one in numbers["amplitude_falls"]]


def test_the_photo_is_read_as_the_targets_in_the_end_with_more_than_98_percent(results: dict[str, Any]) -> None:
    numbers = section(results, "fooling", "C.")["numbers"]
    assert numbers["right"] is True and numbers["read"] in SHOWN[numbers["photo"]].labels
    assert numbers["read_at_the_top"] == numbers["read_at_the_end"] == numbers["targets"]
    assert min(numbers["final"]) > 0.98
    assert numbers["ranks"][0] == 2 and numbers["ranks"][-1] == 1000
    assert numbers["start"] == sorted(numbers["start"], reverse=True)
    assert all(sure >= top for sure, top in zip(numbers["steps_to_sure"], numbers["steps_to_top"], strict=True))


def test_the_map_says_where_the_probability_falls_most(results: dict[str, Any]) -> None:
    numbers = section(results, "zeroed", "D.")["numbers"]
    (first, grey, large), grid = numbers["hits"][0], torch.tensor(numbers["grid"][0])
    assert first["lowest"] == pytest.approx(float(grid.min())) and first["lowest"] < numbers["probabilities"][0]
    row, column = divmod(int(grid.argmin()), grid.shape[1])
    assert (first["top"], first["left"]) == (row * first["block"], column * first["block"])
    assert grey["fill"] == "grey" and large["block"] == 2 * first["block"]


def test_layers_are_chosen_by_what_the_network_is(network: Network) -> None:
    from torchvision.models import alexnet

    with torch.random.fork_rng():
        other = Network(alexnet(weights=None), size=224, mean=[0.5] * 3, std=[0.2] * 3)
    assert [layer.name for layer in conv_layers(other, 5)] == [f"features.{k}" for k in (0, 3, 6, 8, 10)]
    assert [layer.units for layer in linear_layers(other)] == [4096, 4096, 1000]
    chosen = conv_layers(network, 3)
    assert chosen[0].name == "conv_stem" and chosen[-1].name == "conv_head"
    assert not any("dw" in layer.name for layer in conv_layers(network, 99))
    assert all(one.value > one.photos for one in units_to_reach(other, 2, 1))


def test_what_the_photos_show(network: Network) -> None:
    assert right(network, "coffee", "espresso") and right(network, "coffee", "goldfish") is False
    small = Network(nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2)), size=8, labels=["yes", "no"])
    assert right(small, "coffee", "yes") is None
    names = [name for name, _ in read_rightly(network)]
    assert names[0] == "coffee" and len(read_rightly(small)) == len(SHOWN)
    masks = objects(network, list(SHOWN))
    assert masks.shape == (4, 224, 224) and bool(masks.flatten(1).any(1).all())


def test_faint_images_are_amplified_and_said_to_be() -> None:
    about = torch.full((3,), 0.5)
    faint = torch.full((3, 16, 16), 0.5)
    assert vivid(faint, about)[1] == ""
    faint[:, 3] = 0.52
    shown, words = vivid(faint, about)
    assert words == ", x 20" and float(shown.max()) == pytest.approx(0.9)


def test_sentences_follow_their_numbers() -> None:
    assert "all 3" in reaching(3, 3) and "out of reach" in reaching(1, 3) and "none" in reaching(0, 3)
    assert "as it should" in holding([(0, 4.0, 1.0), (1, 3.0, 1.0)], 1.0)
    assert "larger" in holding([(0, 4.0, 1.0), (1, 5.0, 1.0)], 1.0)
    assert "missed" in holding([(0, 4.0, 1.0), (1, 4.0, 0.5)], 1.0)


def test_which_regulariser_is_better_follows_its_numbers() -> None:
    plain = Trial("nothing", 0.99, 1.0, 0.1)
    better = which_is_better([plain, Trial("waves", 0.8, 11.0, 1.2)], 12, (1.0, 1.4))
    assert "waves: still read" in better and "nothing came above 90" in better and "as in photographs" in better
    equal = which_is_better([Trial("nothing", 0.5, 3.0, 0.1), Trial("waves", 0.8, 3.0, 0.2)], 12, (1.0, 1.4))
    assert "brings nothing" in equal and "outside the range" in equal
    assert "more steps are needed" in which_is_better([Trial("nothing", 0.1, 0, 0.1)], 12, None)


def test_what_is_said_of_the_slopes_follows_them() -> None:
    assert "does what it is for" in falling([0.0, 1.2, 0.8], [1.1, 1.4])
    assert "did not bring" in falling([0.8, 0.1, 0.0], [1.1, 1.4])
    assert "Even without" in falling([1.2, 1.2, 0.8], [1.1, 1.4])
    assert "no shallower" in falling([0.0, 1.0, 1.2], [1.1, 1.4])


def test_what_is_said_of_the_effort_follows_it() -> None:
    near, far = Way("cup", 0.1, 3, 9, 0.5), Way("bag", 1e-6, 20, 30, 1.0)
    said = effort([near, far], 200.0, (2, 2))
    assert "The lower the probability at the start, the more steps" in said and "next to nothing" in said
    turned = effort([Way("cup", 0.1, 20, 9, 0.5), Way("bag", 1e-6, 3, 30, 50.0)], 200.0, (1, 0))
    assert "Against what one expects" in turned and "can be seen" in turned and "none of the 2" in turned
    assert "hardly hangs" in effort([near, Way("bag", 1e-6, 3, 30, 1.0)], 200.0, (2, 2))


def test_what_is_said_of_the_block_follows_its_map() -> None:
    first = Hit(32, "zero", 0.1, 32, 64, 0.05, 0.0, 0.9, "plate")
    grey = Hit(32, "grey", 0.12, 32, 64, 0.05, 0.0, 0.9, "plate")
    said = importance([first, grey, Hit(64, "zero", 0.01, 0, 0, 0.5, 0, 0.5, "plate")], "cup", 0.9)
    assert "on the object" in said and "gathered there" in said and "little difference" in said
    assert "is read as plate" in said
    other = importance(
        [Hit(32, "zero", 0.8, 0, 0, 0.0, 0.4, 0.0, "cup"), Hit(32, "grey", 0.3, 160, 160, 0.1, 0, 1, "cup")], "cup", 0.9
    )
    assert "beside the object" in other and "Nowhere" in other and "likelier" in other and "fill" in other
