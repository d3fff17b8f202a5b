"""What is seen of a loop on the way, where what it works on is not yet the picture."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from torch import Tensor

from seethrough.ascent.loop import Climb, Glimpse
from seethrough.jobs import Job, Step


def shown_as(loop: Job[Climb], finished: Callable[[Tensor], Tensor]) -> Job[Climb]:
    """Let a loop's steps show its images finished, as what becomes of them in the end."""
    answer: bool | None = None
    try:
        while True:
            step = loop.send(answer)
            answer = yield replace(step, peek=partial(_finished, step, finished))
    except StopIteration as end:
        climb: Climb = end.value
        return climb
    finally:
        loop.close()


def _finished(step: Step, finished: Callable[[Tensor], Tensor]) -> Glimpse:
    assert step.peek is not None
    seen: Glimpse = step.peek()
    return replace(seen, images=finished(seen.images))
