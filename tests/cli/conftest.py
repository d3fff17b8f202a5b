"""What tests of several commands share."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from seethrough.jobs import Step, Watcher


@pytest.fixture
def press_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Step]]:
    """Return how to have Ctrl-C pressed at a step (counted from 1) of the next command, 0 for never; it lists the steps."""

    def arrange(number: int) -> list[Step]:
        seen: list[Step] = []

        @contextmanager
        def impatient(label: str, *, quiet: bool = False) -> Iterator[Watcher]:
            def press(step: Step) -> None:
                seen.append(step)
                if len(seen) == number:
                    os.kill(os.getpid(), signal.SIGINT)

            yield press

        monkeypatch.setattr("seethrough.cli.act.progress_bar", impatient)
        return seen

    return arrange
