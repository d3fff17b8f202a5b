"""Long work as a generator: it yields a Step now and then, and ends in a result.

One protocol serves the progress bar, a live page, cancelling, Ctrl-C with what there is so far, and resuming. A method
writes it like this; `stop` is true when someone asked to end early, and the method then returns what it has:

>>> @job
... def count(total: int, *, resume: int = 0) -> Job[int]:
...     for done in range(resume + 1, total + 1):
...         if (yield Step(done, total, {"square": done**2}, state=lambda done=done: {"resume": done})):
...             return done
...     return total
>>> count(3)                                       # to the end
3
>>> run(count.job(100), lambda step: step.done == 2)  # until a watcher asks to stop
2
"""

import functools
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from seethrough.errors import UserError
from seethrough.files import replacing

WHOLE = 100
"""What a job of several parts counts to."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Step:
    """Where a job stands: `done` of `total`, its numbers, how to see what there is, and how to go on from here later."""

    done: int
    total: int
    values: Mapping[str, float] = field(default_factory=dict)
    peek: Callable[[], Any] | None = None
    state: Callable[[], Mapping[str, Any]] | None = None


Job: TypeAlias = Generator[Step, bool | None, R]
Watcher: TypeAlias = Callable[[Step], object]


class JobFunction(Generic[P, R]):
    """A function that runs its job to the end when called, and hands the job itself out as `.job(...)`."""

    def __init__(self, start: Callable[P, Job[R]]) -> None:
        """Keep the generator function, and look like it."""
        functools.update_wrapper(self, start)
        self.job = start

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the job to its end."""
        return run(self.job(*args, **kwargs))


def job(start: Callable[P, Job[R]]) -> JobFunction[P, R]:
    """Turn a generator of Steps into a function that runs it, with the generator at hand as `.job`."""
    return JobFunction(start)


def run(work: Job[R], *watchers: Watcher) -> R:
    """Run a job; every watcher sees every step, and one that answers true asks the job to end with what it has."""
    try:
        step = next(work)
        while True:
            answers = [watch(step) for watch in watchers]
            step = work.send(any(answers))
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        work.close()


def part_of(
    work: Job[R], part: int, parts: int, kept: Mapping[str, Any] | None = None
) -> Generator[Step, bool | None, tuple[R, bool]]:
    """Run one of several equal parts of a job; return what it made, and whether someone asked to stop meanwhile.

    The whole counts to WHOLE: the parts' own steps are of different sizes. `kept` is the state with which the whole can be
    taken up again at this part.
    """
    asked = False
    answer: bool | None = None
    try:
        while True:
            step = work.send(answer)
            share = (part + step.done / max(step.total, 1)) / parts
            state = None if kept is None else lambda: kept
            answer = yield Step(int(WHOLE * share), WHOLE, step.values, step.peek, state)
            asked = asked or bool(answer)
    except StopIteration as end:
        return end.value, asked
    finally:
        work.close()


class Interrupted:
    """A watcher that asks a job to stop once Ctrl-C was pressed."""

    def __init__(self) -> None:
        """Start with no Ctrl-C seen."""
        self.seen = False

    def __call__(self, step: Step) -> bool:
        """Answer whether Ctrl-C was pressed."""
        return self.seen


@contextmanager
def interruptible() -> Iterator[Interrupted]:
    """Let the first Ctrl-C end the job at its next step, with its partial result; a second one ends it at once.

    Outside the main thread, where Python takes no signals, nothing is changed.
    """
    watcher = Interrupted()
    if threading.current_thread() is not threading.main_thread():
        yield watcher
        return

    def on_interrupt(number: int, frame: Any) -> None:
        if watcher.seen:
            raise KeyboardInterrupt
        watcher.seen = True

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield watcher
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(label: str, *, quiet: bool = False) -> Iterator[Watcher]:
    """Draw a job's steps as a bar on stderr, with its numbers beside it."""
    if quiet:
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[values]}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, values="")

        def watch(step: Step) -> None:
            values = "  ".join(f"{name} {value:.4g}" for name, value in step.values.items())
            bar.update(task, completed=step.done, total=step.total, values=values)

        yield watch


def resumable(
    start: Callable[..., Job[R]],
    path: Path,
    *,
    key: str,
    read: Callable[[Path], Mapping[str, Any]],
    write: Callable[[Path, Mapping[str, Any]], None],
    every: float = 10.0,
) -> Job[R]:
    """Run `start(**state)` so that it survives being killed: its state is kept at `path`, and taken up from there.

    The state is written at most every `every` seconds, once more when the job is asked to stop, and removed when the job
    has ended by itself. `key` says which work it is; a file left by other work is refused, not silently used.
    """
    state: Mapping[str, Any] = {}
    if path.exists():
        kept = dict(read(path))
        if (found := kept.pop("key", None)) != key:
            raise UserError(f"{path} was left by other work ({found}), not by {key}; remove it or choose another place")
        state = kept

    def keep(step: Step) -> None:
        if step.state is not None:
            with replacing(path) as temporary:
                write(temporary, {**step.state(), "key": key})

    work = start(**state)
    written = time.monotonic()
    stop: bool | None = False
    try:
        step = next(work)
        while True:
            stop = yield step
            if stop or time.monotonic() - written >= every:
                keep(step)
                written = time.monotonic()
            step = work.send(stop)
    except StopIteration as end:
        if not stop:
            path.unlink(missing_ok=True)
        result: R = end.value
        return result
    finally:
        work.close()
