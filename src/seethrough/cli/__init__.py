"""The command line: thin, no algorithm inside, and no torch until a command needs it."""

import sys
import traceback
from collections.abc import Sequence

from seethrough.errors import UserError


def main() -> None:
    """Run `seethrough` with this process's arguments, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command: 0 when it went well, 2 for a person's mistake, 1 for a bug of ours, 130 after Ctrl-C."""
    from seethrough.cli.app import app

    try:
        code = app(list(arguments), prog_name="seethrough", standalone_mode=False)
        sys.stdout.flush()
        # typer turns Ctrl-C into this code.
        return _complain("interrupted", 130) if code == 130 else int(code or 0)
    except UserError as mistake:
        return _complain(str(mistake), 2)
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; keep Python from complaining about it when it exits.
        sys.stdout = None
        return 0
    except Exception as failure:
        if type(failure).__name__ == "Abort":
            return _complain("interrupted", 130)
        # typer keeps the class of its usage errors to itself; they all know how to say themselves.
        if hasattr(failure, "format_message"):
            return _complain(" ".join(failure.format_message().split()), 2)
        if "--debug" in arguments:
            traceback.print_exc()
            return 1
        return _complain(f"a bug: {type(failure).__name__}: {failure} (--debug shows where)", 1)


def _complain(line: str, code: int) -> int:
    print(f"seethrough: {line}", file=sys.stderr)  # noqa: T201
    return code
