"""The lab of eleven questions about the gradient of the image: what its numbers mean, and that its sentences follow them."""

from typing import Any

import pytest
import torch

from seethrough import load, see
from seethrough.labs.desk import Desk
from seethrough.labs.gradients import DOCUMENT
from seethrough.labs.gradients.adversarial import so_little
from seethrough.labs.gradients.alternatives import Attack, compared
from seethrough.labs.gradients.classes import shown
from seethrough.labs.gradients.classes_second import each_other
from seethrough.labs.gradients.consequences import Risk, meaning
from seethrough.labs.gradients.from_photo import Grown, worth
from seethrough.labs.gradients.limits import Found, how_far
from seethrough.labs.gradients.saliency import Lies, where_it_lies
from seethrough.labs.gradients.saliency_second import between
from seethrough.labs.gradients.second import at_second, classes_shown
from seethrough.labs.gradients.sweeps import of_norms, of_rates
from seethrough.labs.gradients.uses import Cut, boxed, cutting, thresholded
from seethrough.labs.shown import SHOWN, framed
from seethrough.networks.network import Network
from seethrough.results.sweep import Sweep
from tests.labs.commands import assert_commands_parse
from tests.labs.quick import quick_results


@pytest.fixture(scope="module")
def network() -> Network:
    return load("efficientnet-lite0")


@pytest.fixture(scope="module")
def results(network: Network, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return quick_results(DOCUMENT, network, tmp_path_factory)


def numbers(results: dict[str, Any], question: int) -> dict[str, Any]:
    questions = (one for one in results["sections"] if one["level"] == 3)
    (found,) = (one for one in questions if one["title"].split()[1].rstrip(":") == str(question))
    told: dict[str, Any] = found["numbers"]
    return told


def test_every_question_has_a_section_of_its_own_with_an_answer_and_code(results: dict[str, Any]) -> None:
    questions = [one for one in results["sections"] if one["level"] == 3]
    assert [one["title"].split()[1].rstrip(":") for one in questions] == [str(number) for number in range(1, 12)]
    assert all(one["answer"] and one["pictures"] and one["tables"] and one["numbers"] for one in questions)
    headings = [one["title"] for one in results["sections"] if one["level"] == 2]
    assert [title[:9] for title in headings] == ["Section 1", "Section 2", "Section 3"]
    assert all(shown["code"] and shown["alt"] for one in questions for shown in one["pictures"])
    assert_commands_parse(results)


def test_saliency_explains_the_class_that_is_right(results: dict[str, Any], network: Network) -> None:
    for row in numbers(results, 1)["photos"]:
        assert row["label"] in SHOWN[row["photo"]].labels
        assert 0 < row["inside"] < 1 and 0 < row["area"] < 1
        odds = row["inside"] / (1 - row["inside"]), row["area"] / (1 - row["area"])
        assert row["density"] == pytest.approx(odds[0] / odds[1])
    pixels = framed(network, ["coffee"])
    assert classes_shown(network, ["coffee"], pixels) == [network.resolve_class("espresso")]


def test_the_limits_are_measured(results: dict[str, Any]) -> None:
    told = numbers(results, 2)
    assert set(told["deletions"]) == set(told["insertions"]) == {"gradient", "smooth_grad", "grad_cam"}
    assert told["deletion"] == told["deletions"]["gradient"]
    for name in ("noise", "noise_smooth", "other_class", "random_network"):
        assert -1 <= told[name] <= 1
    assert told["random_network"] < 0.5


def test_another_network_stands_beside_the_first(results: dict[str, Any]) -> None:
    for question in (4, 11):
        assert numbers(results, question)["network"] != results["network"]
    assert min(numbers(results, 11)["probabilities"]) > 0.5


def test_the_misread_photos_are_read_as_the_goal_after_a_small_change(results: dict[str, Any]) -> None:
    told = numbers(results, 5)
    assert all(told["success"]) and told["after"] == told["goals"]
    assert all(before in SHOWN[name].labels for before, name in zip(told["before"], told["photos"], strict=True))
    assert max(told["l2"]) < 3
    # Pixels that stay within their range can only shorten the way.
    for steps, l2 in zip(told["steps"], told["l2"], strict=True):
        assert l2 <= 0.1 * steps + 1e-4


def test_the_consequences_are_counted(results: dict[str, Any]) -> None:
    told = numbers(results, 6)
    assert told["images"] == len(told["photos"]) and 0 <= told["lasting"] <= told["tried"] == 12 * told["images"]
    assert told["robust"][0] == 1 and told["robust"] == sorted(told["robust"], reverse=True)


def test_another_attack_comes_nearer_than_the_rule(results: dict[str, Any]) -> None:
    attacks = {one["name"]: one for one in numbers(results, 7)["attacks"]}
    naive = [one for one in attacks.values() if one["naive"]]
    assert len(attacks) == 8 and len(naive) == 3 and all(one["success"] for one in naive)
    assert attacks["DDN"]["success"] and attacks["DDN"]["l2"] < min(one["l2"] for one in naive)
    assert attacks["PGD, within 2/255"]["linf"] <= 2 / 255 * (1 + 1e-5)


def test_the_sheets_recipe_makes_images_the_network_is_sure_of(results: dict[str, Any]) -> None:
    told = numbers(results, 8)
    assert "goldfish" in told["classes"]
    place = told["classes"].index("goldfish")
    assert told["read"][place] == "goldfish" and told["probabilities"][place] > 0.9


def test_the_sweeps_are_grids_of_scores(results: dict[str, Any]) -> None:
    told = numbers(results, 9)
    rates, norms = told["rate_by_steps"], told["norm_by_blur"]
    assert torch.tensor(rates["scores"]).shape == (len(rates["rate"]), len(rates["steps"]))
    assert torch.tensor(norms["scores"]).shape == (len(norms["norm"]), len(norms["blur"]))
    assert rates["scores"][-1][-1] < max(row[-1] for row in rates["scores"])  # a rate of 10 is too much


def test_from_a_photo_its_own_class_grows(results: dict[str, Any]) -> None:
    own = [one for one in numbers(results, 10)["photos"] if one["real"]]
    assert own and all(one["label"] in SHOWN[one["photo"]].labels and one["after"] > one["before"] for one in own)


def test_a_quick_run_takes_a_bundled_second_network(network: Network, tmp_path: Any) -> None:
    desk = Desk(network, tmp_path, quick=True, data=tmp_path)
    other, why = at_second(desk)
    assert other.network.name != network.name and "downloads nothing" in why
    assert other.command("see gradient cat") == f"seethrough see gradient cat --net {other.network.name}"
    back, _ = at_second(Desk(other.network, tmp_path, quick=True, data=tmp_path))
    assert back.network.name == network.name


def test_without_opencv_the_hottest_part_is_the_mask(network: Network) -> None:
    found = thresholded(see.gradient(network, framed(network, ["coffee"])))
    assert found.share(0) == pytest.approx(0.25, abs=0.01)
    mask = torch.zeros(5, 6, dtype=torch.bool)
    mask[1, 2] = mask[3, 4] = True
    assert boxed(mask).sum() == 9 and not boxed(torch.zeros(2, 2, dtype=torch.bool)).any()


def test_where_the_gradient_lies_is_said_as_measured() -> None:
    on = Lies("cat", "tabby", 0.9, True, 0.6, 0.3, True)
    off = Lies("moped", "moped", 0.2, False, 0.1, 0.3, False)
    assert "on the object in cat (3.5 times)" in where_it_lies([on]) and "thinner" not in where_it_lies([on])
    said = where_it_lies([off])
    assert "thinner on the object" in said and "Not read as the class explained: moped" in said
    assert "In no photo" in said
    assert "favours neither" in where_it_lies([Lies("cat", "tabby", 0.9, True, 0.3, 0.3, True)])
    assert "gathers more" in between("a", "b", [on], [off], 0.1) and "different pixels" in between(
        "a", "b", [on], [off], 0.1
    )
    assert "alike" in between("a", "b", [on], [on], 0.9) and "same places" in between("a", "b", [on], [on], 0.9)


def test_the_limits_are_said_as_measured() -> None:
    good = how_far(Found(0.1, 0.3, 0.5, 0.2, 0.9, 0.9, 0.1, 0.0))
    assert "do matter" in good and "leaves the map" in good and "differ (0.10)" in good and "what was learned" in good
    bad = how_far(Found(0.3, 0.1, 0.2, 0.2, 0.2, 0.6, 0.9, 0.5))
    assert (
        "by chance" in bad and "steadier" in bad and "little about the class" in bad and "some of the map stays" in bad
    )


def test_uses_and_consequences_are_said_as_measured() -> None:
    assert cutting([Cut("cat", 0.3, 0.8, 0.4)]).startswith("Yes.")
    assert cutting([Cut("cat", 0.3, 0.3, 0.1)]).startswith("Only in part.")
    assert "nowhere" in cutting([Cut("cat", 0.3, 0.1, 0.4)])
    weak = meaning(Risk(3, 30, 36, 3, ("0", "1/255"), (1.0, 0.0)))
    assert (
        "moves" not in weak and "may move by 1/255, no photo" in weak and "danger" in weak and "need not even" in weak
    )
    strong = meaning(Risk(3, 0, 36, 0, ("0", "1/255"), (1.0, 1.0)))
    assert "none of these photos" in strong and "most changes undo" in strong and "do not carry over" in strong


def test_attacks_are_said_as_measured() -> None:
    assert "resists" in so_little([False], [400], [0.1], [9.0], [False])
    said = so_little([True, True], [9, 20], [0.005, 0.01], [4.0, 9.0], [True, False])
    assert "9 to 20 steps" in said and "no difference" in said and "1 of the 2 loses" in said
    assert "still mislead" in so_little([True], [9], [0.05], [4.0], [True])
    rule, ddn = Attack("the rule", True, 1.0, 0.1, 9, True), Attack("DDN", True, 0.5, 0.2, 99)
    assert "by DDN: L2 0.50, 50% nearer" in compared([rule, ddn])
    assert "None of the others" in compared([rule, Attack("DDN", True, 1.5, 0.2, 99)])
    assert "did not come" in compared([Attack("the rule", False, 1.0, 0.1, 9, True), ddn])


def test_class_images_are_said_as_measured() -> None:
    assert "finer grained" in shown(["cat"], [0.99], 0.1, (1.0, 1.4))
    dull = shown(["cat"], [0.2], 1.2, (1.0, 1.4))
    assert "More steps" in dull and "like photographs" in dull
    assert "Neither knows" in each_other("a", "b", [0.99], ([0.0], [0.1]))
    assert "Each knows" in each_other("a", "b", [0.99], ([0.9], [0.9]))
    assert "does not know the classes" in each_other("a", "b", [0.99], None)
    own = Grown("cat", "tabby", True, 5.0, 20.0, 10.0, 0.99, 9.0, 1.5)
    assert "better start" in worth([own]) and "one sees what that is" in worth([own])
    other = Grown("cat", "tabby", True, 5.0, 8.0, 10.0, 0.99, 9.0, 0.5)
    assert "no better start" in worth([other]) and "beside the object" in worth([other])


def sweep(rows: str, columns: str, scores: list[list[float]]) -> Sweep:
    reached = torch.tensor(scores)
    return Sweep(
        network="n",
        method="dream.sweep",
        wish="cat",
        images=torch.rand(reached.numel(), 3, 8, 8, generator=torch.Generator().manual_seed(0)),
        rows=(rows, ("1", "2")),
        columns=(columns, ("10", "20")),
        reached=reached,
        probabilities=reached,
    )


def test_sweeps_are_said_as_measured() -> None:
    said = of_rates(sweep("rate", "steps", [[1.0, 9.0], [5.0, 4.0]]))
    assert "best rate of these is 1 " in said and "do not help" in said and "raise the score by 8" in said
    assert "best rate of these is 2 " in of_rates(sweep("rate", "steps", [[1.0, 2.0], [5.0, 7.0]]))
    grid = sweep("norm", "blur", [[9.0, 4.0], [8.0, 3.0]])
    assert "becomes fainter" in of_norms(grid, [[9.0, 5.0], [4.0, 3.0]]) and "costs" in of_norms(grid, [[9, 5], [4, 3]])
    assert "too small to matter" in of_norms(grid, [[9.0, 5.0], [9.0, 5.0]])
    assert "does not cost" in of_norms(sweep("norm", "blur", [[4.0, 9.0], [3.0, 8.0]]), [[9.0, 5.0], [9.0, 5.0]])
