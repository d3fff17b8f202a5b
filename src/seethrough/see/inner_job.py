"""A method run as one part of a longer job."""

import warnings
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from seethrough.jobs import Job, JobFunction, Step, part_of

R = TypeVar("R")


def as_job(function: Callable[..., Any], *args: Any, **settings: Any) -> Job[Any]:
    """Return a method's job; a method that is none is one without steps."""
    if isinstance(function, JobFunction):
        work: Job[Any] = function.job(*args, **settings)
        return work
    return _without_steps(function, *args, **settings)


def _without_steps(function: Callable[..., Any], *args: Any, **settings: Any) -> Job[Any]:
    yield from ()
    return function(*args, **settings)


def inner_job(work: Job[Any], part: int, parts: int) -> Generator[Step, bool | None, tuple[Any, bool]]:
    """Run one of several equal parts of a job; return what it made, and whether someone asked to stop meanwhile."""
    return (yield from part_of(without_remarks(work), part, parts))


def without_remarks(work: Job[R]) -> Job[R]:
    """Run a job without its warnings of maps that say nothing: among many they are a finding, and the figure shows them."""
    answer: bool | None = None
    try:
        while True:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*says nothing")
                step = work.send(answer)
            answer = yield step
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        work.close()
