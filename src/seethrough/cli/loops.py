"""What commands write of a loop: the curve of its wish, and how the images came to be."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from seethrough.cli.keep import Keeper
from seethrough.files import IMAGES, PICTURES

if TYPE_CHECKING:
    from seethrough.jobs import Step, Watcher

FRAMES = 60
"""Frames in a moving picture at most: when there are more, every other one is left out."""


def trace(only: Sequence[str]) -> Keeper:
    """Keep the curve, for those kinds of result."""
    option = typer.Option("--trace", metavar="FILE", help="The curve of the wish over the steps.")
    return Keeper(option, tuple(PICTURES), _trace, only=tuple(only))


def frames(only: Sequence[str]) -> Keeper:
    """Keep the moving picture, for those kinds of result."""
    option = typer.Option("--frames", metavar="FILE.gif", help="How it came to be, as a moving picture.")
    return Keeper(option, (".gif",), _moving, watch=Frames, only=tuple(only))


def picture(option: Any) -> Keeper:
    """Keep the picture itself, without captions."""
    return Keeper(option, IMAGES, _picture)


def _picture(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.images import save_image

    return save_image(result.picture(), path)


def _trace(result: Any, path: Path, _: "Watcher | None") -> Path:
    from seethrough.results.store import write_figure

    return write_figure(result.curve(), path)


class Frames:
    """A watcher that keeps the images of some steps, evenly spread over a job whose length it need not know."""

    def __init__(self) -> None:
        """Begin with every step."""
        self.frames: list[Any] = []
        self.every, self.seen = 1, 0

    def __call__(self, step: "Step") -> None:
        """Keep what there is at this step, if it is one of those."""
        if self.seen % self.every == 0 and step.peek is not None:
            from seethrough.results.contact_sheet import contact_sheet

            frame = contact_sheet(step.peek().images)
            if self.frames and frame.shape != self.frames[0].shape:
                return
            self.frames.append(frame)
        self.seen += 1
        if len(self.frames) > FRAMES:
            self.frames, self.every = self.frames[::2], self.every * 2


def _moving(result: Any, path: Path, watcher: "Watcher | None") -> Path:
    from seethrough.images.gif import save_gif

    assert isinstance(watcher, Frames)
    last = result.picture()
    frames = watcher.frames or [last]
    # What was seen on the way may be a part of the whole.
    return save_gif([*frames, last] if frames[0].shape == last.shape else frames, path)
