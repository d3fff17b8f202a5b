import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from seethrough import train
from seethrough.errors import UserError
from seethrough.networks.from_card import BUNDLED
from seethrough.networks.names import BUNDLED as NAMES
from seethrough.train.learn import COLUMNS
from tests.train.sets import shades


def fitted(**named: Any) -> Any:
    return train.fit(shades(30), shades(12), **({"arch": "linear", "epochs": 2, "batch": 10} | named))


def test_runs_of_different_lengths_stand_side_by_side(tmp_path: Path) -> None:
    short, long = fitted(out=tmp_path / "short"), fitted(epochs=5, arch="digits-cnn", out=tmp_path / "long", seed=1)
    found = train.compare([tmp_path / "short", str(tmp_path / "long")])
    assert found.runs == ("linear", "digits-cnn") and found.columns == COLUMNS
    assert found.curves.shape == (2, 5, len(COLUMNS))
    torch.testing.assert_close(found.curves[0, :2], short.curves, rtol=0, atol=1e-6, equal_nan=True)
    torch.testing.assert_close(found.curves[1], long.curves, rtol=0, atol=1e-6, equal_nan=True)
    assert bool(found.curves[0, 2:].isnan().all())
    assert found.accuracy.tolist() == pytest.approx([short.accuracy, long.accuracy], abs=1e-6)
    assert bool(found.robust.isnan().all())
    assert found.parameters == (723, 3 * 32 * 9 + 32 + 9248 + 32 * 2 * 2 * 500 + 500 + 1503)
    assert "epochs 2" in found.recipes[0] and "epochs 5" in found.recipes[1] and "none" not in found.recipes[0]


def test_results_and_their_folders_give_the_same(tmp_path: Path) -> None:
    runs = [fitted(out=tmp_path / "a"), fitted(out=tmp_path / "b", arch="digits-cnn-bn", validation=0.3)]
    of_results, of_folders = train.compare(runs), train.compare([tmp_path / "a", tmp_path / "b"])
    torch.testing.assert_close(of_results.curves, of_folders.curves, rtol=0, atol=0, equal_nan=True)
    assert of_results.recipes == of_folders.recipes and of_results.runs == of_folders.runs


def test_robust_accuracy_is_that_of_the_card() -> None:
    robust = fitted(against="fgsm", eps="0.02", attacked=6)
    found = train.compare([robust, fitted()])
    assert float(found.robust[0]) == pytest.approx(robust.robust, abs=1e-6) and math.isnan(float(found.robust[1]))


def test_runs_of_one_architecture_are_told_apart(tmp_path: Path) -> None:
    one = fitted(out=tmp_path / "one")
    fitted(out=tmp_path / "two")
    assert train.compare([tmp_path / "one", tmp_path / "two"]).runs == (f"{tmp_path}/one", f"{tmp_path}/two")
    found = train.compare([one, fitted(seed=1), fitted(arch="digits-cnn-bn")])
    assert found.runs == ("linear (1)", "linear (2)", "digits-cnn-bn")
    drawn = [line.get_label() for line in found.figure().axes[0].get_lines()]
    assert len(set(drawn)) >= 3


def test_bundled_networks_go_by_their_names() -> None:
    cards = {card.stem: json.loads(card.read_text(encoding="utf-8")) for card in BUNDLED.glob("*.json")}
    names = [name for name in NAMES if cards.get(name, {}).get("curves")]
    if len(names) > 1:
        found = train.compare(names)
        assert found.runs == tuple(names)
        assert found.accuracy.tolist() == [cards[name]["test_accuracy"] for name in names]
    with pytest.raises(
        UserError, match="run 'cifar10-linear' has a card without curves; compare what `fit` has trained"
    ):
        train.compare(["cifar10-linear", fitted()])


def test_what_cannot_be_compared_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="runs: 1 given; a comparison takes two trainings or more"):
        train.compare([fitted()])
    with pytest.raises(UserError, match=r"run '.*' holds no card.json; give folders that `fit` wrote"):
        train.compare([fitted(), tmp_path])
    (tmp_path / "card.json").write_text('{"name": "x", "arch"')
    with pytest.raises(UserError, match=r"card '.*card.json' is damaged") as said:
        train.compare([fitted(), tmp_path])
    assert "\n" not in str(said.value)
