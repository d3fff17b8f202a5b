"""The state of long work as a file: tensors by name, and the key that says which work they belong to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from seethrough.errors import UserError
from seethrough.jobs import Job, resumable

R = TypeVar("R")


def resumable_at(place: Path, start: Callable[..., Job[R]], key: str, *, every: float = 10.0) -> Job[R]:
    """Run `start(resume=tensors)` so that it goes on from the state at a place, where one was left by the same work."""
    return resumable(start, place, key=key, read=read_state, write=write_state, every=every)


def read_state(path: Path) -> dict[str, Any]:
    """Read a state; a file that cannot be read raises in one line."""
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import load_file

    try:
        with safe_open(path, "pt") as file:
            key = (file.metadata() or {}).get("key", "")
        return {"key": key, "resume": load_file(path)}
    except (SafetensorError, OSError):
        raise UserError(f"{path} should hold work to go on with, and cannot be read; remove it") from None


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state: its tensors, and its key in the header."""
    from safetensors.torch import save

    tensors = {name: value.contiguous().cpu() for name, value in state.items() if name != "key"}
    # Their own way to a file leaves a second one behind when it is killed, and makes one that nobody else may read.
    path.write_bytes(save(tensors, metadata={"key": str(state["key"])}))
