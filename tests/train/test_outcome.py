import json
from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough import train
from seethrough.results.training import Training
from seethrough.train.examine import Robustness
from seethrough.train.outcome import attack_in_words, keep, network_of, stored
from tests.train.sets import digits, shades


def fitted(**named: Any) -> Training:
    return train.fit(shades(30), shades(12), **({"arch": "linear", "epochs": 2, "batch": 10} | named))


def test_the_card_says_what_the_network_is_how_it_came_about_and_how_good_it_is() -> None:
    found = fitted(validation=0.2, notes={"command": "seethrough train"}, rate=0.01)
    card = found.card
    assert (card["name"], card["arch"], card["command"]) == ("linear", "linear", "seethrough train")
    assert card["data"] == {"name": "shades", "learned_from": 24, "validation": 6, "test": 12, "not_readable": 0}
    assert card["recipe"]["first weights"] == "default" and card["recipe"]["rate"] == 0.01
    assert card["test_accuracy"] == pytest.approx(found.accuracy, abs=1e-6)
    assert card["test_accuracy_by_class"] == pytest.approx(found.per_class.tolist(), abs=1e-6)
    assert card["robust_accuracy"] is None and card["attack"] is None
    assert card["parameters"] == 3 * 8 * 10 * 3 + 3 == card["counts"]["fully connected"]["parameters"]
    assert card["flops"] == 2 * 3 * 8 * 10 * 3
    assert (card["epochs"], card["kept_epoch"]) == (2, found.best)
    assert card["curves"]["loss"] == pytest.approx(found.column("loss").tolist(), abs=1e-6)
    assert (card["stored_as"], card["size"], card["labels"]) == ("float32", [8, 10], ["shade 0", "shade 1", "shade 2"])
    assert set(card["versions"]) == {"seethrough", "torch", "python"}
    assert json.loads(json.dumps(card, allow_nan=False)) == json.loads(json.dumps(card))


def test_without_a_test_part_and_validation_what_is_not_known_is_null() -> None:
    card = train.fit(shades(30), arch="linear", epochs=1, validation=0).card
    assert card["test_accuracy"] is None and card["test_accuracy_by_class"] == [None] * 3
    assert card["curves"]["validation loss"] == [None]


def test_flops_are_two_for_each_product_counted_by_hand() -> None:
    convolutions = [(1, 32, 28), (32, 32, 14)]  # channels in and out, side
    by_hand = sum(2 * 9 * into * out * side**2 for into, out, side in convolutions) + 2 * 500 * (1568 + 10)
    card = train.fit(digits(20), arch="digits-cnn", epochs=1, batch=10).card
    assert card["flops"] == by_hand


@pytest.mark.parametrize("store", ["float32", "float16", "float8"])
@pytest.mark.parametrize("arch", ["digits-cnn-bn", "linear"])
def test_what_was_kept_is_a_network_as_good_as_its_card_says(arch: str, store: str, tmp_path: Path) -> None:
    test = digits(90, "test")
    found = train.fit(digits(200), test, arch=arch, epochs=2, store=store, rate=0.003, out=tmp_path / "run")
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == ["card.json", "weights.safetensors"]
    card = json.loads((tmp_path / "run" / "card.json").read_text(encoding="utf-8"))
    assert card == json.loads(json.dumps(found.card))
    assert card["stored_as"] == store and test.pixels is not None
    for network in (seethrough.load(str(tmp_path / "run")), network_of(found)):
        read = network(test.pixels / 255).argmax(1)
        assert (
            round(float((read == test.labels).double().mean()), 6) == card["test_accuracy"] == round(found.accuracy, 6)
        )
        by_class = [round(float((read == label)[test.labels == label].double().mean()), 6) for label in range(10)]
        assert by_class == card["test_accuracy_by_class"]
        images = found.images
        assert network(images).argmax(1).tolist() == [guess.index for guess in found.guesses]
    assert 0.2 < found.accuracy < 1


def test_small_numbers_are_for_weights_not_for_counters_and_eight_bits_for_matrices_alone() -> None:
    weights = {"matrix": torch.tensor([[0.1]]), "kernel": torch.ones(1, 1, 3, 3), "batches": torch.tensor(70_000)}
    assert stored(weights, "float32") == weights
    kinds = {store: [value.dtype for value in stored(weights, store).values()] for store in ("float16", "float8")}
    assert kinds["float16"] == [torch.float16, torch.float16, torch.int64]
    assert kinds["float8"] == [torch.float8_e4m3fn, torch.float16, torch.int64]
    assert float(stored(weights, "float8")["matrix"].float()) == 0.1015625  # 13/8 of 1/16: three bits after the point


def test_the_attack_in_words() -> None:
    assert attack_in_words(Robustness(0.5, "8/255", 1000)) == "PGD-40 within 8/255 (5 restarts, 1,000 pictures)"


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    first, second = fitted(epochs=1), fitted(seed=1)
    keep(first, tmp_path)
    keep(second, tmp_path)
    assert json.loads((tmp_path / "card.json").read_text()) == json.loads(json.dumps(second.card))
    assert torch.equal(seethrough.load(str(tmp_path)).module.linear.weight, second.weights["linear.weight"])
    assert len(list(tmp_path.iterdir())) == 2
