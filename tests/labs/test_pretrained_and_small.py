"""The lab on a pretrained network and small ones: its numbers mean what they should, and its sentences follow them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from seethrough import load
from seethrough.labs.desk import Desk
from seethrough.labs.pretrained_and_small import DOCUMENT, subtitle
from seethrough.labs.pretrained_and_small.better import choices, mirrors, verdict
from seethrough.labs.pretrained_and_small.fooling import Fooled, of_forms, outcome, smallest
from seethrough.labs.pretrained_and_small.lasting import Changed, Reading, discussed, overall
from seethrough.labs.pretrained_and_small.material import cifar10, peppers, pets, subjects
from seethrough.labs.pretrained_and_small.measures import (
    alike_beside,
    colour_shares,
    matched,
    strength_left,
)
from seethrough.labs.pretrained_and_small.pretrained import LayerSeen, MapSeen, challenges, reading, structure
from seethrough.labs.pretrained_and_small.showing import falling, looking, nearer
from seethrough.labs.pretrained_and_small.small import better_by, losses
from seethrough.labs.pretrained_and_small.trained import Built, Small
from seethrough.labs.pretrained_and_small.transfer import Fit, Mistaken, classifier, names_shared
from seethrough.labs.pretrained_and_small.transfer import outcome as of_pets
from seethrough.labs.produce import produce
from seethrough.networks.from_card import BUNDLED, read_card
from seethrough.results.guesses import Guess
from tests.labs.commands import assert_commands_parse
from tests.nets import linear_network

CIFAR = ("cifar10-cnn", "cifar10-cnn-bn", "cifar10-best")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Make the whole lab in quick mode, on what is embedded."""
    out = tmp_path_factory.mktemp("lab")
    (out / "empty").mkdir()
    desk = Desk(load("efficientnet-lite0"), out / "lab" / ".kept", quick=True, data=out / "empty")
    produce(DOCUMENT, desk, out / "lab", command="seethrough lab pretrained-and-small --quick")
    assert (out / "lab" / "index.html").stat().st_size < 15e6
    told: dict[str, Any] = json.loads((out / "lab" / "results.json").read_text(encoding="utf-8"))
    return told


def numbers(results: dict[str, Any], part: str, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = [one for one in results["sections"] if one["part"] == part][place]["numbers"]
    return found


def test_every_problem_is_there_in_the_sheets_order_with_an_answer(results: dict[str, Any]) -> None:
    titles = [one["title"] for one in results["sections"] if one["level"] == 2]
    begin = ["Problem 1, Part 1", "Problem 1, Part 2", "Problem 2", "Problem 3, Part 1", "Problem 3, Part 2"]
    begin += ["Problem 3, Part 3", "Problem 4, Part 1", "Problem 4, Part 2"]
    assert all(title.startswith(word) for title, word in zip(titles, begin, strict=True)), titles
    assert "digits in place of the pets" in titles[2] and "in place of peppers" in titles[0]
    assert all(one["task"] for one in results["sections"]) and results["missing"] == []
    assert all(one["answer"] for one in results["sections"] if one["level"] == 3 or "CNN on CIFAR" not in one["title"])
    assert "Not at hand: the photo of peppers, the Oxford pets, CIFAR-10" in results["subtitle"]
    assert_commands_parse(results)
    assert all(shown["code"] or one["code"] for one in results["sections"] for shown in one["pictures"])


def test_top_three_and_feature_maps_are_those_of_the_network(results: dict[str, Any]) -> None:
    top = numbers(results, "top-3")["top"]
    assert [one["index"] for one in top] == [282, 285, 281] and numbers(results, "top-3")["right"] is True
    assert 1 > top[0]["probability"] > top[1]["probability"] > top[2]["probability"] > 0.1
    seen = numbers(results, "feature-maps")
    assert [one["depth"] for one in seen["maps"]] == ["early"] * 5 + ["middle"] * 5 + ["late"] * 5
    sides = [one["side"] for one in seen["layers"]]
    assert sides == sorted(sides, reverse=True) and sides[0] > 8 * sides[-1] / 2
    assert all(0 <= one["rest"] <= 1 and -1 <= one["correlation"] <= 1 for one in seen["maps"])
    assert any(abs(one["correlation"]) > 0.5 for one in seen["maps"][:5])  # an early map sees edges or colours


def test_features_of_the_last_layer_tell_the_classes_apart(results: dict[str, Any]) -> None:
    found = numbers(results, "transfer")
    assert found["data"] == "digits" and found["features"] == 1280 and found["classes"] == 10
    assert (found["trained on"], found["tested on"]) == (200, 100) and found["least feature"] >= 0
    mean = sum(found["per class"].values()) / 10
    assert found["mean per class accuracy"] == pytest.approx(mean) and mean > 0.6
    assert [one["kind"] for one in found["classifiers"]] == ["softmax", "svm", "softmax"]
    assert all(one["count"] <= one["of"] for one in found["confusions"])


def test_the_small_networks_are_told_from_their_cards_and_weights(results: dict[str, Any]) -> None:
    cards = {name: read_card(BUNDLED / f"{name}.json") for name in CIFAR}
    plain, filters, loss, accuracy = (numbers(results, "small-cnn", place) for place in range(4))
    assert plain["parameters"] == 246_026 and plain["convolutions"] == 3 and plain["first_side"] == 11
    assert (filters["filters"], filters["rows"], filters["columns"]) == (64, 4, 16)
    assert loss["loss"] == cards[CIFAR[0]]["curves"]["loss"] and loss["from"] == "the card"
    assert accuracy["accuracy"] == cards[CIFAR[0]]["test_accuracy"] and accuracy["measured on"] == 0
    told = [one for one in results["sections"] if one["part"] == "small-cnn"]
    assert "not trained in this run" in told[0]["text"] and "from its card" in told[3]["answer"]
    assert numbers(results, "batch-norm")["loss"] == {name: cards[name]["curves"]["loss"] for name in CIFAR[:2]}
    best = numbers(results, "better")
    assert best["accuracy"] == {name: cards[name]["test_accuracy"] for name in CIFAR}
    assert best["better than both"] is True
    assert numbers(results, "better", 2)["built"][CIFAR[2]]["first_side"] < 11


def test_the_fooled_class_is_the_target_within_eps(results: dict[str, Any]) -> None:
    rows = numbers(results, "fooling")["photos"]
    assert [one["photo"] for one in rows] == ["cat", "coffee", "rocket", "moped"]
    assert [one["goal"] for one in rows] == [812, 1, 980, 9] == [one["now_index"] for one in rows]
    assert all(one["success"] and one["right"] and one["goal_before"] < 0.01 for one in rows)
    assert max(one["largest"] for one in rows) <= 2.0001 and min(one["largest"] for one in rows) > 0.5
    assert all(one["decibels"] > one["jpeg_decibels"] for one in rows)
    assert max(one["now_probability"] for one in rows) >= 0.95
    assert list(numbers(results, "fooling", 1)["reached"]) == ["1/255", "2/255"]
    assert numbers(results, "fooling", 2)["forms"] == ["probability", "logit", "penalised"]


def test_the_four_changes_are_tried_on_the_images_and_on_the_clean_photos(results: dict[str, Any]) -> None:
    changes = numbers(results, "lasting")["changes"]
    assert [one["change"] for one in changes] == ["as it is", "mirror", "crop 80 %", "rotation 30°", "grey"]
    assert all(one["as_wanted"] for one in changes[0]["readings"]) and changes[0]["left"] == pytest.approx(1)
    assert changes[1]["left"] == pytest.approx(1, abs=1e-4)  # a mirror takes nothing from the noise
    assert all(0 < one["left"] < 0.95 for one in changes[2:])
    assert all(one["clean_as_before"] for one in changes[0]["readings"])
    for place, one in enumerate(changes[1:], 1):
        assert numbers(results, "lasting", place)["as wanted"] == sum(each["as_wanted"] for each in one["readings"])


def guess(label: str, probability: float) -> Guess:
    return Guess(0, label, None, probability)


def test_what_is_said_of_the_top_classes_follows_them() -> None:
    guesses = [guess("bell pepper", 0.7), guess("cucumber", 0.05), guess("lemon", 0.01)]
    assert "which is right. That is 14 times as likely as the next" in reading(guesses, ("bell pepper",), 1000)
    assert "which is wrong: the photo shows cat" in reading(guesses, ("cat",), 1000)
    close = [guess("a", 0.4), guess("b", 0.35), guess("c", 0.01)]
    assert "hardly likelier than" in reading(close, ("a",), 10) and "other 7 classes" in reading(close, ("a",), 10)


def test_what_is_said_of_the_maps_follows_them() -> None:
    early = LayerSeen("early", "one", 32, 56, 11, 0.3, 0, 0.5, 0.1)
    late = LayerSeen("late", "two", 960, 7, 800, 0.8, 12, 0.4, 0.4)
    maps = [MapSeen("early", "one", 3, 0.2, "edges", 0.8), MapSeen("late", "two", 7, 0.2, "redness", 0.1)]
    said = structure(maps, [early, late], 224)
    assert "rose" in said and "the one map shown" in said and "unit 3, edges (+0.80)" in said
    assert "more closely than late ones" in said
    turned = structure(
        [replace(maps[0], correlation=0.1), maps[1]], [replace(early, rest=0.9), replace(late, own=0.9)], 224
    )
    assert "fell" in turned and "unit 3" not in turned and "do not follow the pixels less" in turned
    assert "12 of 960 in two" in challenges([early, late], 224) and "800 pixels" in challenges([early, late], 224)
    plain = challenges([early, replace(late, flat=0, field=20, other=0.0)], 224)
    assert "flat" not in plain and "pixels across" not in plain and "correlates" not in plain


def test_what_is_said_of_the_classifier_follows_its_numbers() -> None:
    pair = [Mistaken("A", "B", 5, 20), Mistaken("B", "A", 2, 20)]
    assert "Confused either way: A and B" in of_pets(0.9, 0.9, 37, pair)
    assert "rare classes are the harder ones" in of_pets(0.8, 0.9, 37, [])
    assert "rare classes are the easier ones" in of_pets(0.9, 0.8, 37, pair[:1])
    assert "No test picture was read as another class" in of_pets(1.0, 1.0, 10, [])
    main = Fit("softmax", True, 1e-4, 0.9, 0.9)
    said = classifier(
        [main, replace(main, mean_per_class=0.7), replace(main, mean_per_class=0.901)], 800, 37, 1280, 1000, 20
    )
    assert "47,397 numbers" in said and "is 20.0 points worse" in said and "differs by +0.1 points" in said
    assert "20 of which bear" in said
    assert names_shared(["Pug", "Ragdoll"], ["pug", "tabby"]) == 1


def small(losses_: list[float], accuracy: float, **recipe: object) -> Small:
    card = {
        "recipe": {"epochs": len(losses_), **recipe},
        "labels": ["a", "b"],
        "curves": {"loss": losses_},
        "test_accuracy": accuracy,
        "test_accuracy_by_class": [accuracy, accuracy],
        "data": {"test": 100},
        "flops": 100.0,
    }
    return Small(linear_network()[0], card, None)


def test_what_is_said_of_the_trainings_follows_their_cards() -> None:
    assert "It fell in every epoch, and hardly changed" in falling([2.0, 1.0, 0.999])
    assert "It rose in epoch 3" in falling([2.0, 1.0, 1.5]) and "had not stopped" in falling([2.0, 1.5])
    plain, normed = small([2.0, 1.5, 1.2], 0.6), small([1.8, 1.1, 0.9], 0.7)
    assert "lower in 3 of 3 epochs" in losses(plain, normed) and "after 2 of 3 epochs" in losses(plain, normed)
    assert "never came down" in losses(normed, plain) and "All else in the recipes is the same" in losses(plain, normed)
    assert "differ in rate" in losses(small([1.0], 0.5, rate=0.1), small([1.0], 0.5, rate=0.2))
    assert "10.0 points better" in better_by(plain, normed) and "10.0 points worse" in better_by(normed, plain)
    assert "10.0 points more" in verdict(normed, [plain]) and "better than parts 1 and 2" in verdict(normed, [plain])
    assert "10.0 points less" in verdict(plain, [normed]) and "it is not better than linear" in verdict(plain, [normed])
    assert "its loss cannot" in verdict(small([1.0], 0.9, smoothing=0.1), [small([1.0], 0.5, smoothing=0.0)]).lower()
    deep, flat = Built(10, 16, 3, 10, 3, 800, 80), Built(3, 64, 11, 0, 0, 200, 20)
    assert "10 convolutions in place of 3" in choices(normed, plain, deep, flat)
    assert "Its first filters are" not in choices(normed, plain, flat, deep)
    assert "the same from b:" in mirrors({"a": 0.1, "b": 0.0}) and "from all of them: a" in mirrors({"a": 0.1})


def test_what_is_said_of_filters_follows_their_weights() -> None:
    ramp = torch.linspace(0, 1, 11).expand(4, 3, 11, 11)
    noise = torch.rand(64, 3, 11, 11, generator=torch.Generator().manual_seed(0))
    assert alike_beside(ramp) > 0.9 > 0.1 > abs(alike_beside(noise))
    assert colour_shares(ramp).max() < 1e-6 and colour_shares(noise).min() > 0.5
    assert "broad and smooth" in looking("net", {"alike beside": 0.9, "of colour": 0.0}, 4, 11)
    assert "fine grain" in looking("net", {"alike beside": 0.0, "of colour": 1.0}, 4, 11)
    assert "no shapes to see" in looking("net", {"alike beside": 0.0, "of colour": 1.0}, 4, 3)
    assert "smoother" in nearer("a", {"alike beside": 0.5}, "b", {"alike beside": 0.3})
    assert "grainier" in nearer("a", {"alike beside": 0.3}, "b", {"alike beside": 0.5})


def test_a_map_that_follows_a_look_of_the_photo_is_named_for_it() -> None:
    across = torch.linspace(0, 1, 16).expand(3, 16, 16).square()
    steep = torch.linspace(0, 1, 8).expand(8, 8)
    names, shares = matched(torch.stack([steep, -across[0, ::2, ::2], torch.ones(8, 8)]), across)
    assert names[:2] != ["redness"] and shares[0] > 0.95 and shares[1] < -0.95 and shares[2] == 0
    noise = torch.rand(1, 3, 8, 8)
    assert strength_left(across[None] + noise.repeat(1, 1, 2, 2) / 2, across[None], noise) == pytest.approx(
        0.5, rel=1e-4
    )


def fooled(**changed: Any) -> Fooled:
    found = Fooled("coffee", "espresso", True, 0.9, 1, 1e-5, 1, "goldfish", 0.95, 2.0, 1.5, 43.0, 2.5, 36.0, 50, True)
    return replace(found, **changed)


def test_what_is_said_of_fooling_follows_what_was_reached() -> None:
    assert "reads all 2 photos rightly" in outcome([fooled(), fooled(photo="cat")], "net")
    missed = fooled(
        photo="cat", now="tabby", now_index=281, right=False, read_as="lynx", decibels=30.0, file_misleads=False
    )
    said = outcome([fooled(), missed], "net")
    assert "1 of the 2 photos" in said and "not cat (lynx)" in said and "It did not work for cat, read as tabby" in said
    assert "1 of the 2 images still mislead" in said and "hard to see" not in said
    assert "none of the photos is read as wanted" in outcome([missed], "net")
    assert smallest({"1/255": [True, False], "2/255": [True, True]}).startswith("Of those tried, 2/255 is the smallest")
    assert smallest({"1/255": [True, True]}).startswith("Even 1/255")
    assert smallest({"1/255": [False, True]}).startswith("No eps")
    said = of_forms(["probability", "logit"], [0.9, 0.2], [True, False], [10, 20])
    assert "90.0 % by the probability form (10 steps)" in said and "not the likeliest by logit" in said
    assert "The logit form was the fastest" in of_forms(["probability", "logit"], [0.9, 0.9], [True, True], [10, 5])


def read(**changed: Any) -> Reading:
    found = Reading("coffee", "espresso", 0.6, 0.01, 0.6, False, True, "espresso", 0.9, True)
    return replace(found, **changed)


def test_what_is_said_of_a_change_follows_what_it_did() -> None:
    lost = Changed("mirror", 1.0, (read(), read(photo="cat")))
    assert "None of the 2 images" in discussed(lost) and "all of its strength" in discussed(lost)
    assert "moved to the other side" in discussed(lost)
    kept = Changed("grey", 0.8, (read(as_wanted=True, healed=False, now="goldfish"),) * 2)
    assert "All 2 images" in discussed(kept) and "seems to be enough" in discussed(kept)
    otherwise = Changed("grey", 0.2, (read(healed=False, now="tray", clean="bucket", clean_as_before=False),))
    assert "coffee as tray" in discussed(otherwise) and "even the clean photo is read otherwise" in discussed(otherwise)
    assert "too little" in discussed(otherwise)
    same = Changed("as it is", 1.0, lost.readings)
    assert "fragile" in overall([same, lost]) and "last well" in overall([same, kept])


def test_real_photos_and_data_are_taken_where_they_are(tmp_path: Path) -> None:
    desk = Desk(linear_network()[0], tmp_path / "kept", data=tmp_path)
    assert peppers(tmp_path) is None and pets(desk) is None and cifar10(tmp_path / "none") is None
    assert subjects(desk)[0].name == "cat"
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "peppers.png")
    assert subjects(desk)[0].source == str(tmp_path / "photos" / "peppers.png")
    assert "the photo of peppers" not in subtitle(desk).partition("Not at hand")[2]
