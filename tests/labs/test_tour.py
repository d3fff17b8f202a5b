"""The tour: every technique of the lecture has a figure or stands under "Not yet", and the captions follow the numbers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, run
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.produce import produce
from seethrough.labs.tour import DOCUMENT
from seethrough.labs.tour.gallery import Exhibit, gallery, layer_at
from seethrough.labs.tour.lecture import BUILT, TECHNIQUES
from seethrough.labs.tour.maps import apart
from seethrough.labs.tour.sentences import (
    said_defences,
    said_equivariance,
    said_finetuning,
    said_fooled,
    said_invariance,
    said_inversion,
    said_linearity,
    said_neighbours,
    said_occlusion,
    said_priors,
    said_training,
    said_transfer,
)
from seethrough.networks.zoo import load
from tests.labs.commands import assert_commands_parse
from tests.nets import linear_network

Results = dict[str, Any]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    out = tmp_path_factory.mktemp("tour")
    (out / "data").mkdir()
    desk = Desk(load("efficientnet-lite0"), out / ".kept", quick=True, data=out / "data")
    produced = produce(DOCUMENT, desk, out, command="seethrough lab tour --quick")
    assert produced.missing == () and produced.page.stat().st_size < 15_000_000
    yield json.loads((out / "results.json").read_text())


def numbers(results: Results, key: str) -> Results:
    (found,) = (one["numbers"] for one in results["sections"] if one["numbers"].get("technique") == key)
    return found  # type: ignore[no-any-return]


def test_every_technique_has_one_figure_or_stands_under_not_yet(results: Results) -> None:
    keys = [one.key for one in TECHNIQUES]
    assert len(keys) == len(set(keys)) and len(BUILT) > 40
    shown = {one["numbers"]["technique"]: one for one in results["sections"] if "technique" in one["numbers"]}
    last = results["sections"][-1]
    assert last["title"] == "Not yet"
    listed = {row[1] for row in last["tables"][0]["rows"]}
    for one in TECHNIQUES:
        if one.part is None:
            assert one.name in listed and one.key not in shown, one.key
        else:
            section = shown[one.key]
            assert len(section["pictures"]) == 1 and section["part"] == one.part and one.name not in listed, one.key
            (picture,) = section["pictures"]
            assert picture["caption"] and picture["alt"] and picture["code"], one.key
            assert one.slide in section["text"] and section["task"] == one.task
            assert len(section["numbers"]) > 1, one.key


def test_the_figures_stand_in_the_order_of_the_lecture(results: Results) -> None:
    shown = [one["numbers"]["technique"] for one in results["sections"] if "technique" in one["numbers"]]
    assert shown == [one.key for one in BUILT]
    titles = [one["title"] for one in results["sections"] if "technique" in one["numbers"]]
    assert titles == [f"{number}. {one.name}" for number, one in enumerate(BUILT, 1)]


def test_commands_parse(results: Results) -> None:
    assert_commands_parse(results)


def test_representations(results: Results) -> None:
    for shares in numbers(results, "shares")["shares"].values():
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert {name.split()[0] for name in numbers(results, "shares")["shares"]} == {
        "efficientnet-lite0",
        "cifar10-best",
    }
    errors = numbers(results, "equivariance")["errors"]["mirror"]
    assert errors[0][2] < errors[0][0]  # one matrix does for the first layer what leaving it alone does not
    assert numbers(results, "probe")["mean accuracy"] > 0.5
    assert numbers(results, "regions")["same photo"] > 0.5


def test_neurons_and_pixels(results: Results) -> None:
    assert numbers(results, "prototype")["read as"] == "moped"
    assert numbers(results, "first-filters")["shapes"]["cifar10-cnn"] == [64, 3, 11, 11]
    assert numbers(results, "neighbours")["features"] > 0.7
    occluded = numbers(results, "occlusion")
    assert occluded["least"] < occluded["before"]
    assert 0.05 < numbers(results, "grabcut")["share"] < 0.9
    fields = numbers(results, "by-depth")["fields"]
    assert fields == sorted(fields) and fields[-1] == 224
    left = numbers(results, "guided-grad-cam")["left halves"]
    assert left["tiger cat"] > 0.5 > left["moped"]


def test_ascent_and_pre_images(results: Results) -> None:
    rough = numbers(results, "tv")["roughness"]
    assert rough["TV + alpha norm"] < rough["no prior"]
    rough = numbers(results, "regularisers")["roughness"]
    assert rough["with blur"] < rough["L2 alone"]
    middle = numbers(results, "centre")["middle"]
    assert middle["from the middle"] > middle["everywhere"]
    pixels = list(numbers(results, "inversion")["pixels"].values())
    assert pixels[0] < pixels[-1]


def test_fooling_and_linear_models(results: Results) -> None:
    fooled = numbers(results, "adversarial")
    assert fooled["after"] == fooled["goals"] and min(fooled["goal after"]) >= 0.9
    assert min(numbers(results, "unrecognisable")["probabilities"].values()) > 0.996
    assert min(numbers(results, "noise")["probabilities"].values()) > 0.98
    assert numbers(results, "distort")["after"] == ["ostrich"]
    ten = numbers(results, "ten-numbers")
    assert ten["scores"] == [-3, 2] and ten["probabilities"] == pytest.approx([0.0474, 0.8808], abs=1e-4)
    assert ten["adversarial"] == [1.5, -1.5, 3.5, -2.5, 2.5, 1.5, 1.5, -3.5, 4.5, 1.5]
    assert numbers(results, "softmax")["reached"] == numbers(results, "svm")["reached"] == 9
    mixed = numbers(results, "mix")
    assert mixed["after"] == mixed["goals"]
    assert numbers(results, "transfer")["own"] > 0.5 and set(numbers(results, "transfer")["others"]) == {
        "mnist-cnn-bn",
        "mnist-cnn-robust",
    }


def test_defences(results: Results) -> None:
    curves = numbers(results, "robust")["robust"]
    assert curves["mnist-cnn-robust"][-2] > curves["mnist-cnn"][-2]
    assert len(numbers(results, "failed")["rows"]) == 6
    told = numbers(results, "training")["results"]
    assert set(told) == {"plain", "fast"} and all(0 <= share <= 1 for pair in told.values() for share in pair)


def test_sentences_follow_the_numbers() -> None:
    shape, light = {"shape": 0.1, "light": 0.9}, {"shape": 0.8, "light": 0.2}
    assert "rose" in said_invariance(shape, light, "shape") and "fell" in said_invariance(light, shape, "shape")
    assert "no help" in said_equivariance("mirror", ["a", "b"], [0.5, 0.1], [0.1, 0.2])
    assert "no help" not in said_equivariance("mirror", ["a", "b"], [0.5, 0.3], [0.1, 0.2])
    assert "do not become" in said_equivariance("mirror", ["a", "b"], [0.5, 0.6], [0.1, 0.2])
    assert "not enough" in said_finetuning(["none", "all"], [0.9, 0.5], 0.1)
    assert "serve as they are" in said_finetuning(["none", "all"], [0.5, 0.9], 0.1)
    assert said_neighbours(0.2, 0.9).startswith("Of the neighbours in features 90.0 %")
    assert said_neighbours(0.9, 0.2).startswith("Of the neighbours in pixels") and "equally" in said_neighbours(
        0.5, 0.5
    )
    assert "hangs on" in said_occlusion("cup", 0.9, 0.1, 0.9) and "no one block" in said_occlusion("cup", 0.9, 0.8, 0.9)
    assert "best place" in said_occlusion("cup", 0.5, 0.4, 0.7)
    assert said_priors(["none", "TV"], [0.1, 0.2], [1.0, 0.5]).startswith(
        "With none the image comes nearest to the code"
    )
    assert said_priors(["none", "TV"], [0.2, 0.1], [1.0, 0.5]).startswith("With TV the image is nearest")
    assert (
        "rose" in said_inversion(["a", "b"], [0.1, 0.9], [True, False])
        and "all 2" in said_inversion(["a", "b"], [0.1, 0.9], [True, True]).lower()
    )
    assert "holds" in said_fooled(["cat"], [False], 0.1) and "hardly sees" in said_fooled(["cat"], [True], 0.01)
    assert "can be seen" in said_fooled(["cat"], [True], 0.5)
    assert "need not see inside" in said_transfer("a", 0.9, {"b": 0.5}) and "safe" in said_transfer(
        "a", 0.9, {"b": 0.0}
    )
    assert "nearly straight" in said_linearity("cat", 0.99, 0.4, ("1/255", "8/255"))
    assert "does not explain" in said_linearity("cat", 0.5, 0.4, ("1/255", "8/255"))
    assert said_defences([("none", 0.9, 0.1), ("noise", 0.9, 0.1)]).startswith("None of them helps")
    assert "they fail" in said_defences([("none", 0.9, 0.1), ("noise", 0.9, 0.3)])
    assert "Nearly as good" in said_defences([("none", 0.9, 0.1), ("noise", 0.9, 0.88)])
    assert "gains 60.0 points" in said_training((0.99, 0.1), (0.95, 0.7)) and "costs 4.0 points" in said_training(
        (0.99, 0.1), (0.95, 0.7)
    )
    assert "gains nothing" in said_training((0.9, 0.5), (0.95, 0.5)) and "costs nothing" in said_training(
        (0.9, 0.5), (0.9, 0.5)
    )
    assert "do not lie apart" in apart(["a", "b"], [0.3, 0.3])


def test_what_a_network_refuses_is_said_and_the_rest_is_made(tmp_path: Path) -> None:
    def refuses(desk: Desk) -> Job[Sections]:
        yield Step(1, 2)
        raise UserError("small has no pooling")

    (tmp_path / "data").mkdir()
    desk = Desk(linear_network()[0], tmp_path / ".kept", data=tmp_path / "data")
    heading, first, second = run(gallery("D", "Maps.", Exhibit(("cam", "cam-class"), refuses))(desk))
    assert heading.title == "D" and first.title.endswith("CAM of the likeliest classes") and not first.pictures
    assert "small has no pooling" in first.answer and second.numbers["technique"] == "cam-class"


def test_layers_are_named_by_depth() -> None:
    network = load("efficientnet-lite0")
    assert layer_at(network, 0.0) == "blocks.0.0" and layer_at(network, 1.0) == "blocks.6.0"
    assert layer_at(load("mnist-cnn"), 1.0) == "pool2"
