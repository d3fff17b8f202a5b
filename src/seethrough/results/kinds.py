"""The kinds of result a file may hold: its name leads to the class through this table alone, never through the file."""

import importlib

from seethrough.errors import unknown

KINDS = {
    "Guesses": "seethrough.results.guesses:Guesses",
    "Heatmap": "seethrough.results.heatmap:Heatmap",
}


def kind_class(kind: str) -> type:
    """Return the class of a kind of result.

    >>> kind_class("Guesses").__name__
    'Guesses'
    """
    if kind not in KINDS:
        raise unknown("kind of result", kind, KINDS)
    module, _, name = KINDS[kind].partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found
