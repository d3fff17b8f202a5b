"""What a result says of the pictures that could not be read."""

from collections.abc import Sequence

NAMED = 4
"""How many of them are named."""


def unread(broken: Sequence[str]) -> str:
    """Say which pictures were left out, given as "name: why"; nothing where all could be read.

    >>> unread(("a.jpg: photo 'a.jpg' is empty (0 bytes)", "b.jpg: photo 'b.jpg' is damaged"))
    '; 2 pictures could not be read: a.jpg, b.jpg'
    """
    if not broken:
        return ""
    named = ", ".join(one.partition(": ")[0] for one in broken[:NAMED])
    more = f" and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
    return f"; {len(broken)} picture{'' if len(broken) == 1 else 's'} could not be read: {named}{more}"
