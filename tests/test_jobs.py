import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from seethrough.errors import UserError
from seethrough.jobs import WHOLE, Job, Step, interruptible, job, part_of, progress_bar, resumable, run


@job
def add_up(total: int, *, done: int = 0, so_far: int = 0) -> Job[int]:
    """Add 1 + 2 + ... + total, one number a step."""
    for number in range(done + 1, total + 1):
        so_far += number
        state = {"done": number, "so_far": so_far}
        if (yield Step(number, total, {"sum": so_far}, peek=lambda: so_far, state=lambda state=state: state)):
            break
    return so_far


def read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text())
    return found


def write(path: Path, state: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(state))


def test_calling_a_job_runs_it_to_the_end_and_keeps_its_name_and_docstring() -> None:
    assert add_up(10) == 55
    assert add_up.__name__ == "add_up"
    assert add_up.__doc__.startswith("Add 1")


def test_every_watcher_sees_every_step_and_any_may_stop_the_job() -> None:
    seen: list[tuple[int, int, float, int]] = []
    watch = seen.append

    def note(step: Step) -> None:
        watch((step.done, step.total, step.values["sum"], step.peek()))

    result = run(add_up.job(10), lambda step: step.done == 3, note)
    assert result == 6
    assert seen == [(1, 10, 1, 1), (2, 10, 3, 3), (3, 10, 6, 6)]


def test_a_watcher_that_fails_closes_the_job() -> None:
    closed = []

    @job
    def careful() -> Job[None]:
        try:
            yield Step(1, 2)
        finally:
            closed.append(True)

    def fail(step: Step) -> None:
        raise RuntimeError("watcher")

    with pytest.raises(RuntimeError, match="watcher"):
        run(careful.job(), fail)
    assert closed == [True]


def test_a_mistake_inside_a_job_comes_out_as_it_is() -> None:
    @job
    def mistaken() -> Job[None]:
        yield Step(1, 2)
        raise UserError("steps: -1")

    with pytest.raises(UserError, match="steps: -1"):
        mistaken()


@job
def add_up_each(totals: list[int], *, kept: list[int] | None = None) -> Job[list[int]]:
    """Add up to each total, one after the other."""
    sums = list(kept or [])
    for part in range(len(sums), len(totals)):
        found, asked = yield from part_of(add_up.job(totals[part]), part, len(totals), kept={"kept": list(sums)})
        sums.append(found)
        if asked:
            break
    return sums


def test_the_parts_of_a_job_count_evenly_to_the_whole_whatever_their_length() -> None:
    seen: list[Step] = []
    assert run(add_up_each.job([2, 5]), seen.append) == [3, 15]
    assert [step.done for step in seen] == [25, 50, 60, 70, 80, 90, 100]
    assert {step.total for step in seen} == {WHOLE}
    assert [step.values["sum"] for step in seen] == [1, 3, 1, 3, 6, 10, 15]
    assert seen[-1].peek is not None and seen[-1].peek() == 15


@pytest.mark.parametrize("stop_at", range(1, 10))
def test_a_job_of_parts_stops_once_asked_and_goes_on_at_the_part_it_was_in(stop_at: int) -> None:
    totals = [2, 4, 3]
    seen: list[Step] = []

    def watch(step: Step) -> bool:
        seen.append(step)
        return len(seen) == stop_at

    part = 0 if stop_at <= 2 else 1 if stop_at <= 6 else 2
    within = stop_at - (0, 2, 6)[part]
    assert run(add_up_each.job(totals), watch) == [*[3, 10][:part], within * (within + 1) // 2]
    assert len(seen) == stop_at
    state = seen[-1].state
    assert state is not None
    assert state() == {"kept": [3, 10][:part]}  # of whole parts alone
    assert run(add_up_each.job(totals, **state())) == [3, 10, 6]


def test_a_part_that_takes_a_step_more_to_stop_was_asked_all_the_same() -> None:
    @job
    def slow() -> Job[str]:
        asked = yield Step(1, 3)
        yield Step(2, 3)
        return "stopped" if asked else "done"

    @job
    def whole() -> Job[list[tuple[str, bool]]]:
        first = yield from part_of(slow.job(), 0, 2)
        second = yield from part_of(slow.job(), 1, 2)
        return [first, second]

    asks = iter([True, False, False, False])
    assert run(whole.job(), lambda step: next(asks)) == [("stopped", True), ("done", False)]


def test_a_part_that_is_given_up_is_closed_and_one_without_state_has_none() -> None:
    closed = []

    @job
    def careful() -> Job[int]:
        try:
            yield Step(1, 0)
        finally:
            closed.append(True)
        return 1

    @job
    def whole() -> Job[int]:
        found, _ = yield from part_of(careful.job(), 0, 1)
        return found

    work = whole.job()
    step = next(work)
    assert step.state is None and (step.done, step.total) == (WHOLE, WHOLE)
    work.close()
    assert closed == [True]


def test_the_first_interrupt_ends_the_job_with_its_partial_result_and_the_second_ends_it_at_once() -> None:
    def press(step: Step) -> None:
        if step.done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with interruptible() as interrupted:
        assert run(add_up.job(10), press, interrupted) in (3, 6)
    assert interrupted.seen
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), interruptible() as interrupted:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
    assert signal.getsignal(signal.SIGINT) is before


def test_jobs_run_in_other_threads_too() -> None:
    found: list[int] = []

    def work() -> None:
        with interruptible() as interrupted:
            found.append(run(add_up.job(4), interrupted))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [10]


def test_the_progress_bar_shows_the_label_and_the_numbers_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("adding") as bar:
        run(add_up.job(3), bar)
    with progress_bar("silent", quiet=True) as bar:
        run(add_up.job(3), bar)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "silent" not in shown.err


def test_a_stopped_job_goes_on_from_where_it_was_and_cleans_up_at_the_end(tmp_path: Path) -> None:
    kept = tmp_path / "sum.json"
    steps: list[int] = []

    def again() -> Job[int]:
        return resumable(lambda **state: add_up.job(10, **state), kept, key="sum to 10", read=read, write=write)

    assert run(again(), lambda step: step.done == 4) == 10
    assert read(kept) == {"done": 4, "so_far": 10, "key": "sum to 10"}
    assert run(again(), lambda step: steps.append(step.done)) == 55
    assert steps[0] == 5
    assert not kept.exists()


def test_a_state_left_by_other_work_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "sum.json"
    write(kept, {"done": 4, "so_far": 10, "key": "sum to 9"})
    with pytest.raises(UserError, match="was left by other work"):
        run(resumable(lambda **state: add_up.job(10, **state), kept, key="sum to 10", read=read, write=write))
    assert kept.exists()


def test_a_killed_job_loses_no_more_than_the_time_between_two_states(tmp_path: Path) -> None:
    kept = tmp_path / "sum.json"
    script = """
import sys, time
from pathlib import Path
from tests.test_jobs import add_up, read, write
from seethrough.jobs import resumable, run
start = lambda **state: add_up.job(1000, **state)
run(resumable(start, Path(sys.argv[1]), key="k", read=read, write=write, every=0.0), lambda step: time.sleep(0.005))
"""
    worker = subprocess.Popen([sys.executable, "-c", script, str(kept)], cwd=Path(__file__).parents[1])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (kept.exists() and read(kept)["done"] > 5):
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    reached = read(kept)["done"]
    assert reached > 5
    first: list[int] = []
    start = lambda **state: add_up.job(1000, **state)  # noqa: E731
    total = run(resumable(start, kept, key="k", read=read, write=write), lambda step: first.append(step.done))
    assert first[0] == reached + 1
    assert total == 500500
