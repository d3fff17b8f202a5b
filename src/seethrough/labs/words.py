"""Sentences from numbers: what is said changes with what was measured."""

import re
from collections.abc import Sequence


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join names as people do.

    >>> listed(["cat", "dog", "cup"]), listed(["cat"]), listed([])
    ('cat, dog and cup', 'cat', 'none')
    """
    if len(names) < 2:
        return names[0] if names else "none"
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def counted(count: int, of: int, what: str) -> str:
    """Say how many of how many.

    >>> counted(0, 4, "attacks"), counted(4, 4, "attacks"), counted(3, 4, "attacks"), counted(1, 1, "attacks")
    ('none of the 4 attacks', 'all 4 attacks', '3 of the 4 attacks', 'the one attack')
    """
    if of == 1:
        single = re.sub(r"s\b", "", what, count=1)
        return f"{'the one' if count else 'not the one'} {single}"
    if count in (0, of):
        return f"{f'all {of}' if count else f'none of the {of}'} {what}"
    return f"{count} of the {of} {what}"


def moved(before: float, after: float, near: float = 0.02) -> str:
    """Say which way a number went, with "hardly changed" for less than a share of it.

    >>> moved(0.5, 0.9), moved(0.9, 0.5), moved(0.5, 0.505)
    ('rose', 'fell', 'hardly changed')
    """
    if abs(after - before) <= near * max(abs(before), abs(after)):
        return "hardly changed"
    return "rose" if after > before else "fell"
