"""What a command writes: one option a kind of file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from seethrough.errors import UserError
from seethrough.files import PICTURES
from seethrough.tables import Method

if TYPE_CHECKING:
    from seethrough.jobs import Watcher
    from seethrough.results.result import Result


@dataclass(frozen=True)
class Keeper:
    """One kind of file: the option that names it, how a name may end (a folder's as it likes), and how the result gets there.

    `watch` makes a watcher for what can only be gathered while the job runs; `write` gets it back. `only` names the kinds of
    result that have what this writes; without it all have.
    """

    option: Any
    endings: tuple[str, ...]
    write: Callable[["Result", Path, "Watcher | None"], Path]
    watch: Callable[[], "Watcher"] | None = None
    only: tuple[str, ...] = ()

    def fits(self, method: Method) -> bool:
        """Tell whether a method's result has what this writes."""
        return not self.only or method.makes in self.only

    def check(self, name: str, place: Path) -> None:
        """Refuse a name that nothing can be saved under before the work, not after it."""
        if not self.endings:
            if place.exists() and not place.is_dir():
                raise UserError(f"{name}: {str(place)!r} is a file; give the name of a folder")
            return
        if place.suffix.lower() not in self.endings:
            raise UserError(f"{name}: {str(place)!r} should end in one of {', '.join(self.endings)}")
        if place.is_dir():
            raise UserError(f"{name}: {str(place)!r} is a folder; give the name of a file")


def figure(option: Any) -> Keeper:
    """Keep the figure: the result drawn, with its captions."""
    return Keeper(option, tuple(PICTURES), lambda result, path, _: result.save(path))


NUMBERS = Keeper(
    typer.Option("--save", metavar="FILE.safetensors", help="The numbers, with all it takes to repeat them."),
    (".safetensors",),
    lambda result, path, _: result.save(path),
)
