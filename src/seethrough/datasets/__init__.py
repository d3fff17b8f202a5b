"""Data sets: many pictures with what they show, from the names of known ones, folders and arrays."""

from typing import TYPE_CHECKING

from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.datasets.dataset import Dataset
    from seethrough.datasets.fetch import fetch
    from seethrough.datasets.load import load
    from seethrough.datasets.require_classes import require_classes
    from seethrough.datasets.stream import Batch, stream

__all__ = ["Batch", "Dataset", "fetch", "load", "require_classes", "stream"]

load_lazily(
    __name__,
    {
        "Batch": "seethrough.datasets.stream:Batch",
        "Dataset": "seethrough.datasets.dataset:Dataset",
        "fetch": "seethrough.datasets.fetch:fetch",
        "load": "seethrough.datasets.load:load",
        "require_classes": "seethrough.datasets.require_classes:require_classes",
        "stream": "seethrough.datasets.stream:stream",
    },
)
