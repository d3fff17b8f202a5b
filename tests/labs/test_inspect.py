"""The inspection of a photo: what its numbers mean, what it says for other numbers, and networks of other kinds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from seethrough import Network, fool, load, photo, save_image, see
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.labs.desk import Desk
from seethrough.labs.inspect import DOCUMENT
from seethrough.labs.inspect.change import Change, beside_jpeg, how_far, how_little, what_lasts, why_now, without_attack
from seethrough.labs.inspect.dreamt import Dreamt, beside_the_photo
from seethrough.labs.inspect.fooled import goals
from seethrough.labs.inspect.guessed import how_sure
from seethrough.labs.inspect.inverted import Kept, what_is_kept
from seethrough.labs.inspect.layered import Depth, from_early_to_late
from seethrough.labs.inspect.seen import METHODS, Trust, of_the_class, when_covered, which_to_trust
from seethrough.labs.inspect.subject import subject
from seethrough.labs.produce import produce
from tests.labs.commands import assert_commands_parse
from tests.nets import linear_network, small_cnn

PARTS = ("guesses", "see", "layers", "dream", "invert", "fool")


@dataclass(frozen=True)
class Inspected:
    """An inspection that was made: its network, its folder, its results and its sections by title's first word."""

    network: Network
    folder: Path
    told: Mapping[str, Any]

    def part(self, name: str) -> list[dict[str, Any]]:
        return [section for section in self.told["sections"] if section["part"] == name]

    def numbers(self, name: str, place: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.part(name)[place]["numbers"]
        return found


def desk_for(network: Network, folder: Path, source: str, **changes: Any) -> Desk:
    empty = folder / "data"
    empty.mkdir(parents=True, exist_ok=True)
    return replace(Desk(network, folder / ".kept", quick=True, data=empty, photo=source), **changes)


def inspect(network: Network, folder: Path, source: str, only: tuple[str, ...] = (), **changes: Any) -> Inspected:
    desk = desk_for(network, folder, source, **changes)
    produce(DOCUMENT, desk, folder, only=only, command=f"seethrough inspect {desk.photo} {desk.words}".strip())
    return Inspected(network, folder, json.loads((folder / "results.json").read_text()))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    return inspect(load(), tmp_path_factory.mktemp("coffee"), "coffee")


@pytest.fixture(scope="module")
def pixels(coffee: Inspected) -> Tensor:
    return coffee.network.frame(photo("coffee"))


def test_the_page_holds_all_parts_in_order_and_every_command_can_be_typed(coffee: Inspected) -> None:
    assert tuple(part.name for part in DOCUMENT.parts) == PARTS
    assert tuple(dict.fromkeys(section["part"] for section in coffee.told["sections"])) == PARTS
    assert_commands_parse(coffee.told)
    page = (coffee.folder / "index.html").read_text()
    assert len(page) < 15e6 and "Still being made" not in page and coffee.told["missing"] == []
    assert coffee.told["subtitle"] == "coffee, as efficientnet-lite0 sees it"
    for section in coffee.told["sections"]:
        assert section["title"] and (section["answer"] or section["tables"]), section["title"]
        for shown in section["pictures"]:
            assert shown["alt"] and shown["caption"] and shown["code"]
            assert (coffee.folder / shown["file"]).stat().st_size > 1000


def test_the_guesses_are_those_of_classify(coffee: Inspected, pixels: Tensor) -> None:
    (section,) = coffee.part("guesses")
    expected = coffee.network.classify(pixels, top=5)[0]
    assert [one["index"] for one in section["numbers"]["guesses"]] == [guess.index for guess in expected]
    assert section["numbers"]["guesses"][0]["probability"] == pytest.approx(expected[0].probability, abs=1e-4)
    assert "espresso, and is very sure: 95.2 %" in section["answer"]
    assert 1 < section["numbers"]["as undecided as between"] < 2


def test_the_areas_are_those_of_compare_and_the_best_map_is_named(coffee: Inspected, pixels: Tensor) -> None:
    (section,) = coffee.part("see")
    numbers = section["numbers"]
    again = see.compare(coffee.network, pixels, "espresso", methods=tuple(METHODS), steps=numbers["steps"])
    assert [one["name"] for one in numbers["maps"]] == list(again.names) == list(METHODS)
    for name, areas in (("deletion", again.deletion), ("insertion", again.insertion)):
        assert areas is not None
        found = [one[name] for one in numbers["maps"]]
        assert found == pytest.approx(areas[:, 0].tolist(), abs=1e-3) and all(0 < area < 1 for area in found)
    assert numbers["label"] == "espresso" and numbers["left out"] == []
    sighted = [one for one in numbers["maps"] if (one["for_another"] or 0) <= 0.9]
    best = max(sighted, key=lambda one: one["insertion"] - one["deletion"])
    assert section["answer"].startswith(f"Most to be trusted here is {METHODS[best['name']]}")
    assert numbers["covered at the worst place"] < numbers["probability"]
    guided = next(one for one in numbers["maps"] if one["name"] == "guided_backprop")
    assert guided["for_another"] > 0.9  # it is nearly the same for any class


def test_the_layers_get_coarser_and_more(coffee: Inspected) -> None:
    early, middle, late = coffee.numbers("layers")["layers"]
    assert [one["depth"] for one in (early, middle, late)] == ["early", "middle", "late"]
    assert early["rows"] > middle["rows"] > late["rows"] and early["maps"] < middle["maps"] < late["maps"]
    for one in (early, middle, late):
        assert coffee.network.layers[one["layer"]].shape == (one["maps"], one["rows"], one["columns"])
        assert 0 < one["above_zero"] < 1


def test_the_dream_is_of_the_top_class(coffee: Inspected, pixels: Tensor) -> None:
    numbers = coffee.numbers("dream")
    assert numbers["class"] == int(coffee.network(pixels).argmax()) and len(numbers["dreams"]) == 2
    assert numbers["score of the photo"] == pytest.approx(float(coffee.network(pixels).max()), abs=1e-3)
    # In few steps a dream need not come off; the page says which of the two it is.
    higher = all(one["score"] > numbers["score of the photo"] for one in numbers["dreams"])
    assert ("hold more of what" in coffee.part("dream")[0]["answer"]) == higher
    assert all(0 <= one["probability"] <= 1 for one in numbers["dreams"])


def test_the_inversions_lose_the_photo_with_depth(coffee: Inspected) -> None:
    layers = coffee.numbers("invert")["layers"]
    assert len(layers) == 5 and [one["layer"] for one in layers][0::4] == ["bn1", "classifier"]
    assert layers[0]["pixel_error"] < layers[-1]["pixel_error"] and layers[0]["light"] > layers[-1]["light"]
    assert all(0 < one["code_error"] < 1 for one in layers)


def test_the_fooled_class_is_the_target_and_the_distances_are_those_of_the_file(
    coffee: Inspected, pixels: Tensor
) -> None:
    numbers, files_of = coffee.numbers("fool", 2), coffee.part("fool")[3]
    order = coffee.network(pixels)[0].argsort(descending=True).tolist()
    assert numbers["targets"] == files_of["numbers"]["targets"] == [order[1], order[-1]]
    assert files_of["numbers"]["files still fool"] == [True, True]
    files = [coffee.folder / shown["file"] for shown in files_of["pictures"]]
    clean = (pixels[0] * 255).round()
    for file, target, change in zip(files, numbers["targets"], numbers["changes"], strict=True):
        read = photo(file)
        (guess,) = coffee.network.classify(coffee.network.frame(read), top=1)[0]
        assert guess.index == target and guess.label == change["read_as"] and change["success"]
        assert guess.probability == pytest.approx(change["probability"], abs=1e-3) and change["probability"] >= 0.9
        moved = ((read * 255).round() - clean).abs()
        assert float(moved.max()) == pytest.approx(change["largest"], abs=1e-3)
        assert float((moved / 255).norm()) == pytest.approx(change["l2"], abs=1e-3)
        assert float(moved.mean()) == pytest.approx(change["mean"], abs=1e-3)
        assert float((moved > 0).float().mean()) == pytest.approx(change["moved"], abs=1e-3)
        assert change["before"] < 0.05


def test_the_least_change_is_that_of_fmn_and_smaller_than_the_others(coffee: Inspected, pixels: Tensor) -> None:
    least, others = coffee.numbers("fool", 1), coffee.numbers("fool", 2)["changes"]
    again = fool.fmn(coffee.network, pixels, steps=30, eight_bit=True)
    assert least["success"] and least["read_as"] == again.after[0].label != "espresso"
    assert least["l2"] == pytest.approx(float(again.l2), abs=1e-3)
    assert all(least["l2"] < one["l2"] for one in others)


def test_what_lasts_is_counted_for_each_change(coffee: Inspected) -> None:
    numbers = coffee.numbers("fool", 4)
    assert len(numbers["changes"]) == 12 and numbers["changes"][-1] == "8-bit PNG"
    for read, lasts, same in zip(numbers["read as"], numbers["lasts"], numbers["same"], strict=True):
        assert len(lasts) == len(same) == 12 and lasts[-1] and same[-1]
        assert [label != "espresso" for label in read[1:]] == lasts
        assert [label == read[0] for label in read[1:]] == same
    assert numbers["JPEG 90 moves by, of 255"] > coffee.numbers("fool", 2)["changes"][0]["mean"]


def test_python_of_the_page_makes_the_same_image(coffee: Inspected, tmp_path: Path) -> None:
    shown = coffee.part("fool")[3]["pictures"][1]
    code = shown["code"].replace("'misleading.png'", repr(str(tmp_path / "misleading.png")))
    exec(compile(code, "page", "exec"), {})
    assert torch.equal(photo(tmp_path / "misleading.png"), photo(coffee.folder / shown["file"]))


def test_a_linear_network_gets_a_page_that_says_what_does_not_apply(tmp_path: Path) -> None:
    found = inspect(load("cifar10-linear"), tmp_path, "cat", words="--net cifar10-linear")
    assert_commands_parse(found.told)
    assert (
        found.numbers("see")["left out"] and "Not to be had of this network: Grad-CAM" in found.part("see")[0]["answer"]
    )
    assert "There are no maps to show" in found.part("layers")[0]["answer"]
    assert "No heat maps" in found.part("fool")[2]["answer"] and len(found.part("fool")) == 4
    assert found.numbers("guesses")["classes"] == 10
    assert "With so little behind the first guess" in found.part("guesses")[0]["answer"]


def test_a_small_grey_network_gets_a_page_on_a_digit(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    small = torch.tensor(load_digits().images[3] / 16).float()[None, None]
    save_image(torch.nn.functional.interpolate(small, (28, 28), mode="bilinear")[0], tmp_path / "a digit.png")
    found = inspect(load("mnist-cnn"), tmp_path / "out", str(tmp_path / "a digit.png"), words="--net mnist-cnn", to="8")
    assert_commands_parse({**found.told, "command": ""})
    assert found.numbers("guesses")["guesses"][0]["label"] == "3" == found.numbers("dream")["label"]
    changes = found.numbers("fool", 2)["changes"]
    assert [change["goal"] for change in changes] == ["read as 8"] and changes[0]["read_as"] == "8"
    assert "The class that was asked for is 8" in found.part("fool")[0]["text"]
    assert len(found.numbers("fool", 3)["changes"]) == 11  # grey is no change of a grey picture


def test_networks_of_few_classes_and_odd_sizes(tmp_path: Path) -> None:
    network = small_cnn(classes=2)
    found = inspect(network, tmp_path / "two", "cat", ("guesses", "see", "layers", "fool"))
    assert len(found.numbers("fool", 2)["targets"]) == 1
    alone, _, _ = linear_network(channels=1, classes=1)
    told = inspect(alone, tmp_path / "one", "cat", ("guesses", "see", "fool"))
    assert "knows one class alone" in told.part("fool")[0]["answer"]


def test_asking_for_what_the_photo_is_read_as_leads_it_elsewhere(tmp_path: Path) -> None:
    network = small_cnn()
    about = subject(desk_for(network, tmp_path, "cat"))
    targets, remark = goals(about, about.top)
    assert about.top not in targets and len(targets) == 2 and "already" in remark
    assert goals(about, targets[1]) == ([targets[1]], goals(about, targets[1])[1])


def test_a_desk_without_a_photo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="photo is None"):
        subject(replace(desk_for(small_cnn(), tmp_path, "cat"), photo=None))


def test_asked_to_stop_at_any_part_it_leaves_a_page_of_what_there_is(tmp_path: Path) -> None:
    network = load("cifar10-linear")
    for stop_in, done in ((0, 0), (2, 2), (4, 4)):
        folder = tmp_path / str(stop_in)
        work = produce.job(DOCUMENT, desk_for(network, folder, "cat"), folder, only=())

        def watch(step: Step, stop_in: int = stop_in) -> bool:
            return step.done >= 100 * stop_in

        produced = run(work, watch)
        assert len(produced.made) in (done, done + 1) and produced.missing
        page = (folder / "index.html").read_text()
        assert page.rstrip().endswith("</html>") and "It was stopped before" in page
        assert json.loads((folder / "results.json").read_text())["missing"]


# Sentences: other numbers, other words.


def test_how_sure_it_is_goes_by_the_numbers() -> None:
    sure = how_sure([("cup", 0.97), ("mug", 0.01)], 1000, 1.1)
    torn = how_sure([("cup", 0.31), ("mug", 0.30)], 1000, 9.5)
    lost = how_sure([("cup", 0.05), ("mug", 0.01)], 1000, 400.0)
    assert "very sure" in sure and "97 times as likely" in sure and "so little" not in sure
    assert "only leans" in torn and "as good as level" in torn and "so little" in torn
    assert "hardly more than guessing" in lost and "400.0 equally likely" in lost
    assert "share the rest" not in how_sure([("yes", 0.6), ("no", 0.4)], 2, 1.9)


def test_which_map_is_trusted_goes_by_the_areas() -> None:
    noise = Trust("noise", 0.15, 0.3)
    gradient, occlusion = Trust("gradient", 0.3, 0.3, 0.4), Trust("occlusion", 0.1, 0.7)
    said = which_to_trust([gradient, occlusion], noise)
    assert "trusted here is occlusion" in said and "No better than noise is the gradient" in said
    assert "trusted here is the gradient" in which_to_trust([Trust("gradient", 0.05, 0.9), occlusion], noise)
    assert "None of these maps" in which_to_trust([gradient], noise)
    assert "As good, within 0.02, is Grad-CAM" in which_to_trust([occlusion, Trust("grad_cam", 0.1, 0.69)], noise)
    blind = Trust("guided_backprop", 0.05, 0.9, 0.99)
    assert "trusted here is occlusion" in (said := which_to_trust([blind, occlusion], noise))
    assert "guided backprop are better still" in said
    assert "guided backprop shows what is striking" in of_the_class([blind, gradient], "cup", "dog")
    assert "each of them says something of cup" in of_the_class([gradient], "cup", "dog")
    assert of_the_class([occlusion], "cup", "dog") == ""
    split = which_to_trust([Trust("grad_cam", 0.3, 0.8), Trust("gradient", 0.05, 0.4)], noise)
    assert "do not agree" in split


def test_what_covering_does_goes_by_the_numbers() -> None:
    assert "no part of that size" in when_covered("cup", 0.9, 0.85, 0.9)
    assert "the rest carries" in when_covered("cup", 0.9, 0.5, 0.9)
    assert (
        "hangs on" in (said := when_covered("cup", 0.5, 0.01, 0.8))
        and "Elsewhere the block helps: up to 80.0 %" in said
    )


def test_what_layers_do_goes_by_the_numbers() -> None:
    early = Depth("early", "a", 8, 28, 28, "3 x 3 pixels", 0.6, 0)
    late = Depth("late", "b", 64, 7, 7, "the whole photo", 0.2, 5)
    said = from_early_to_late([early, late])
    assert "gains what they are" in said and "get rarer: 60.0 %" in said and "5 of the 64 maps of b" in said
    back = from_early_to_late([early, replace(late, maps=8, above_zero=0.9, flat=0)])
    assert "not more in number" in back and "more frequent" in back and "silent" not in back
    assert "all places are kept" in from_early_to_late([early, replace(late, rows=28, columns=28)])
    assert "one layer with maps" in from_early_to_late([early])


def test_what_dreams_say_goes_by_the_numbers() -> None:
    good, bad = Dreamt(20.0, 0.99, "cup"), Dreamt(3.0, 0.01, "dog")
    assert "takes both dreams for cup" in (said := beside_the_photo("cup", 9.0, 0.9, [good, good]))
    assert "hold more of what" in said and "did not come off" not in said
    half = beside_the_photo("cup", 9.0, 0.9, [good, bad])
    assert "takes 1 of the 2 dreams" in half and "takes it for dog" in half and "hold" not in half
    none = beside_the_photo("cup", 9.0, 0.9, [bad, bad])
    assert "no more of what" in none and "can name" not in none


def test_what_is_kept_goes_by_the_numbers() -> None:
    first, rough = Kept("a", 0.05, 0.1, 0.99, "cup", 0.9, True), Kept("b", 0.1, 0.4, 0.9, "cup", 0.9, True)
    lit, lost = Kept("c", 0.2, 0.9, 0.8, "cup", 0.9, True), Kept("d", 0.1, 1.2, 0.1, "cup", 0.9, True)
    said = what_is_kept("cup", [first, rough, lit, lost])
    for words in (
        "From a the photo itself",
        "From b the photo comes back roughly",
        "From c light and dark",
        "From d another",
    ):
        assert words in said
    assert "deeper the layer, the less" in said and "All 4 images are read as cup" in said and "Where d is all" in said
    other = what_is_kept("cup", [replace(lost, same=False, read_as="dog"), first])
    assert "Depth does not tell" in other and "1 of the 2 images is read" in other and "Where" not in other
    assert "nothing of the photo comes back" in what_is_kept("cup", [first, replace(lost, code_error=0.9)])
    assert "is not read as cup" in what_is_kept("cup", [replace(lost, same=False)])


def test_what_fooling_says_goes_by_the_numbers() -> None:
    small = Change("read as dog", "dog", 0.91, 0.001, True, 4.0, 0.3, 0.2, 0.9, 20)
    big = replace(small, goal="read as cat", read_as="cat", largest=90.0, mean=20.0, l2=3.0, before=0.0001)
    failed = replace(small, success=False, read_as="cup", probability=0.6)
    assert "4 of 255 at most" in how_little(small, 784) and "hardly sees" in how_little(small, 784)
    assert "That can be seen" in how_little(big, 784) and "No change that is misread" in how_little(failed, 784)
    assert "3.3 times as long" in (said := how_far([small, big], 0.9)) and "likelier to begin with" in said
    assert "equally long" in how_far([small, small], 0.9) and "was not reached" in how_far([failed], 0.9)
    assert "falls short of the 95.0 %" in how_far([small], 0.95)
    assert "other places altogether" in why_now([small], [0.1], "cup") and "same places" in why_now(
        [small], [0.9], "cup"
    )
    assert why_now([failed, small], [0.9, None], "cup") == ""
    assert "times as much" in beside_jpeg(small, 3.0) and "no trifle" in beside_jpeg(big, 3.0)
    assert "about as much" in beside_jpeg(small, 0.3)


def test_what_lasts_goes_by_the_numbers() -> None:
    tried = ["mirror", "grey"]
    said = what_lasts(["dog"], tried, [[False, True]], [[False, True]])
    assert "after 1 of the 2 changes." in said and "Undone by: mirror." in said and "Of no effect: grey." in said
    assert "as dog after 0" in what_lasts(["dog"], tried, [[True, True]], [[False, False]])
    assert "None of them has any effect" in what_lasts(["dog"], tried, [[True, True]], [[True, True]])
    assert "nothing to last" in what_lasts([], tried, [], [])
    assert "after: grey" in without_attack("cup", ["grey"]) and "after each of these" in without_attack("cup", [])
