"""What every method returns: plain numbers that can draw, save and say themselves."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from seethrough.results.same import same
from seethrough.results.store import save_result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result(ABC):
    """One outcome for a whole batch, with all it takes to repeat it; a kind of result is a frozen dataclass of this.

    `network` is the network's name, `method` the function ("see.grad_cam"), `settings` what it was called with:
    plain words and numbers, `command` among them where a person typed one.
    """

    network: str
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __init_subclass__(cls) -> None:
        """Keep these two in every kind: what @dataclass would write instead prints and compares whole tensors."""
        for name in ("__repr__", "__eq__"):
            setattr(cls, name, getattr(Result, name))

    @abstractmethod
    def line(self) -> str:
        """Say the result in one line."""

    @abstractmethod
    def figure(self) -> "Figure":
        """Draw the result."""

    def table(self) -> list[dict[str, Any]]:
        """Return its numbers as rows of plain words and numbers, where it has any: what `--json` prints."""
        return []

    def save(self, path: str | Path) -> Path:
        """Write the figure (.png, .jpg, .pdf, .svg), or everything (.safetensors, with a readable .json beside it)."""
        return save_result(self, path)

    def __str__(self) -> str:
        """Say the result in one line."""
        return self.line()

    def __repr__(self) -> str:
        """Say the result, and what tensors it holds, in one line."""
        held = [(each.name, getattr(self, each.name)) for each in dataclasses.fields(self)]
        tensors = [
            f"{name} {str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
            for name, value in held
            if isinstance(value, Tensor)
        ]
        return f"<{'; '.join([f'{type(self).__name__} {self.line()}', *tensors])}>"

    def __eq__(self, other: object) -> bool:
        """Compare every field, tensors by their numbers."""
        return same(self, other) if isinstance(other, Result) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _repr_png_(self) -> bytes:
        """Show the figure in a notebook."""
        # Drawing loads matplotlib, which takes a second: only those who look should wait for it.
        from seethrough.plots import png

        return png(self.figure())
