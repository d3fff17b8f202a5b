import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from seethrough import train
from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, run
from seethrough.results.training import Training
from seethrough.states import read_state
from seethrough.train.learn import COLUMNS
from seethrough.train.teach import CHECKPOINT
from tests.train.sets import shades

TESTS = Path(__file__).parents[1]


def at_work(out: Path, resume: bool = False, data: Dataset | None = None, **named: Any) -> Job[Training]:
    """Train for 4 epochs of 3 steps."""
    told = {"arch": "linear", "epochs": 4, "batch": 10, "validation": 0.0, "rate": 0.01, **named}
    return train.fit.job(data or shades(30), shades(12), out=out, resume=resume, **told)


def stop_after(steps: int) -> Callable[[Step], bool]:
    left = iter(range(steps - 1))
    return lambda step: next(left, None) is None


class Killed(BaseException):
    """What a test takes for a kill: nothing of the job's own may catch it."""


def kill_after(steps: int) -> Callable[[Step], bool]:
    left = iter(range(steps - 1))

    def watch(step: Step) -> bool:
        if next(left, None) is None:
            raise Killed
        return False

    return watch


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of trainings that were killed, and of the same that were not."""
    place = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.train.killed", str(place)],
        cwd=TESTS.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("way", ["convolutional", "dropping"])
def test_killed_at_five_moments_it_ends_with_the_weights_of_a_training_that_never_stopped(
    way: str, killed: Path
) -> None:
    told = json.loads((killed / way / "told.json").read_text())
    assert len(told["kills"]) == 5 and told["whole"] == sorted(set(told["whole"]))
    # It began again after a whole epoch, not at the beginning; of one that had just ended the state may not have been kept.
    epoch = {"convolutional": 5, "dropping": 4}[way]
    last = told["kills"][-1]
    begun = [last // epoch * epoch, (last - 1) // epoch * epoch]
    assert told["rest"] in [[step for step in told["whole"] if step > start] for start in begun], told
    once, often = killed / way / "whole", killed / way / "killed"
    assert (once / "weights.safetensors").read_bytes() == (often / "weights.safetensors").read_bytes(), told
    curves = [torch.tensor(json.loads((place / "curves.json").read_text())) for place in (once, often)]
    seconds = COLUMNS.index("seconds")
    torch.testing.assert_close(curves[1][:, :seconds], curves[0][:, :seconds], rtol=0, atol=0, equal_nan=True)
    assert not (often / CHECKPOINT).exists() and not (once / CHECKPOINT).exists()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 11, 12])
def test_stopped_it_keeps_what_there_is_and_goes_on_to_the_same_end(steps: int, tmp_path: Path) -> None:
    whole = run(at_work(tmp_path / "whole"))
    stopped = run(at_work(tmp_path / "run"), stop_after(steps))
    assert len(stopped) == stopped.best == steps // 3
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["epochs"] == steps // 3 and card["test_accuracy"] == pytest.approx(stopped.accuracy, abs=1e-6)
    assert (tmp_path / "run" / CHECKPOINT).exists() == (steps >= 3)
    seen: list[int] = []
    again = run(at_work(tmp_path / "run", resume=True), lambda step: seen.append(step.done))
    assert seen == list(range(steps // 3 * 3 + 1, 13))
    assert all(torch.equal(again.weights[name], value) for name, value in whole.weights.items())
    assert torch.equal(again.confusion, whole.confusion)
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == ["card.json", "weights.safetensors"]


def test_killed_before_the_card_was_written_it_does_not_train_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(at_work(tmp_path / "whole"))

    def killed(*given: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("seethrough.train.teach.keep", killed)
        run(at_work(tmp_path / "run"))
    assert [file.name for file in (tmp_path / "run").iterdir()] == [CHECKPOINT]
    steps: list[Step] = []
    with monkeypatch.context() as patch:
        patch.setattr("seethrough.train.learn._step", lambda *given: pytest.fail("it trains"))
        again = run(at_work(tmp_path / "run", resume=True), steps.append)
    assert steps == [] and len(again) == 4
    assert all(torch.equal(again.weights[name], value) for name, value in whole.weights.items())
    assert {file.name for file in (tmp_path / "run").iterdir()} == {"card.json", "weights.safetensors"}


def test_killed_while_robustness_is_tried_that_alone_is_done_again(tmp_path: Path) -> None:
    robust: dict[str, Any] = {"against": "fgsm", "eps": "0.05", "attacked": 12}
    whole = run(at_work(tmp_path / "whole", **robust))
    with pytest.raises(Killed):
        run(at_work(tmp_path / "run", **robust), kill_after(14))
    steps: list[Step] = []
    again = run(at_work(tmp_path / "run", True, **robust), steps.append)
    assert all("loss" not in step.values or "epoch" not in step.values for step in steps)
    assert again.robust == whole.robust and again.attack == whole.attack != ""


def test_stopped_while_robustness_is_tried_the_card_does_not_tell_of_it_and_it_is_tried_later(tmp_path: Path) -> None:
    robust: dict[str, Any] = {"against": "fgsm", "eps": "0.05", "attacked": 12}
    pressed: list[Step] = []

    def press(step: Step) -> bool:
        pressed.append(step)
        return len(pressed) > 12  # Ctrl-C stays pressed

    stopped = run(at_work(tmp_path, **robust), press)
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["epochs"] == 4 and card["robust_accuracy"] is None and stopped.attack == ""
    again = run(at_work(tmp_path, True, **robust))
    assert again.card["robust_accuracy"] == pytest.approx(again.robust, abs=1e-6) and again.robust >= 0
    assert not (tmp_path / CHECKPOINT).exists()


def test_what_has_not_ended_is_not_begun_anew_unasked(tmp_path: Path) -> None:
    run(at_work(tmp_path), stop_after(4))
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(UserError) as said:
        run(at_work(tmp_path))
    assert str(said.value) == (
        f"out: {str(tmp_path)!r} holds a training that has not ended; go on with resume, or name another folder"
    )
    assert (tmp_path / CHECKPOINT).read_bytes() == before


@pytest.mark.parametrize(
    "other",
    [
        {"rate": 0.02},
        {"epochs": 5},
        {"seed": 1},
        {"augment": "mirror"},
        {"validation": 0.2},
        {"initial": "he"},
        {"arch": "digits-cnn"},
        {"data": shades(30, size=(8, 11))},
        {"data": shades(33)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_other_work_does_not_go_on_from_there(other: dict[str, Any], tmp_path: Path) -> None:
    run(at_work(tmp_path), stop_after(4))
    with pytest.raises(UserError, match="was left by other work") as said:
        run(at_work(tmp_path, True, **other))
    assert "\n" not in str(said.value) and (tmp_path / CHECKPOINT).exists()


def test_other_labels_of_the_same_pictures_are_other_work(tmp_path: Path) -> None:
    data = shades(30)
    run(at_work(tmp_path), stop_after(4))
    relabelled = Dataset(data.name, data.classes, data.labels.flip(0), data.pixels)
    with pytest.raises(UserError, match="was left by other work"):
        run(at_work(tmp_path, True, relabelled))


@pytest.mark.parametrize("length", [0, 5, 400])
def test_a_damaged_state_is_said_in_one_line(length: int, tmp_path: Path) -> None:
    run(at_work(tmp_path), stop_after(4))
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:length])
    with pytest.raises(UserError) as said:
        run(at_work(tmp_path, True))
    assert str(said.value) == f"{tmp_path / CHECKPOINT} should hold work to go on with, and cannot be read; remove it"


def test_the_state_holds_numbers_alone_and_says_whose_it_is(tmp_path: Path) -> None:
    run(at_work(tmp_path), stop_after(4))
    state = read_state(tmp_path / CHECKPOINT)
    assert state["key"].startswith("train.fit linear {'first weights': 'default', 'epochs': 4")
    assert state["resume"]["curves"].shape == (1, len(COLUMNS))


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    train.fit(shades(30), shades(12), arch="linear", epochs=1)
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_has_ended_is_not_done_again_by_resume(tmp_path: Path) -> None:
    run(at_work(tmp_path / "run"))
    before = {file: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    with pytest.raises(UserError, match="holds a training of 4 epochs that has ended; there is no more to do"):
        run(at_work(tmp_path / "run", resume=True))
    assert {file: file.read_bytes() for file in (tmp_path / "run").iterdir()} == before
