"""The lab `digits`, made once in quick mode on what is embedded: its numbers mean what they should, sentences follow them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from seethrough import load
from seethrough.errors import UserError
from seethrough.labs.desk import Desk
from seethrough.labs.digits import DOCUMENT, answers, sentences
from seethrough.labs.digits.material import DIGITS, material, pair
from seethrough.labs.digits.measures import Judged, between_classes, correlations, inked, shares
from seethrough.labs.digits.prevent import Behind, behind, two_levels
from seethrough.labs.produce import produce
from seethrough.networks.from_card import BUNDLED, read_card
from tests.labs.commands import assert_commands_parse
from tests.nets import linear_network


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("digits")
    (place / "data").mkdir()
    desk = Desk(load("mnist-cnn"), place / "page" / ".kept", quick=True, data=place / "data", words="--net mnist-cnn")
    produced = produce(DOCUMENT, desk, place / "page", command="seethrough lab digits --quick")
    assert produced.missing == ()
    return place / "page"


@pytest.fixture(scope="module")
def results(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "results.json").read_text())
    return found


def section(results: Mapping[str, Any], title: str) -> dict[str, Any]:
    (found,) = [one for one in results["sections"] if one["title"].startswith(title)]
    assert isinstance(found, dict)
    return found


def numbers(results: Mapping[str, Any], title: str) -> dict[str, Any]:
    found = section(results, title)["numbers"]
    assert isinstance(found, dict)
    return found


def test_the_page_follows_the_document_and_says_what_stands_in(results: dict[str, Any], out: Path) -> None:
    titles = [one["title"] for one in results["sections"] if one["level"] == 2]
    assert [title.split(" ")[0] for title in titles] == ["1.", "2.", "3.", "3a.", "3b.", "3c.", "Optional", "Optional"]
    for title in titles[:1] + titles[2:3]:
        assert "scikit-learn's digits" in title
    assert numbers(results, "1. ")["stands in for MNIST"] is True
    assert sum(path.stat().st_size for path in (out / "figures").iterdir()) < 10e6
    assert (out / "index.html").stat().st_size < 15e6
    assert all(one["answer"] for one in results["sections"] if "?" in one["title"])
    assert_commands_parse(results)


def test_the_network_is_counted_exactly(results: dict[str, Any]) -> None:
    parameters, neurons = numbers(results, "1.4"), numbers(results, "1.5")
    assert parameters == {"convolutional": 9568, "fully connected": 789510, "other": 0, "total": 799078}
    assert neurons == {"convolutional": 31360, "fully connected": 510, "other": 0, "total": 31870}
    assert "799,078" in section(results, "1.4")["answer"] and "31,870" in section(results, "1.5")["answer"]
    shapes = numbers(results, "1.3")
    assert shapes["conv1"] == {"in": [1, 28, 28], "out": [32, 28, 28]}
    assert shapes["conv2"] == {"in": [32, 14, 14], "out": [32, 14, 14]}
    assert shapes["fc3"] == {"in": [1568], "out": [500]} and shapes["fc4"] == {"in": [500], "out": [10]}


def test_a_network_was_trained_and_tested(results: dict[str, Any]) -> None:
    found = numbers(results, "1.1")
    assert len(found["loss"]) == len(found["validation error"]) == numbers(results, "1. ")["epochs"]
    assert found["loss"][-1] < found["loss"][0] / 2
    assert found["training error"][0] == pytest.approx(1 - found["accuracy"][0])
    assert found["test pictures"] == 360 and all(right > 0.85 for right in found["test accuracy"].values())
    assert found["card accuracy"] == {
        name: read_card(BUNDLED / f"{name}.json")["test_accuracy"] for name in ("mnist-cnn", "mnist-cnn-bn")
    }
    captions = [shown["caption"] for shown in section(results, "1.1")["pictures"]]
    assert "From the cards" in captions[1]
    normed = numbers(results, "1.6")
    assert set(normed["seconds an epoch"]) == {"without", "with batch norm"}
    assert all(seconds > 0 for seconds in normed["seconds an epoch"].values())


def test_occlusion_is_on_ten_pictures(results: dict[str, Any]) -> None:
    found = numbers(results, "2.4")
    assert len(found["shows"]) == len(found["lowest each"]) == 10
    assert all(low <= clear + 1e-6 for low, clear in zip(found["lowest each"], found["uncovered each"], strict=True))
    assert found["patch on the digit"] < found["patch off the digit"] < found["uncovered"]
    assert found["black patch off the digit"] > found["patch off the digit"]


def test_noise_is_read_as_each_of_the_ten_digits_and_is_none(results: dict[str, Any]) -> None:
    found = numbers(results, "3a.")
    assert found["class"] == list(DIGITS) and min(found["probability"]) > 0.98
    assert min(found["probability then"]) >= 0.99 and found["weights unchanged"] is True
    assert found["correlation with the mean digit"] < found["of real digits"]["correlation with the mean digit"] / 2
    assert section(results, "Do the images look like a number?")["answer"].startswith("No.")
    cost = numbers(results, "Does the cost")
    assert all(last > first for first, last in zip(cost["first"], cost["last"], strict=True))


def test_lookalikes_are_read_as_wanted_and_are_near_their_target(results: dict[str, Any]) -> None:
    found = numbers(results, "3b.")
    assert found["looks like"] == list(range(10)) and found["to be read as"] == [3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    assert found["read as"] == found["to be read as"] and min(found["probability"]) >= 0.9
    assert sum(found["levels from the target"]) < sum(found["levels between the digits"]) / 2
    assert found["looks like a digit"] == "yes"


def test_every_noise_does_it_on_its_image_and_the_table_is_ten_by_ten(results: dict[str, Any]) -> None:
    found = numbers(results, "3c.")
    assert found["read as"] == found["class"] == list(DIGITS)
    assert min(found["levels"]) > 0 and found["largest"] <= found["eps"] * 255 + 1e-3
    table = section(results, "The noises on ten")["tables"][0]
    assert table["head"][1:11] == list(DIGITS) and len(table["rows"]) == 11
    laid = numbers(results, "The noises on ten")
    assert laid["without noise"] == laid["true"] == list(DIGITS)
    wrong = sum(read != true for row in laid["with noise"].values() for read, true in zip(row, DIGITS, strict=True))
    assert wrong == laid["wrong"] == sum(cell.endswith("*") for row in table["rows"][1:] for cell in row[1:11])


def test_a_hundred_images_by_optimisation(results: dict[str, Any]) -> None:
    found = numbers(results, "Optional 1.")
    assert found["images"] == found["pictures"] == len(found["probability"]) == 100
    assert found["read as the class"] == 100
    weights = list(found["by weight"].values())
    assert weights[-1]["norm"] < weights[0]["norm"]
    units = numbers(results, "Units of the middle")
    assert len(units["reached"]) == 32 and {name.split(":")[0] for name in units["reached"]} == {"relu1", "relu2"}


def test_the_hardened_network_withstands_more(results: dict[str, Any]) -> None:
    curve = numbers(results, "Train against")
    assert sum(curve["mnist-cnn-robust"]) > sum(curve["mnist-cnn"]) and curve["mnist-cnn"][-1] <= 0.1
    again = numbers(results, "The attacks of part 3 again")
    assert again[answers.NEAREST]["mnist-cnn-robust"] > again[answers.NEAREST]["mnist-cnn"]
    cheap = numbers(results, "Cheap defences")
    for found in cheap.values():
        assert set(found) == {"as they are", "attacked without it", "attacked through it"}
    assert cheap["blurring (1 pixel)"]["attacked through it"] < cheap["blurring (1 pixel)"]["attacked without it"]


def test_a_network_that_reads_no_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="1 x 28 x 28"):
        material(Desk(linear_network()[0], tmp_path, data=tmp_path))


def test_the_hardened_network_may_be_that_of_the_page(tmp_path: Path) -> None:
    plain, robust = pair(Desk(load("mnist-cnn-robust"), tmp_path))
    assert (plain.name, robust.name) == ("mnist-cnn", "mnist-cnn-robust")


def test_a_defence_is_passed_through_and_its_gradient_with_it() -> None:
    network = load("mnist-cnn")
    pixels = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    guarded = behind(network, "two levels (black or white)")
    assert torch.allclose(guarded(pixels), network((pixels > 0.5).float()), atol=1e-3)
    assert bool(guarded.score_gradient(pixels, torch.tensor([1, 2])).abs().max() > 0)
    assert isinstance(guarded.module, Behind) and two_levels(torch.tensor([0.2, 0.7])).tolist() == [0.0, 1.0]


def test_measures() -> None:
    line = torch.tensor([[-1.0, 2, -1], [-1, 2, -1], [-1, 2, -1]])
    assert torch.allclose(
        shares(torch.stack([torch.ones(3, 3), line])), torch.tensor([[1.0, 0, 0], [0, 0, 1]]).double()
    )
    pictures = torch.rand(3, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(correlations(pictures, 2 * pictures + 1).diagonal(), torch.ones(3).double())
    assert correlations(torch.zeros(1, 1, 6, 6), pictures).abs().max() == 0
    apart = torch.tensor([[0.0], [0.0], [5.0], [5.0]])
    assert between_classes(apart, torch.tensor([0, 0, 1, 1])) == pytest.approx(1)
    assert between_classes(apart, torch.tensor([0, 1, 0, 1])) == pytest.approx(0)
    dot = torch.zeros(1, 1, 8, 8)
    dot[..., 0, 0] = 1
    covered = inked(dot, block=4, stride=4)
    assert covered.shape == (1, 2, 2) and covered[0, 0, 0] == 1 and covered.sum() == 1


REAL = Judged("judge", (True,) * 10, (True,) * 10, (0.7,) * 10)


def judged(right: int, alike: float) -> Judged:
    return Judged(
        "judge", tuple(place < right for place in range(10)), tuple(place < right for place in range(10)), (alike,) * 10
    )


def test_whether_something_looks_like_a_digit_follows_the_judges() -> None:
    assert answers.looks(judged(10, 0.65), REAL).startswith("Yes.")
    assert answers.looks(judged(5, 0.4), REAL).startswith("In part.")
    assert answers.looks(judged(1, 0.05), REAL).startswith("No.")
    # A network alone is not believed.
    fooled = Judged("judge", (False,) * 10, (True,) * 10, (0.02,) * 10)
    assert "but no digit" in answers.looks(fooled, REAL)
    sure, unsure = ([0.99] * 10, [3] * 10), ([0.3] * 10, [3] * 10)
    assert answers.from_noise(*sure, "8", judged(1, 0.0), REAL)[0].startswith("Yes: all 10")
    assert answers.from_noise(*unsure, "8", judged(1, 0.0), REAL)[0].startswith("No: none")
    assert answers.WHY in answers.from_noise(*sure, "8", judged(1, 0.0), REAL)[1]
    assert answers.WHY not in answers.from_noise(*sure, "8", judged(10, 0.7), REAL)[1]


def test_sentences_of_part_1_follow_the_numbers() -> None:
    learns = sentences.training([0.5, 0.1, 0.01], [0.3, 0.1, 0.12], 0.9, 0.99, 360, "MNIST")
    assert "fell" in learns and "by heart" in learns and "epoch 2" in learns and "more than" in learns
    fails = sentences.training([0.5, 0.6], [0.6, 0.6], 0.9, 0.8, 360, "MNIST")
    assert "did not fall" in fails and "no sign of learning by heart" in fails and "fewer than" in fails
    assert "batch norm improves" in sentences.batch_norm(
        [0.8, 0.95], [0.9, 0.9], 1000, [1, 2], [1, 2], [1, 0.5], [0.5, 0.1]
    )
    chance = sentences.batch_norm([0.9947, 0.995], [0.95, 0.9], 10_000, [2, 1], [1, 2], [0.5, 0.1], [1, 0.5])
    assert (
        "chance explains" in chance
        and "lowers" in chance
        and "no finding" in chance
        and "off by 0.2 %" in chance
        and "does not end" in chance
    )
    assert "Most of them are convolutional" in sentences.counts(
        "neurons", {"total": 10, "convolutional": 8, "fully connected": 1, "other": 1}
    )


def test_sentences_of_part_2_follow_the_numbers() -> None:
    kinds = {"even": 2, "edge": 20, "spot": 10}
    assert "look for edges" in sentences.first_filters(kinds, {"even": 0.1, "edge": 0.5, "spot": 0.4})
    assert sentences.first_filters(kinds, {"even": 0.11, "edge": 0.22, "spot": 0.67}).startswith("Hardly")
    even, edge = {"even": 0.1, "edge": 0.3, "spot": 0.6}, {"even": 0.1, "edge": 0.6, "spot": 0.3}
    assert "grown most is edges" in sentences.later_filters(even, edge, 32, 8)
    assert "much the same" in sentences.later_filters(even, even, 32, 8)
    down = sentences.depth(["pixels", "a", "b"], [1, 0.5, 0.3], [1, 0.5, 0.2], [0.2, 0.2, 0.4, 0.6], "c")
    assert "less like" in down and "Fewer" in down and "come a little apart" in down
    up = sentences.depth(["pixels", "a", "b"], [1, 0.3, 0.5], [1, 0.2, 0.5], [0.4, 0.4, 0.3, 0.2], "c")
    assert "no less like" in up and "No fewer" in up and "do not come apart" in up
    common: dict[str, Any] = {"clear": 0.99, "lost_on": 0.1, "lost_off": 0.0, "least": 0.15, "block": 7}
    digit = sentences.occlusion(on_ink=0.5, off_ink=0.99, black_on=0.5, black_off=0.99, **common)
    assert "mainly from the digit" in digit and "could be others" in digit
    nowhere = sentences.occlusion(on_ink=0.8, off_ink=0.7, black_on=0.99, black_off=0.99, **common)
    assert "no more than one beside it" in nowhere and "reads as ink" in nowhere and "no such patch" in nowhere


def test_sentences_of_part_3_follow_the_numbers() -> None:
    assert answers.cost([0, 0], [5, 5], 1.0).startswith("It increases, as")
    assert answers.cost([0, 0], [-5, -5], 0.1).startswith("It does not increase")
    found = answers.betas([(30, 10, 60.0), (300, 10, 40.0), (3000, 2, 20.0)], 10)
    assert "The larger beta" in found and "is 300" in found and "fewer" in found
    assert "No beta tried here" in answers.betas([(30, 3, 60.0), (300, 2, 70.0)], 10)
    assert answers.betas([(30, 0, float("nan"))], 10) == "None of these betas fools the network."
    names = dict.fromkeys(DIGITS, 1)
    assert answers.carried(10, 0, 100, names, 20).startswith("They hardly")
    strong = answers.carried(90, 80, 100, dict.fromkeys(DIGITS, 9), 20)
    assert strong.startswith("They carry over well") and "0, 1, 2" in strong
    assert "as wanted" in answers.lookalike(10, 10, 20, 90, judged(10, 0.7), REAL, 0.9)
    assert "not near" in answers.lookalike(10, 10, 80, 90, judged(1, 0.1), REAL, 0.9)
    assert "leaves only" in answers.penalty([(0.1, 10, 60), (1, 3, 20)])
    assert "does not make" in answers.penalty([(0.1, 10, 60), (1, 10, 60)])


def test_sentences_on_prevention_follow_the_numbers() -> None:
    eps = [0.0, 0.3]
    assert "attacks helps" in answers.prevention(eps, [1, 0], [1, 0.9], (0.99, 0.98), (9, 130))
    worse = answers.prevention(eps, [1, 0.5], [1, 0.2], (0.9, 0.95), (9, 130))
    assert "does not help here" in worse and "costs nothing" in worse
    holds = answers.cheap([("two levels (black or white)", 1.0, 1.0, 0.9)], 0.0, 0.2)
    assert "Black or white holds" in holds and "None of them" not in holds
    assert "None of them holds" in answers.cheap([("blurring", 1.0, 0.9, 0.0)], 0.0, 0.2)
    found = {answers.NOISE: (0.0, 0.1), answers.ALIKE: (20, 30), answers.ADDED: (10, 0), answers.NEAREST: (1.0, 3.0)}
    assert "3.0 times as far" in answers.repeated(found, judged(1, 0.1), REAL)
    assert "need not be moved" in answers.repeated({**found, answers.NEAREST: (1.0, 0.5)}, judged(1, 0.1), REAL)
