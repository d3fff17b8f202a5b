"""Results as files: pictures for people, safetensors with everything needed to repeat them for programs."""

import importlib.metadata
import io
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from seethrough.errors import UserError
from seethrough.files import PICTURES, replacing
from seethrough.results.kinds import KINDS, kind_class
from seethrough.results.plain import MisfitError, from_plain, to_plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from seethrough.results.result import Result

UNDATED = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
"""Figures that are equal should give files that are equal."""
FORMAT = 1


def save_result(result: "Result", path: str | Path) -> Path:
    """Write a result as its figure, or as tensors and a readable JSON page beside them; the suffix decides."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        write_figure(result.figure(), path)
    elif suffix == ".safetensors":
        save_numbers(result, path)
    else:
        known = ", ".join([*PICTURES, ".safetensors"])
        raise UserError(f"path {str(path)!r} should end in one of {known}")
    return path


def write_figure(figure: "Figure", path: Path) -> Path:
    """Draw a figure into a picture file; the suffix decides of which format."""
    form = PICTURES[path.suffix.lower()]
    drawn = io.BytesIO()
    figure.savefig(drawn, format=form, metadata=UNDATED.get(form))
    with replacing(path) as beside:
        beside.write_bytes(drawn.getvalue())
    return path


def save_numbers(result: "Result", path: Path) -> None:
    """Write the tensors with the JSON in their header (one file, complete in itself), and the JSON again to be read."""
    tensors: dict[str, Tensor] = {}
    page = json.dumps(describe(result, tensors), indent=2, ensure_ascii=False, allow_nan=False)
    with replacing(path.with_suffix(".json")) as beside:
        beside.write_text(page + "\n", encoding="utf-8")
    with replacing(path) as beside:
        # Their own way to a file makes one that nobody else may read.
        beside.write_bytes(save(tensors, metadata={"seethrough": page}))


def describe(result: "Result", tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Say everything about a result that is no tensor, for people and for `load_result`; tensors go into `tensors`."""
    kind = type(result).__name__
    if kind not in KINDS:
        raise TypeError(f"{kind} cannot be saved: it has no row in seethrough.results.kinds")
    fields = to_plain(result, tensors, "")
    return {
        "format": FORMAT,
        "kind": kind,
        "says": result.line(),
        "method": fields.pop("method"),
        "network": fields.pop("network"),
        "settings": fields.pop("settings"),
        "versions": {
            "seethrough": importlib.metadata.version("seethrough"),
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
        "fields": fields,
    }


def load_result(path: str | Path) -> "Result":
    """Read a result that was saved as safetensors; nothing in the file is ever run.

    >>> import tempfile
    >>> from seethrough.results import Guesses
    >>> none = Guesses(network="lite0", method="see.guesses", images=torch.zeros(0, 3, 8, 8), rows=(), photos=())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_result(none.save(f"{folder}/none.safetensors")) == none
    True
    """
    path = Path(path)
    if path.suffix.lower() != ".safetensors":
        raise UserError(f"path {str(path)!r} should end in .safetensors; pictures cannot be read back as results")
    page, tensors = read(path)
    try:
        described = json.loads(page)
        if described["format"] != FORMAT:
            raise MisfitError(
                f"format {FORMAT} can be read, not {described['format']}; a newer seethrough may have written it"
            )
        kind = kind_class(str(described["kind"]))
        heading = {name: described[name] for name in ("method", "network", "settings")}
        found: Result = from_plain(described["fields"] | heading, kind, tensors, "")
    except (ValueError, KeyError, TypeError, RecursionError, MisfitError) as damage:
        raise UserError(f"result {str(path)!r} is damaged: {brief(damage)}") from None
    return found


def brief(damage: Exception) -> str:
    """Say an error of a file's inside in one short line."""
    said = f"{damage} is missing" if isinstance(damage, KeyError) else str(damage)
    return " ".join(said.split())[:160]


def read(path: Path) -> tuple[str, Mapping[str, Tensor]]:
    """Read the page in the header of a safetensors file, and its tensors."""
    if not path.is_file():
        raise UserError(f"result {str(path)!r} is not there")
    try:
        with safe_open(path, framework="pt") as file:
            page = (file.metadata() or {}).get("seethrough")
            names = file.keys() if page else []
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as damage:
        raise UserError(f"result {str(path)!r} cannot be read as safetensors: {brief(damage)}") from None
    if page is None:
        raise UserError(
            f"result {str(path)!r} was not saved by seethrough: it holds tensors, but no word on what they are"
        )
    return page, tensors
