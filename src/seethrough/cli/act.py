"""Calling a method for a person: with a progress bar, with Ctrl-C, and with its command written down."""

import inspect
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seethrough.cli.command import Run
from seethrough.cli.given import resumable_work
from seethrough.jobs import JobFunction, Watcher, interruptible, progress_bar, run
from seethrough.tables import Method

if TYPE_CHECKING:
    from seethrough.results.result import Result


def call(
    session: Run,
    method: Method,
    given: dict[str, Any],
    watchers: Sequence[Watcher],
    resume: Path | None = None,
    weights: Path | None = None,
) -> tuple[Any, bool]:
    """Call a method with what it takes by name; tell also whether Ctrl-C was pressed meanwhile."""
    function = method.load()
    arguments = method.arguments(given)
    if not isinstance(function, JobFunction):
        return function(**arguments), False
    with interruptible() as interrupted, progress_bar(method.command, quiet=session.quiet) as bar:
        work = function.job(**arguments)
        if "resume" in inspect.signature(function).parameters and resume is not None:
            work = resumable_work(function, arguments, resume, weights)
        return run(work, bar, interrupted, *watchers), interrupted.seen


def command_line() -> str:
    """Return the command as the person typed it."""
    return shlex.join(["seethrough", *sys.argv[1:]])


def with_command(result: "Result") -> "Result":
    """Write down the command that repeats a result."""
    return replace(result, settings={**result.settings, "command": command_line()})
