"""A person's mistake, said in one line; everything else is a bug and keeps its traceback."""

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class UserError(ValueError):
    """One line that names the argument, the value seen, and what would be right."""


def closest(name: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """Return the choices that look most like a mistyped name, best first.

    >>> closest("blocks.4.22", ["conv_stem", "blocks.4.2", "blocks.4.1"])[0]
    'blocks.4.2'
    """
    spelled = {choice.lower(): choice for choice in choices}
    wanted = name.lower()
    alike = difflib.get_close_matches(wanted, spelled, n=count, cutoff=0.6)
    containing = [key for key in spelled if wanted and (wanted in key or key in wanted) and key not in alike]
    return [spelled[key] for key in (alike + sorted(containing, key=len))[:count]]


def unknown(what: str, name: str, choices: Iterable[str]) -> UserError:
    """Build the error for a name that is not among the choices, with the closest ones.

    >>> str(unknown("layer", "conv6", ["conv5", "fc6"]))
    "layer 'conv6' is not known; closest: conv5"
    """
    choices = list(choices)
    near = closest(name, choices)
    if near:
        return UserError(f"{what} {name!r} is not known; closest: {', '.join(near)}")
    listed = ", ".join(choices[:8]) + (", ..." if len(choices) > 8 else "")
    return UserError(f"{what} {name!r} is not known; there are: {listed}")


def require(module: str, extra: str) -> ModuleType:
    """Import an optional dependency, or say which pip line brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name != module.partition(".")[0]:
            raise
        line = f"{missing.name} is not installed; bring it with: pip install 'seethrough[{extra}]'"
        raise UserError(line) from None
